package io.tollgate.control.tenant;

/// Whether a tenant may be served. The names are the words of the wire and of the database.
public enum TenantStatus {
    ACTIVE,
    /// Refused by proxy and checks; its events are recorded all the same.
    SUSPENDED,
    /// Refused by everything; can be restored for a while.
    DELETED
}
