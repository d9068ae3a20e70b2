package io.tollgate.metering.quota;

/// What happens to an event that would pass a quota.
public enum EnforcementMode {
    /// Denied past the limit.
    HARD,
    /// Denied past the limit and the overage allowed on top of it.
    SOFT,
    /// Never denied; the caller is warned.
    DISABLED
}
