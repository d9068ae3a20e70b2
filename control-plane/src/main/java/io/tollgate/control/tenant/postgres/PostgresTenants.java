package io.tollgate.control.tenant.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.tenant.LinkedTenant;
import io.tollgate.control.tenant.Tenant;
import io.tollgate.control.tenant.TenantChange;
import io.tollgate.control.tenant.TenantCreation;
import io.tollgate.control.tenant.TenantDraft;
import io.tollgate.control.tenant.TenantPage;
import io.tollgate.control.tenant.TenantQuery;
import io.tollgate.control.tenant.TenantStatus;
import io.tollgate.control.tenant.TenantSummary;
import io.tollgate.control.tenant.TenantUpdate;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.metering.limit.EffectivePlan;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Tenants in PostgreSQL.
public final class PostgresTenants implements Tenants {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String RESOURCE = "customer";

    private final DefinitionChanges changes;

    public PostgresTenants(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public TenantCreation create(Actor actor, OrganizationId organizationId, TenantDraft draft) {
        return changes.make(handle -> {
            TenantDao tenants = handle.attach(TenantDao.class);
            if (tenants.holdOrganization(organizationId.value()).isEmpty()) {
                return new TenantCreation.NoOrganization();
            }
            TenantDao.Row wanted = toRow(organizationId, draft, changes.now());
            if (tenants.insert(wanted) == 0) {
                Optional<TenantDao.Row> found =
                        tenants.lock(organizationId.value(), draft.id().value());
                if (found.isEmpty() || !found.get().origin().equals("event")) {
                    return new TenantCreation.AlreadyExists();
                }
                tenants.update(wanted);
            }
            // As it stands now: a tenant that was taken over is as old as its first event.
            Tenant tenant = tenants.find(organizationId.value(), draft.id().value())
                    .map(PostgresTenants::fromRow)
                    .orElseThrow();
            audit(handle, actor, tenant, "create_customer", after(tenant));
            boolean planMissing = tenant.planRef()
                    .filter(ref -> !new StoredPlans(handle, organizationId).known(ref))
                    .isPresent();
            return new TenantCreation.Created(tenant, planMissing);
        });
    }

    @Override
    public TenantPage list(TenantQuery query) {
        List<Tenant> found = changes.read(handle -> handle
                .attach(TenantDao.class)
                .list(
                        query.organizationId().value(),
                        query.status().map(TenantStatus::name).orElse(null),
                        query.search().map(PostgresTenants::containing).orElse(null),
                        query.after()
                                .map(TimeCursor::at)
                                .map(DefinitionChanges::utc)
                                .orElse(null),
                        query.after().map(TimeCursor::id).orElse(null),
                        query.limit().map(limit -> limit + 1).orElse(null))
                .stream()
                .map(PostgresTenants::fromRow)
                .toList());
        int limit = query.limit().orElse(Integer.MAX_VALUE);
        if (found.size() <= limit) {
            return new TenantPage(found, Optional.empty());
        }
        List<Tenant> shown = found.subList(0, limit);
        Tenant last = shown.getLast();
        return new TenantPage(
                shown, Optional.of(new TimeCursor(last.createdAt(), last.id().value())));
    }

    private static String containing(String text) {
        return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    }

    @Override
    public TenantSummary summary(OrganizationId organizationId, Instant monthStart) {
        TenantDao.Counts counts = changes.read(handle ->
                handle.attach(TenantDao.class).count(organizationId.value(), DefinitionChanges.utc(monthStart)));
        return new TenantSummary(counts.active(), counts.suspended(), counts.deleted(), counts.newcomers());
    }

    @Override
    public Optional<Tenant> find(OrganizationId organizationId, TenantId id) {
        return changes.read(handle -> handle.attach(TenantDao.class).find(organizationId.value(), id.value()))
                .map(PostgresTenants::fromRow);
    }

    @Override
    public EffectivePlan effectivePlan(Tenant tenant, Instant now) {
        return changes.read(handle -> EffectivePlan.of(
                new StoredPlans(handle, tenant.organizationId()),
                tenant.planRef(),
                tenant.stripePriceId(),
                tenant.subscriptionEndsAt(),
                now));
    }

    @Override
    public List<OrganizationId> organizationsOf(TenantId id) {
        return changes.read(handle -> handle.attach(TenantDao.class).organizationsOf(id.value(), 2).stream()
                .map(OrganizationId::new)
                .toList());
    }

    @Override
    public TenantUpdate update(Actor actor, OrganizationId organizationId, TenantId id, TenantChange change) {
        return changes.make(handle -> {
            Optional<String> planRef = change.planRef().filter(ref -> !ref.isEmpty());
            Optional<TenantDao.Row> before = present(handle, organizationId, id);
            if (before.isEmpty()) {
                return new TenantUpdate.NoTenant();
            }
            // The plan it is on already may be one that does not exist yet.
            if (planRef.isPresent()
                    && !planRef.get().equals(before.get().planRef())
                    && !new StoredPlans(handle, organizationId).known(planRef.get())) {
                return new TenantUpdate.NoPlan(planRef.get());
            }
            return new TenantUpdate.Updated(
                    change(handle, actor, before.get(), "update_customer", row -> changed(row, change)));
        });
    }

    private static TenantDao.Row changed(TenantDao.Row row, TenantChange change) {
        return new TenantDao.Row(
                row.organizationId(),
                row.tenantId(),
                change.name().orElse(row.name()),
                row.status(),
                row.origin(),
                or(change.email(), row.email()),
                or(change.description(), row.description()),
                or(change.metadata().map(JsonNode::toString), row.metadata()),
                orCleared(change.planRef(), row.planRef()),
                orCleared(change.stripePriceId(), row.stripePriceId()),
                row.stripeCustomerId(),
                or(change.subscriptionEndsAt().map(DefinitionChanges::utc), row.subscriptionEndsAt()),
                row.userId(),
                row.createdAt(),
                row.updatedAt(),
                row.deletedAt());
    }

    private static <T> @Nullable T or(Optional<T> sent, @Nullable T before) {
        return sent.isPresent() ? sent.get() : before;
    }

    private static @Nullable String orCleared(Optional<String> sent, @Nullable String before) {
        return sent.isPresent() ? sent.filter(text -> !text.isEmpty()).orElse(null) : before;
    }

    @Override
    public TenantUpdate changeStatus(Actor actor, OrganizationId organizationId, TenantId id, TenantStatus status) {
        return changes.make(handle -> {
            Optional<TenantDao.Row> before = handle.attach(TenantDao.class).lock(organizationId.value(), id.value());
            if (before.isEmpty()) {
                return new TenantUpdate.NoTenant();
            }
            return new TenantUpdate.Updated(
                    change(handle, actor, before.get(), action(status), row -> withStatus(row, status)));
        });
    }

    private static String action(TenantStatus status) {
        return switch (status) {
            case ACTIVE -> "activate_customer";
            case SUSPENDED -> "suspend_customer";
            case DELETED -> "delete_customer";
        };
    }

    @Override
    public boolean delete(Actor actor, OrganizationId organizationId, TenantId id) {
        return changes.make(handle -> {
            Optional<TenantDao.Row> before = present(handle, organizationId, id);
            before.ifPresent(row ->
                    change(handle, actor, row, "delete_customer", found -> withStatus(found, TenantStatus.DELETED)));
            return before.isPresent();
        });
    }

    @Override
    public TenantUpdate restore(Actor actor, OrganizationId organizationId, TenantId id) {
        return changes.make(handle -> {
            Optional<TenantDao.Row> before = handle.attach(TenantDao.class).lock(organizationId.value(), id.value());
            if (before.isEmpty()) {
                return new TenantUpdate.NoTenant();
            }
            if (!deleted(before.get())) {
                return new TenantUpdate.NotDeleted();
            }
            return new TenantUpdate.Updated(change(
                    handle, actor, before.get(), "restore_customer", row -> withStatus(row, TenantStatus.ACTIVE)));
        });
    }

    private TenantDao.Row withStatus(TenantDao.Row row, TenantStatus status) {
        OffsetDateTime deletedAt = row.deletedAt();
        if (status != TenantStatus.DELETED) {
            deletedAt = null;
        } else if (deletedAt == null) {
            deletedAt = DefinitionChanges.utc(changes.now());
        }
        return new TenantDao.Row(
                row.organizationId(),
                row.tenantId(),
                row.name(),
                status.name(),
                row.origin(),
                row.email(),
                row.description(),
                row.metadata(),
                row.planRef(),
                row.stripePriceId(),
                row.stripeCustomerId(),
                row.subscriptionEndsAt(),
                row.userId(),
                row.createdAt(),
                row.updatedAt(),
                deletedAt);
    }

    private static TenantDao.Row withUser(TenantDao.Row row, Optional<String> userId) {
        return new TenantDao.Row(
                row.organizationId(),
                row.tenantId(),
                row.name(),
                row.status(),
                row.origin(),
                row.email(),
                row.description(),
                row.metadata(),
                row.planRef(),
                row.stripePriceId(),
                row.stripeCustomerId(),
                row.subscriptionEndsAt(),
                userId.orElse(null),
                row.createdAt(),
                row.updatedAt(),
                row.deletedAt());
    }

    @Override
    public Optional<LinkedTenant> getOrCreate(Actor actor, OrganizationId organizationId, String userId, String email) {
        return changes.make(handle -> {
            TenantDao tenants = handle.attach(TenantDao.class);
            if (tenants.holdOrganization(organizationId.value()).isEmpty()) {
                return Optional.empty();
            }
            int locked = tenants.lockUser(organizationId.value(), userId);
            Optional<String> linked = tenants.ofUser(organizationId.value(), userId);
            if (locked == 1 && linked.isPresent()) {
                return Optional.of(new LinkedTenant(new TenantId(linked.get()), false));
            }
            TenantId id = new TenantId("cust_" + UUID.randomUUID().toString().replace("-", ""));
            TenantDraft draft = new TenantDraft(
                    id,
                    Optional.of(email),
                    Optional.of(email),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
            TenantDao.Row row = withUser(toRow(organizationId, draft, changes.now()), Optional.of(userId));
            int made = tenants.insert(row);
            Tenant tenant = fromRow(row);
            audit(handle, actor, tenant, "create_customer", after(tenant));
            return Optional.of(new LinkedTenant(id, made == 1));
        });
    }

    @Override
    public boolean link(Actor actor, OrganizationId organizationId, TenantId id, Optional<String> userId) {
        return changes.make(handle -> {
            Optional<TenantDao.Row> before = present(handle, organizationId, id);
            before.ifPresent(row -> change(
                    handle,
                    actor,
                    row,
                    userId.isPresent() ? "link_customer_user" : "unlink_customer_user",
                    found -> withUser(found, userId)));
            return before.isPresent();
        });
    }

    @Override
    public List<Deleted> deletedBefore(Instant time, int limit) {
        return changes.read(handle ->
                handle.attach(TenantDao.class).deletedBefore(DefinitionChanges.utc(time), limit).stream()
                        .map(row -> new Deleted(new OrganizationId(row.organizationId()), new TenantId(row.tenantId())))
                        .toList());
    }

    @Override
    public void erase(OrganizationId organizationId, TenantId id, Instant deletedBefore) {
        changes.make(handle -> {
            TenantDao tenants = handle.attach(TenantDao.class);
            Optional<TenantDao.Row> due = tenants.lock(organizationId.value(), id.value())
                    .filter(row -> deleted(row)
                            && row.deletedAt() != null
                            && row.deletedAt().toInstant().isBefore(deletedBefore));
            due.ifPresent(row -> {
                tenants.eraseRateLimits(row.organizationId(), row.tenantId());
                tenants.eraseKeys(row.organizationId(), row.tenantId());
                tenants.eraseQuotas(row.organizationId(), row.tenantId());
                tenants.eraseLimits(row.organizationId(), row.tenantId());
                tenants.eraseMetrics(row.organizationId(), row.tenantId());
                tenants.erase(row.organizationId(), row.tenantId());
                PostgresAuditTrail.record(
                        handle,
                        AuditEntry.of(
                                Actor.SYSTEM, organizationId, "erase_customer", RESOURCE, id.value(), changes.now()));
            });
            return due;
        });
    }

    // A tenant that is not deleted, locked.
    private static Optional<TenantDao.Row> present(Handle handle, OrganizationId organizationId, TenantId id) {
        return handle.attach(TenantDao.class)
                .lock(organizationId.value(), id.value())
                .filter(row -> !deleted(row));
    }

    private static boolean deleted(TenantDao.Row row) {
        return row.status().equals(TenantStatus.DELETED.name());
    }

    private Tenant change(
            Handle handle, Actor actor, TenantDao.Row before, String action, UnaryOperator<TenantDao.Row> change) {
        TenantDao.Row changed = change.apply(before);
        TenantDao.Row after = new TenantDao.Row(
                changed.organizationId(),
                changed.tenantId(),
                changed.name(),
                changed.status(),
                "api",
                changed.email(),
                changed.description(),
                changed.metadata(),
                changed.planRef(),
                changed.stripePriceId(),
                changed.stripeCustomerId(),
                changed.subscriptionEndsAt(),
                changed.userId(),
                changed.createdAt(),
                DefinitionChanges.utc(changes.now()),
                changed.deletedAt());
        handle.attach(TenantDao.class).update(after);
        Tenant tenant = fromRow(after);
        ObjectNode details = after(tenant);
        details.set("before", audited(fromRow(before)));
        audit(handle, actor, tenant, action, details);
        return tenant;
    }

    private void audit(Handle handle, Actor actor, Tenant tenant, String action, ObjectNode details) {
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(
                                actor,
                                tenant.organizationId(),
                                action,
                                RESOURCE,
                                tenant.id().value(),
                                changes.now())
                        .with(details));
    }

    private static ObjectNode after(Tenant tenant) {
        ObjectNode details = JsonNodeFactory.instance.objectNode();
        details.set("after", audited(tenant));
        return details;
    }

    private static ObjectNode audited(Tenant tenant) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", tenant.name())
                .put("status", tenant.status().name())
                .put("email", tenant.email().orElse(null))
                .put("plan_id", tenant.planRef().orElse(null))
                .put("stripe_price_id", tenant.stripePriceId().orElse(null))
                .put(
                        "subscription_ends_at",
                        tenant.subscriptionEndsAt().map(Instant::toString).orElse(null))
                .put("user_id", tenant.userId().orElse(null));
    }

