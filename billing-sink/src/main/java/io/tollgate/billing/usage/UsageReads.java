package io.tollgate.billing.usage;

import java.util.List;

/// Queries over what is stored. Each sees one state of the store. Thread-safe.
public interface UsageReads {
    EventPage events(EventQuery query);

    /// Rows in the order of their names.
    List<UsageRow> usage(UsageQuery query);
}
