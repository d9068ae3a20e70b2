package io.tollgate.control.key;

import java.time.Instant;
import java.util.Optional;

/// An active key of an organization or a tenant, without its text.
///
/// @param id public id
/// @param hash SHA-256 of the text, hex
/// @param prefix first characters of the text
/// @param createdAt with microseconds
/// @param lastUsedAt as far as it is written down; absent for a key that was never used
public record ApiKey(
        String id,
        KeyHolder holder,
        KeyName name,
        String hash,
        String prefix,
        Instant createdAt,
        Optional<Instant> lastUsedAt) {}
