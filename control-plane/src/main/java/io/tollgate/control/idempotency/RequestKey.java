package io.tollgate.control.idempotency;

/// What makes two requests the same one.
///
/// @param scope id of the organization or user that calls, or a word that none of them has as its id
/// @param key chosen by the caller, 1 to [#LENGTH_MAX] characters
public record RequestKey(String scope, String path, String key) {
    /// Longest key in characters.
    public static final int LENGTH_MAX = 255;
}
