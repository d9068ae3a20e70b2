package io.tollgate.control.quota;

import java.time.Instant;

/// A quota as it is kept.
///
/// @param version 1 when made, 1 more with every change
/// @param createdAt with microseconds
/// @param updatedAt with microseconds
public record StoredQuota(
        String id, QuotaTarget target, QuotaTerms terms, long version, Instant createdAt, Instant updatedAt) {}
