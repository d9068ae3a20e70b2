package io.tollgate.control.plan.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.plan.PlanLimitOutcome;
import io.tollgate.control.plan.PlanLimitQuery;
import io.tollgate.control.plan.PlanLimitTerms;
import io.tollgate.control.plan.PlanLimits;
import io.tollgate.control.plan.StoredPlanLimit;
import io.tollgate.metering.limit.BreachAction;
import io.tollgate.metering.limit.LimitOperator;
import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.quantity.Quantity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;

/// Plan limits in PostgreSQL.
public final class PostgresPlanLimits implements PlanLimits {
    private final DefinitionChanges changes;

    public PostgresPlanLimits(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public PlanLimitOutcome create(OrganizationId organizationId, PlanLimitTerms terms, Actor actor) {
        return changes.make(handle -> {
            if (handle.attach(PlanDao.class)
                    .lockOrganization(organizationId.value())
                    .isEmpty()) {
                return new PlanLimitOutcome.Absent();
            }
            Optional<PlanLimitTerms> resolved = resolved(handle, organizationId, terms);
            if (resolved.isEmpty()) {
                return new PlanLimitOutcome.NoPlan(terms.planRef().orElseThrow());
            }
            Instant now = changes.now();
            StoredPlanLimit limit =
                    new StoredPlanLimit(organizationId, UUID.randomUUID().toString(), resolved.get(), now, now);
            PlanLimitDao limits = handle.attach(PlanLimitDao.class);
            if (limits.taken(toRow(limit))) {
                return new PlanLimitOutcome.Taken();
            }
            limits.insert(toRow(limit));
            audit(handle, actor, "create_plan_limit", limit, details(limit), now);
            return new PlanLimitOutcome.Saved(limit);
        });
    }

    @Override
    public List<StoredPlanLimit> list(PlanLimitQuery query) {
        String organizationId = query.organizationId().value();
        return changes.read(handle -> {
            Optional<String> planId = query.planRef()
                    .map(ref -> handle.attach(PlanDao.class)
                            .resolve(organizationId, ref)
                            .orElse(ref));
            return handle
                    .attach(PlanLimitDao.class)
                    .list(
                            organizationId,
                            planId.orElse(null),
                            query.tenantId().orElse(null),
                            query.meter().orElse(null),
                            query.after()
                                    .map(cursor -> DefinitionChanges.utc(cursor.at()))
                                    .orElse(null),
                            query.after().map(TimeCursor::id).orElse(null),
                            query.limit().orElse(null))
                    .stream()
                    .map(PostgresPlanLimits::fromRow)
                    .toList();
        });
    }

    @Override
    public Optional<StoredPlanLimit> find(OrganizationId organizationId, String id) {
        return changes.read(handle -> handle.attach(PlanLimitDao.class).find(organizationId.value(), id))
                .map(PostgresPlanLimits::fromRow);
    }

    @Override
    public PlanLimitOutcome change(
            OrganizationId organizationId, String id, UnaryOperator<PlanLimitTerms> change, Actor actor) {
        return changes.make(handle -> {
            PlanLimitDao limits = handle.attach(PlanLimitDao.class);
            Optional<StoredPlanLimit> found = handle.attach(PlanDao.class)
                    .lockOrganization(organizationId.value())
                    .flatMap(locked -> limits.find(organizationId.value(), id))
                    .map(PostgresPlanLimits::fromRow);
            if (found.isEmpty()) {
                return new PlanLimitOutcome.Absent();
            }
            StoredPlanLimit before = found.get();
            PlanLimitTerms terms = change.apply(before.terms());
            Optional<PlanLimitTerms> resolved = resolved(handle, organizationId, terms);
            if (resolved.isEmpty()) {
                return new PlanLimitOutcome.NoPlan(terms.planRef().orElseThrow());
            }
            StoredPlanLimit after =
                    new StoredPlanLimit(organizationId, id, resolved.get(), before.createdAt(), changes.now());
            if (limits.taken(toRow(after))) {
                return new PlanLimitOutcome.Taken();
            }
            limits.update(toRow(after));
            ObjectNode details = JsonNodeFactory.instance
                    .objectNode()
                    .<ObjectNode>set("before", details(before))
                    .set("after", details(after));
            audit(handle, actor, "update_plan_limit", after, details, after.updatedAt());
            return new PlanLimitOutcome.Saved(after);
        });
    }

    @Override
    public boolean delete(OrganizationId organizationId, String id, Actor actor) {
        return changes.make(handle -> {
            PlanLimitDao limits = handle.attach(PlanLimitDao.class);
            Optional<StoredPlanLimit> found =
                    limits.find(organizationId.value(), id).map(PostgresPlanLimits::fromRow);
            if (found.isEmpty() || limits.delete(organizationId.value(), id) == 0) {
                return false;
            }
            audit(handle, actor, "delete_plan_limit", found.get(), details(found.get()), changes.now());
            return true;
        });
    }

    /// With the id of the plan; empty if there is no such plan.
    private static Optional<PlanLimitTerms> resolved(
            Handle handle, OrganizationId organizationId, PlanLimitTerms terms) {
        return terms.planRef().isEmpty()
                ? Optional.of(terms)
                : handle.attach(PlanDao.class)
                        .resolve(organizationId.value(), terms.planRef().get())
                        .map(terms::ofPlan);
    }

    private static void audit(
            Handle handle, Actor actor, String action, StoredPlanLimit limit, ObjectNode details, Instant at) {
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, limit.organizationId(), action, "plan_limit", limit.id(), at)
                        .with(details));
    }

    // URLs may carry what opens them.
    private static ObjectNode details(StoredPlanLimit limit) {
        PlanLimitTerms terms = limit.terms();
        return JsonNodeFactory.instance
                .objectNode()
                .put("metric_name", terms.meter().value())
                .put("limit_value", terms.value().toString())
                .put("limit_period", terms.period().word())
                .put("breach_operator", terms.operator().word())
                .put("breach_action", terms.action().word())
                .put("plan_id", terms.planRef().orElse(null))
                .put("customer_id", terms.tenantId().map(TenantId::value).orElse(null));
    }

    private static PlanLimitDao.Row toRow(StoredPlanLimit limit) {
        PlanLimitTerms terms = limit.terms();
        return new PlanLimitDao.Row(
                limit.id(),
                limit.organizationId().value(),
                terms.planRef().orElse(null),
                terms.tenantId().map(TenantId::value).orElse(null),
                terms.meter().value(),
                terms.value().value(),
                terms.period().word(),
                terms.operator().word(),
                terms.action().word(),
                terms.webhookUrls(),
                terms.metricType().word(),
                terms.operation().name(),
                DefinitionChanges.utc(limit.createdAt()),
                DefinitionChanges.utc(limit.updatedAt()));
    }

    private static StoredPlanLimit fromRow(PlanLimitDao.Row row) {
        return new StoredPlanLimit(
                new OrganizationId(row.organizationId()),
                row.id(),
                new PlanLimitTerms(
                        Optional.ofNullable(row.planId()),
                        Optional.ofNullable(row.tenantId()).map(TenantId::new),
                        new MeterKey(row.metricName()),
                        new Quantity(row.limitValue()),
                        LimitPeriod.ofWord(row.limitPeriod()).orElseThrow(),
                        LimitOperator.ofWord(row.breachOperator()).orElseThrow(),
                        BreachAction.ofWord(row.breachAction()).orElseThrow(),
                        row.webhookUrls(),
                        MetricType.ofWord(row.metricType()).orElseThrow(),
                        Operation.valueOf(row.operation())),
                row.createdAt().toInstant(),
                row.updatedAt().toInstant());
    }
}
