package io.tollgate.control.audit;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import java.time.Instant;
import java.util.Optional;

/// Which entries are asked for. What is absent does not narrow.
///
/// @param from inclusive
/// @param to exclusive
/// @param after the last entry of the page before
/// @param limit most entries of the page, at least 1
public record AuditQuery(
        Optional<OrganizationId> organizationId,
        Optional<String> action,
        Optional<String> actorId,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<TimeCursor> after,
        int limit) {}
