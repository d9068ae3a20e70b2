package io.tollgate.control.audit;

/// What was changed and by whom, to be read. Entries are written by the stores that make the changes, in the same
/// transaction. Thread-safe.
public interface AuditTrail {
    AuditPage list(AuditQuery query);
}
