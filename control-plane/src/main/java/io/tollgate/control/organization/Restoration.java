package io.tollgate.control.organization;

/// What became of the wish to restore an organization.
public enum Restoration {
    RESTORED,
    /// Unknown, or erased already.
    NOT_FOUND,
    /// It exists.
    NOT_DELETED
}
