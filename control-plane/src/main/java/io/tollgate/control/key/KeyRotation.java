package io.tollgate.control.key;

import java.time.Instant;

/// What became of the wish to replace a key.
public sealed interface KeyRotation {
    /// @param oldValidUntil until when the replaced key works; the present if it stopped at once
    record Rotated(ScopedKey key, KeyText text, String replaces, Instant oldValidUntil) implements KeyRotation {}

    record NoKey() implements KeyRotation {}

    /// The key is revoked, has expired, or was replaced before.
    record NotActive(String why) implements KeyRotation {}
}
