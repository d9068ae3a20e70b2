package io.tollgate.control.audit;

import io.tollgate.contract.TimeCursor;
import java.util.List;
import java.util.Optional;

/// Entries, newest first.
///
/// @param next where the next page begins; absent on the last
public record AuditPage(List<AuditEntry> entries, Optional<TimeCursor> next) {
    public AuditPage {
        entries = List.copyOf(entries);
    }
}
