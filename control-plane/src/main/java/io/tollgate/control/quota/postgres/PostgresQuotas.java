package io.tollgate.control.quota.postgres;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.quota.LimitType;
import io.tollgate.control.quota.QuotaCreation;
import io.tollgate.control.quota.QuotaCursor;
import io.tollgate.control.quota.QuotaPage;
import io.tollgate.control.quota.QuotaQuery;
import io.tollgate.control.quota.QuotaTarget;
import io.tollgate.control.quota.QuotaTerms;
import io.tollgate.control.quota.Quotas;
import io.tollgate.control.quota.StoredQuota;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.QuotaPeriod;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Quotas in PostgreSQL.
public final class PostgresQuotas implements Quotas {
    private final DefinitionChanges changes;

    public PostgresQuotas(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public QuotaCreation create(QuotaTarget target, QuotaTerms terms) {
        return changes.make(handle -> create(handle, target, terms));
    }

    private QuotaCreation create(Handle handle, QuotaTarget target, QuotaTerms terms) {
        QuotaDao quotas = handle.attach(QuotaDao.class);
        if (quotas.holdOrganization(target.organizationId().value()).isEmpty()) {
            return new QuotaCreation.NoOrganization();
        }
        Instant now = changes.now();
        StoredQuota quota = new StoredQuota(UUID.randomUUID().toString(), target, terms, 1, now, now);
        if (quotas.insert(toRow(quota)) == 0) {
            return new QuotaCreation.AlreadyExists();
        }
        return new QuotaCreation.Created(quota);
    }

    @Override
    public QuotaPage list(QuotaQuery query) {
        List<StoredQuota> found = changes.read(handle -> handle
                .attach(QuotaDao.class)
                .list(
                        query.organizationId().value(),
                        query.tenantId().orElse(null),
                        query.meter().orElse(null),
                        query.after().map(cursor -> utc(cursor.createdAt())).orElse(null),
                        query.after().map(QuotaCursor::id).orElse(null),
                        query.limit() + 1)
                .stream()
                .map(PostgresQuotas::fromRow)
                .toList());
        if (found.size() <= query.limit()) {
            return new QuotaPage(found, Optional.empty());
        }
        List<StoredQuota> shown = found.subList(0, query.limit());
        StoredQuota last = shown.getLast();
        return new QuotaPage(shown, Optional.of(new QuotaCursor(last.createdAt(), last.id())));
    }

    @Override
    public Optional<StoredQuota> find(OrganizationId organizationId, String id) {
        return changes.read(handle -> handle.attach(QuotaDao.class).find(organizationId.value(), id))
                .map(PostgresQuotas::fromRow);
    }

    @Override
    public Optional<StoredQuota> change(
            OrganizationId organizationId, String id, Function<StoredQuota, QuotaTerms> change) {
        return changes.make(handle -> {
            QuotaDao quotas = handle.attach(QuotaDao.class);
            Optional<StoredQuota> changed = quotas.lock(organizationId.value(), id)
                    .map(PostgresQuotas::fromRow)
                    .map(before -> new StoredQuota(
                            before.id(),
                            before.target(),
                            change.apply(before),
                            before.version() + 1,
                            before.createdAt(),
                            changes.now()));
            changed.ifPresent(after -> quotas.update(toRow(after)));
            return changed;
        });
    }

    @Override
    public boolean delete(OrganizationId organizationId, String id) {
        return changes.make(handle -> handle.attach(QuotaDao.class).delete(organizationId.value(), id) > 0);
    }

    private static QuotaDao.Row toRow(StoredQuota quota) {
        QuotaTerms terms = quota.terms();
        Optional<QuotaPeriod.Custom> custom =
                terms.period() instanceof QuotaPeriod.Custom window ? Optional.of(window) : Optional.empty();
        return new QuotaDao.Row(
                quota.id(),
                quota.target().organizationId().value(),
                quota.target().tenantId().map(TenantId::value).orElse(null),
                quota.target().meter().value(),
                quota.version(),
                terms.limit().value(),
                LimitType.of(terms.period()).name(),
                custom.map(window -> utc(window.anchor())).orElse(null),
                custom.map(window -> Math.toIntExact(window.length().toMinutes()))
                        .orElse(null),
                terms.mode().name(),
                terms.softLimitValue().map(Quantity::value).orElse(null),
                terms.softLimitPercent().orElse(null),
                terms.overageAllowed().value(),
                terms.gracePeriodHours().orElse(null),
                terms.gracePeriodEnd().map(PostgresQuotas::utc).orElse(null),
                utc(quota.createdAt()),
                utc(quota.updatedAt()));
    }

    private static StoredQuota fromRow(QuotaDao.Row row) {
        return new StoredQuota(
                row.id(),
                new QuotaTarget(
                        new OrganizationId(row.organizationId()),
                        Optional.ofNullable(row.tenantId()).map(TenantId::new),
                        new MeterKey(row.eventType())),
                new QuotaTerms(
                        new Quantity(row.limitValue()),
                        LimitType.valueOf(row.limitType()).period(custom(row.windowStart(), row.windowMinutes())),
                        EnforcementMode.valueOf(row.enforcementMode()),
                        Optional.ofNullable(row.softLimitValue()).map(Quantity::new),
                        Optional.ofNullable(row.softLimitPercent()),
                        new Quantity(row.overageAllowed()),
                        Optional.ofNullable(row.gracePeriodHours()),
                        Optional.ofNullable(row.gracePeriodEnd()).map(OffsetDateTime::toInstant)),
                row.version(),
                row.createdAt().toInstant(),
                row.updatedAt().toInstant());
    }

    private static Optional<QuotaPeriod.Custom> custom(@Nullable OffsetDateTime start, @Nullable Integer minutes) {
        return start == null || minutes == null
                ? Optional.empty()
                : Optional.of(new QuotaPeriod.Custom(start.toInstant(), Duration.ofMinutes(minutes)));
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