    private static TenantDao.Row toRow(OrganizationId organizationId, TenantDraft draft, Instant now) {
        return new TenantDao.Row(
                organizationId.value(),
                draft.id().value(),
                draft.name().orElse(draft.id().value()),
                TenantStatus.ACTIVE.name(),
                "api",
                draft.email().orElse(null),
                draft.description().orElse(null),
                draft.metadata().map(JsonNode::toString).orElse(null),
                draft.planRef().orElse(null),
                draft.stripePriceId().orElse(null),
                draft.stripeCustomerId().orElse(null),
                draft.subscriptionEndsAt().map(DefinitionChanges::utc).orElse(null),
                null,
                DefinitionChanges.utc(now),
                DefinitionChanges.utc(now),
                null);
    }

    private static Tenant fromRow(TenantDao.Row row) {
        return new Tenant(
                new OrganizationId(row.organizationId()),
                new TenantId(row.tenantId()),
                row.name(),
                TenantStatus.valueOf(row.status()),
                Optional.ofNullable(row.email()),
                Optional.ofNullable(row.description()),
                Optional.ofNullable(row.metadata()).map(PostgresTenants::json),
                Optional.ofNullable(row.planRef()),
                Optional.ofNullable(row.stripePriceId()),
                Optional.ofNullable(row.stripeCustomerId()),
                Optional.ofNullable(row.subscriptionEndsAt()).map(OffsetDateTime::toInstant),
                Optional.ofNullable(row.userId()),
                row.createdAt().toInstant(),
                Optional.ofNullable(row.updatedAt()).map(OffsetDateTime::toInstant));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL keeps no JSON that is none", e);
        }
    }
}
