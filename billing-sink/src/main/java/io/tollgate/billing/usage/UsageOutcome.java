package io.tollgate.billing.usage;

import java.util.List;

/// What became of a query over usage.
public sealed interface UsageOutcome {
    /// Rows with usage, in the order of their keys.
    record Rows(List<UsageRow> rows) implements UsageOutcome {
        public Rows {
            rows = List.copyOf(rows);
        }
    }

    /// More counters and events would have to be read than one request may, or than can be read in its time; nothing
    /// was added up.
    record TooMuch(long readMax) implements UsageOutcome {}
}
