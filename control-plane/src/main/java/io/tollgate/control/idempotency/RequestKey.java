package io.tollgate.control.idempotency;

/// What makes two requests the same one.
///
/// @param scope id of the organization, or a word that no organization has as its id
/// @param key chosen by the caller, 1 to [#LENGTH_MAX] characters
public record RequestKey(String scope, String path, String key) {
    /// Longest key in characters.
    public static final int LENGTH_MAX = 255;
}
