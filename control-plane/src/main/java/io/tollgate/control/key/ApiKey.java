package io.tollgate.control.key;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;

/// An active key, without its text.
///
/// @param id public id
/// @param hash SHA-256 of the text, hex
/// @param prefix first characters of the text
/// @param createdAt with microseconds
public record ApiKey(
        String id, OrganizationId organizationId, KeyName name, String hash, String prefix, Instant createdAt) {}
