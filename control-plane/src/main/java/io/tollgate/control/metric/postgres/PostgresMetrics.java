package io.tollgate.control.metric.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.metric.CreationAllowance;
import io.tollgate.control.metric.MetricCreation;
import io.tollgate.control.metric.MetricKey;
import io.tollgate.control.metric.MetricSettings;
import io.tollgate.control.metric.Metrics;
import io.tollgate.control.metric.StoredMetric;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.metering.limit.BreachAction;
import io.tollgate.metering.limit.LimitOperator;
import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.CleanupAfter;
import io.tollgate.metering.meter.FlushInterval;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.quantity.Quantity;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Metrics in PostgreSQL.
public final class PostgresMetrics implements Metrics {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final DefinitionChanges changes;
    private final CreationAllowance allowance;

    public PostgresMetrics(DefinitionChanges changes, CreationAllowance allowance) {
        this.changes = changes;
        this.allowance = allowance;
    }

    @Override
    public MetricCreation create(MetricKey key, MetricSettings settings, Actor actor) {
        StoredMetric metric = new StoredMetric(key, settings, changes.now());
        return changes.make(handle -> {
            MetricCreation creation = create(handle, metric, actor);
            if (creation instanceof MetricCreation.TooMany) {
                handle.rollback();
            }
            return creation;
        });
    }

    private MetricCreation create(Handle handle, StoredMetric metric, Actor actor) {
        MetricDao metrics = handle.attach(MetricDao.class);
        MetricKey key = metric.key();
        String organizationId = key.organizationId().value();
        Optional<String> planType = metrics.holdOrganization(organizationId);
        if (planType.isEmpty()) {
            return new MetricCreation.NoOrganization();
        }
        Optional<TenantId> tenantId = key.subject().tenantId();
        if (tenantId.isPresent() && !ensureTenant(metrics, organizationId, tenantId.get(), metric.createdAt())) {
            return new MetricCreation.TenantDeleted();
        }
        if (metrics.insert(toRow(metric)) == 0) {
            return new MetricCreation.Existed(find(metrics, key).orElse(metric));
        }
        Optional<Integer> max = allowance.creationsMax(planType.get());
        LocalDate day = LocalDate.ofInstant(metric.createdAt(), ZoneOffset.UTC);
        if (max.isPresent() && metrics.countCreation(organizationId, day, max.get()) == 0) {
            return new MetricCreation.TooMany(max.get());
        }
        audit(handle, actor, "create_metric", key, details(metric.settings()), metric.createdAt());
        return new MetricCreation.Created(metric);
    }

    /// Answers false if the tenant is deleted.
    private static boolean ensureTenant(MetricDao metrics, String organizationId, TenantId tenantId, Instant now) {
        return metrics.insertTenant(organizationId, tenantId.value(), DefinitionChanges.utc(now)) > 0
                || metrics.tenantStatus(organizationId, tenantId.value())
                        .filter("DELETED"::equals)
                        .isEmpty();
    }

    @Override
    public Optional<StoredMetric> find(MetricKey key) {
        return changes.read(handle -> find(handle.attach(MetricDao.class), key));
    }

    private static Optional<StoredMetric> find(MetricDao metrics, MetricKey key) {
        return metrics.find(
                        key.organizationId().value(),
                        key.subject().value(),
                        key.meter().value())
                .map(PostgresMetrics::fromRow);
    }

    @Override
    public boolean delete(MetricKey key, boolean counted, Actor actor) {
        return changes.make(handle -> {
            MetricDao metrics = handle.attach(MetricDao.class);
            String organizationId = key.organizationId().value();
            String subject = key.subject().value();
            boolean defined =
                    metrics.delete(organizationId, subject, key.meter().value()) > 0;
            if (!defined && !counted) {
                return false;
            }
            Instant now = changes.now();
            metrics.cut(UUID.randomUUID(), organizationId, subject, key.meter().value(), DefinitionChanges.utc(now));
            audit(handle, actor, "delete_metric", key, JsonNodeFactory.instance.objectNode(), now);
            return true;
        });
    }

    private static void audit(
            Handle handle, Actor actor, String action, MetricKey key, ObjectNode details, Instant at) {
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(
                                actor,
                                key.organizationId(),
                                action,
                                "metric",
                                key.meter().value(),
                                at)
                        .with(details.put("subject", key.subject().value())));
    }

    private static ObjectNode details(MetricSettings settings) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("operation", settings.operation().name())
                .put("metric_type", settings.type().word())
                .put("flush_interval", settings.flushInterval().word())
                .put(
                        "limit_value",
                        settings.limitValue().map(Quantity::toString).orElse(null));
    }

    private static MetricDao.Row toRow(StoredMetric metric) {
        MetricSettings settings = metric.settings();
        ObjectNode tags = JsonNodeFactory.instance.objectNode();
        settings.tags().forEach(tags::put);
        OptionalLong cleanup = settings.cleanupAfter().seconds();
        return new MetricDao.Row(
                metric.key().organizationId().value(),
                metric.key().subject().value(),
                metric.key().meter().value(),
                settings.operation().name(),
                settings.type().word(),
                settings.flushInterval().seconds(),
                settings.batchInterval().seconds(),
                cleanup.isPresent() ? cleanup.getAsLong() : null,
                settings.initialValue().value(),
                settings.limitValue().map(Quantity::value).orElse(null),
                settings.limitOperator().word(),
                settings.breachAction().word(),
                settings.limitPeriod().word(),
                tags.toString(),
                settings.metadata().toString(),
                settings.retentionDays().orElse(null),
                DefinitionChanges.utc(metric.createdAt()));
    }

    // A length that somebody wrote into the table by hand may have no word; the default is shown for it.
    private static StoredMetric fromRow(MetricDao.Row row) {
        Map<String, String> tags = new TreeMap<>();
        object(row.tags())
                .properties()
                .forEach(tag -> tags.put(tag.getKey(), tag.getValue().asText()));
        return new StoredMetric(
                new MetricKey(
                        new OrganizationId(row.organizationId()),
                        new SubjectId(row.subject()),
                        new MeterKey(row.name())),
                new MetricSettings(
                        Operation.valueOf(row.operation()),
                        MetricType.ofWord(row.metricType()).orElseThrow(),
                        FlushInterval.ofSeconds(row.flushSeconds()).orElse(FlushInterval.HOUR),
                        FlushInterval.ofSeconds(row.batchSeconds()).orElse(FlushInterval.SECONDS_15),
                        CleanupAfter.ofSeconds(seconds(row.cleanupSeconds())).orElse(CleanupAfter.NEVER),
                        new Quantity(row.initialValue()),
                        Optional.ofNullable(row.limitValue()).map(Quantity::new),
                        LimitOperator.ofWord(row.limitOperator()).orElseThrow(),
                        BreachAction.ofWord(row.breachAction()).orElseThrow(),
                        LimitPeriod.ofWord(row.limitPeriod()).orElseThrow(),
                        tags,
                        object(row.metadata()),
                        Optional.ofNullable(row.retentionDays())),
                row.createdAt().toInstant());
    }

    private static OptionalLong seconds(@Nullable Long seconds) {
        return seconds == null ? OptionalLong.empty() : OptionalLong.of(seconds);
    }

    private static ObjectNode object(String json) {
        try {
            return JSON.readTree(json) instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the database holds an object that is not JSON", e);
        }
    }
}
