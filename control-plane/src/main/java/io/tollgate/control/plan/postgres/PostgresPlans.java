package io.tollgate.control.plan.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.plan.PlanDeletion;
import io.tollgate.control.plan.PlanOutcome;
import io.tollgate.control.plan.PlanTerms;
import io.tollgate.control.plan.Plans;
import io.tollgate.control.plan.StoredPlan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;

/// Plans in PostgreSQL.
public final class PostgresPlans implements Plans {
    private final DefinitionChanges changes;

    public PostgresPlans(DefinitionChanges changes) {
        this.changes = changes;
    }

    /// The id of the plan that has `ref` as its id, or else as its name.
    public static Optional<String> resolve(Handle handle, OrganizationId organizationId, String ref) {
        return handle.attach(PlanDao.class).resolve(organizationId.value(), ref);
    }

    @Override
    public PlanOutcome create(OrganizationId organizationId, Optional<String> id, PlanTerms terms, Actor actor) {
        Instant now = changes.now();
        StoredPlan plan = new StoredPlan(
                organizationId,
                id.orElseGet(() -> UUID.randomUUID().toString()),
                terms.name(),
                terms.stripePriceId(),
                terms.machines(),
                terms.dockerImage(),
                now,
                now);
        return changes.make(handle -> create(handle, plan, actor));
    }

    private static PlanOutcome create(Handle handle, StoredPlan plan, Actor actor) {
        PlanDao plans = handle.attach(PlanDao.class);
        if (plans.lockOrganization(plan.organizationId().value()).isEmpty()) {
            return new PlanOutcome.Absent();
        }
        Optional<String> taken = plans.taken(toRow(plan), true);
        if (taken.isPresent()) {
            return new PlanOutcome.Taken(PlanOutcome.Unique.valueOf(taken.get()));
        }
        plans.insert(toRow(plan));
        audit(handle, actor, "create_plan", plan, plan.createdAt());
        return new PlanOutcome.Saved(plan);
    }

    @Override
    public List<StoredPlan> list(OrganizationId organizationId, Optional<Integer> limit, Optional<TimeCursor> after) {
        return changes.read(handle -> handle
                .attach(PlanDao.class)
                .list(
                        organizationId.value(),
                        after.map(cursor -> DefinitionChanges.utc(cursor.at())).orElse(null),
                        after.map(TimeCursor::id).orElse(null),
                        limit.orElse(null))
                .stream()
                .map(PostgresPlans::fromRow)
                .toList());
    }

    @Override
    public Optional<StoredPlan> find(OrganizationId organizationId, String id) {
        return changes.read(handle -> handle.attach(PlanDao.class).find(organizationId.value(), id))
                .map(PostgresPlans::fromRow);
    }

    @Override
    public PlanOutcome change(OrganizationId organizationId, String id, UnaryOperator<PlanTerms> change, Actor actor) {
        return changes.make(handle -> {
            PlanDao plans = handle.attach(PlanDao.class);
            Optional<StoredPlan> found = lock(plans, organizationId, id);
            if (found.isEmpty()) {
                return new PlanOutcome.Absent();
            }
            StoredPlan before = found.get();
            PlanTerms terms = change.apply(
                    new PlanTerms(before.name(), before.stripePriceId(), before.machines(), before.dockerImage()));
            StoredPlan after = new StoredPlan(
                    organizationId,
                    id,
                    terms.name(),
                    terms.stripePriceId(),
                    terms.machines(),
                    terms.dockerImage(),
                    before.createdAt(),
                    changes.now());
            Optional<String> taken = plans.taken(toRow(after), false);
            if (taken.isPresent()) {
                return new PlanOutcome.Taken(PlanOutcome.Unique.valueOf(taken.get()));
            }
            plans.update(toRow(after));
            if (!before.name().equals(after.name())) {
                plans.keepTenants(organizationId.value(), id, before.name(), DefinitionChanges.utc(after.updatedAt()));
            }
            PostgresAuditTrail.record(
                    handle,
                    AuditEntry.of(actor, organizationId, "update_plan", "plan", id, after.updatedAt())
                            .with(JsonNodeFactory.instance
                                    .objectNode()
                                    .<ObjectNode>set("before", details(before))
                                    .set("after", details(after))));
            return new PlanOutcome.Saved(after);
        });
    }

    @Override
    public PlanDeletion delete(OrganizationId organizationId, String id, Actor actor) {
        return changes.make(handle -> {
            PlanDao plans = handle.attach(PlanDao.class);
            Optional<StoredPlan> found = lock(plans, organizationId, id);
            if (found.isEmpty()) {
                return new PlanDeletion.Absent();
            }
            long tenants =
                    plans.tenantsOn(organizationId.value(), id, found.get().name());
            if (tenants > 0) {
                return new PlanDeletion.InUse(tenants);
            }
            plans.delete(organizationId.value(), id);
            audit(handle, actor, "delete_plan", found.get(), changes.now());
            return new PlanDeletion.Deleted();
        });
    }

    private static Optional<StoredPlan> lock(PlanDao plans, OrganizationId organizationId, String id) {
        return plans.lockOrganization(organizationId.value())
                .flatMap(locked -> plans.find(organizationId.value(), id))
                .map(PostgresPlans::fromRow);
    }

    private static void audit(Handle handle, Actor actor, String action, StoredPlan plan, Instant at) {
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, plan.organizationId(), action, "plan", plan.id(), at)
                        .with(details(plan)));
    }

    private static ObjectNode details(StoredPlan plan) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("plan_name", plan.name())
                .put("stripe_price_id", plan.stripePriceId().orElse(null))
                .put("machines", plan.machines())
                .put("docker_image", plan.dockerImage().orElse(null));
    }

    private static PlanDao.Row toRow(StoredPlan plan) {
        return new PlanDao.Row(
                plan.organizationId().value(),
                plan.id(),
                plan.name(),
                plan.stripePriceId().orElse(null),
                plan.machines(),
                plan.dockerImage().orElse(null),
                DefinitionChanges.utc(plan.createdAt()),
                DefinitionChanges.utc(plan.updatedAt()));
    }

    private static StoredPlan fromRow(PlanDao.Row row) {
        return new StoredPlan(
                new OrganizationId(row.organizationId()),
                row.id(),
                row.planName(),
                Optional.ofNullable(row.stripePriceId()),
                row.machines(),
                Optional.ofNullable(row.dockerImage()),
                row.createdAt().toInstant(),
                row.updatedAt().toInstant());
    }
}
