package io.tollgate.control.account;

/// What became of the wish for a new password.
public enum Reset {
    DONE,
    /// The link is unknown, used or too old.
    INVALID,
    /// Too many passwords are hashed at the moment.
    BUSY
}
