package io.tollgate.control.ratelimit.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.ratelimit.RateLimitOutcome;
import io.tollgate.control.ratelimit.RateLimitTerms;
import io.tollgate.control.ratelimit.RateLimits;
import io.tollgate.control.ratelimit.StoredRateLimit;
import io.tollgate.metering.ratelimit.RouteKind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/// Rate limits in PostgreSQL.
public final class PostgresRateLimits implements RateLimits {
    private final DefinitionChanges changes;

    public PostgresRateLimits(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public RateLimitOutcome create(OrganizationId organizationId, RateLimitTerms terms, Actor actor) {
        return changes.make(handle -> {
            RateLimitDao limits = handle.attach(RateLimitDao.class);
            if (limits.lockOrganization(organizationId.value()).isEmpty()) {
                return new RateLimitOutcome.Absent();
            }
            Instant now = changes.now();
            StoredRateLimit limit =
                    new StoredRateLimit(organizationId, UUID.randomUUID().toString(), terms, now, now);
            Optional<RateLimitOutcome> refused = refused(limits, limit);
            if (refused.isPresent()) {
                return refused.get();
            }
            limits.insert(toRow(limit));
            audit(handle, actor, "create_rate_limit", limit, now);
            return new RateLimitOutcome.Saved(limit);
        });
    }

    private static Optional<RateLimitOutcome> refused(RateLimitDao limits, StoredRateLimit limit) {
        Optional<String> keyId = limit.terms().keyId();
        if (keyId.isPresent() && !limits.keyExists(limit.organizationId().value(), keyId.get())) {
            return Optional.of(new RateLimitOutcome.NoKey());
        }
        return limits.taken(toRow(limit)) ? Optional.of(new RateLimitOutcome.Taken()) : Optional.empty();
    }

    @Override
    public List<StoredRateLimit> list(OrganizationId organizationId, int limit, Optional<TimeCursor> after) {
        return changes.read(handle -> handle
                .attach(RateLimitDao.class)
                .list(
                        organizationId.value(),
                        after.map(cursor -> DefinitionChanges.utc(cursor.at())).orElse(null),
                        after.map(TimeCursor::id).orElse(null),
                        limit)
                .stream()
                .map(PostgresRateLimits::fromRow)
                .toList());
    }

    @Override
    public Optional<StoredRateLimit> find(OrganizationId organizationId, String id) {
        return changes.read(handle -> handle.attach(RateLimitDao.class).find(organizationId.value(), id))
                .map(PostgresRateLimits::fromRow);
    }

    @Override
    public RateLimitOutcome change(
            OrganizationId organizationId, String id, UnaryOperator<RateLimitTerms> change, Actor actor) {
        return changes.make(handle -> {
            RateLimitDao limits = handle.attach(RateLimitDao.class);
            Optional<StoredRateLimit> found = limits.lockOrganization(organizationId.value())
                    .flatMap(locked -> limits.find(organizationId.value(), id))
                    .map(PostgresRateLimits::fromRow);
            if (found.isEmpty()) {
                return new RateLimitOutcome.Absent();
            }
            StoredRateLimit before = found.get();
            StoredRateLimit after = new StoredRateLimit(
                    organizationId, id, change.apply(before.terms()), before.createdAt(), changes.now());
            // A limit of a key that is gone may still be changed.
            boolean sameKey = after.terms().keyId().equals(before.terms().keyId());
            Optional<RateLimitOutcome> refused = sameKey ? Optional.empty() : refused(limits, after);
            if (refused.isPresent()) {
                return refused.get();
            }
            limits.update(toRow(after));
            audit(handle, actor, "update_rate_limit", after, after.updatedAt());
            return new RateLimitOutcome.Saved(after);
        });
    }

    @Override
    public boolean delete(OrganizationId organizationId, String id, Actor actor) {
        return changes.make(handle -> {
            RateLimitDao limits = handle.attach(RateLimitDao.class);
            Optional<StoredRateLimit> found =
                    limits.find(organizationId.value(), id).map(PostgresRateLimits::fromRow);
            if (found.isEmpty() || limits.delete(organizationId.value(), id) == 0) {
                return false;
            }
            audit(handle, actor, "delete_rate_limit", found.get(), changes.now());
            return true;
        });
    }

    private static void audit(Handle handle, Actor actor, String action, StoredRateLimit limit, Instant at) {
        RateLimitTerms terms = limit.terms();
        ObjectNode details = JsonNodeFactory.instance
                .objectNode()
                .put("api_key_id", terms.keyId().orElse(null))
                .put("requests_per_second", terms.perSecond().orElse(null))
                .put("requests_per_minute", terms.perMinute().orElse(null))
                .put("requests_per_hour", terms.perHour().orElse(null))
                .put("burst_limit", terms.burst().orElse(null));
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, limit.organizationId(), action, "rate_limit", limit.id(), at)
                        .with(details));
    }

    private static RateLimitDao.Row toRow(StoredRateLimit limit) {
        RateLimitTerms terms = limit.terms();
        return new RateLimitDao.Row(
                limit.id(),
                limit.organizationId().value(),
                terms.keyId().orElse(null),
                terms.perSecond().orElse(null),
                terms.perMinute().orElse(null),
                terms.perHour().orElse(null),
                terms.burst().orElse(null),
                terms.appliesTo().stream().sorted().map(RouteKind::word).toList(),
                DefinitionChanges.utc(limit.createdAt()),
                DefinitionChanges.utc(limit.updatedAt()));
    }

    private static StoredRateLimit fromRow(RateLimitDao.Row row) {
        return new StoredRateLimit(
                new OrganizationId(row.organizationId()),
                row.id(),
                new RateLimitTerms(
                        Optional.ofNullable(row.apiKeyId()),
                        Optional.ofNullable(row.requestsPerSecond()),
                        Optional.ofNullable(row.requestsPerMinute()),
                        Optional.ofNullable(row.requestsPerHour()),
                        Optional.ofNullable(row.burstLimit()),
                        row.appliesTo().stream()
                                .map(word -> RouteKind.ofWord(word).orElseThrow())
                                .collect(Collectors.toSet())),
                row.createdAt().toInstant(),
                row.updatedAt().toInstant());
    }
}
