package io.tollgate.contract.deadletter;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.Optional;

/// Something that was given up.
///
/// @param type what it was, in the words of its kind
/// @param error why the last attempt failed
public record DeadLetter(
        String kind,
        String id,
        Optional<OrganizationId> organizationId,
        String type,
        int attempts,
        String error,
        Instant createdAt) {}
