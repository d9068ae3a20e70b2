package io.tollgate.control.organization.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.OrganizationChange;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.OrganizationSettings;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.Restoration;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// Organizations in PostgreSQL.
public final class PostgresOrganizations implements Organizations {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private final DefinitionChanges changes;

    public PostgresOrganizations(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public Created create(Actor actor, OrganizationDraft draft, Optional<UserId> owner) {
        OrganizationId id = OrganizationId.of(UUID.randomUUID());
        return changes.make(handle -> {
            OrganizationDao organizations = handle.attach(OrganizationDao.class);
            organizations.insert(
                    id.value(),
                    draft.name(),
                    null,
                    draft.email(),
                    draft.timeZone().getId(),
                    draft.currency().getCurrencyCode(),
                    draft.mode().word(),
                    DefinitionChanges.utc(changes.now()));
            Organization made = organizations
                    .find(id.value())
                    .map(PostgresOrganizations::fromRow)
                    .orElseThrow();
            boolean linked = owner.filter(user ->
                            organizations.addOwner(id.value(), user.value(), DefinitionChanges.utc(made.createdAt()))
                                    == 1)
                    .isPresent();
            ObjectNode details = NODES.objectNode();
            details.set("after", audited(made));
            if (linked) {
                details.put("owner", owner.orElseThrow().value());
            }
            audit(handle, actor, id, "create_business", details);
            return new Created(made, linked);
        });
    }

    @Override
    public Optional<Organization> find(OrganizationId id) {
        return changes.read(handle -> handle.attach(OrganizationDao.class).find(id.value()))
                .map(PostgresOrganizations::fromRow);
    }

    @Override
    public Optional<Organization> update(Actor actor, OrganizationId id, OrganizationChange change) {
        return changes.make(handle -> {
            Optional<OrganizationDao.Row> before = present(handle, id);
            if (before.isEmpty()) {
                return Optional.empty();
            }
            OrganizationDao.Row row = changed(before.get(), change);
            handle.attach(OrganizationDao.class).update(row);
            Organization after = fromRow(row);
            ObjectNode details = NODES.objectNode();
            details.set("before", audited(fromRow(before.get())));
            details.set("after", audited(after));
            audit(handle, actor, id, "update_business", details);
            return Optional.of(after);
        });
    }

    private OrganizationDao.Row changed(OrganizationDao.Row row, OrganizationChange change) {
        return new OrganizationDao.Row(
                row.id(),
                change.name().orElse(row.name()),
                change.email().orElse(row.email()),
                change.timeZone().map(ZoneId::getId).orElse(row.timeZone()),
                change.currency().map(Currency::getCurrencyCode).orElse(row.currency()),
                row.mode(),
                change.taxRate().orElse(row.taxRate()),
                change.paymentTermsDays().orElse(row.paymentTermsDays()),
                change.autoInvoice().orElse(row.autoInvoice()),
                change.adjustmentMode().orElse(row.adjustmentMode()),
                change.expiredWithoutFreePlan().orElse(row.expiredWithoutFreePlan()),
                row.planType(),
                row.subscriptionStatus(),
                row.createdAt(),
                DefinitionChanges.utc(changes.now()),
                row.deletedAt(),
                row.deletionScheduledFor());
    }

    @Override
    public boolean delete(Actor actor, OrganizationId id) {
        return changes.make(handle -> {
            if (present(handle, id).isEmpty()) {
                return false;
            }
            Instant now = changes.now();
            OffsetDateTime due = DefinitionChanges.utc(now.plus(RESTORABLE));
            handle.attach(OrganizationDao.class)
                    .mark(id.value(), DefinitionChanges.utc(now), due, DefinitionChanges.utc(now));
            audit(
                    handle,
                    actor,
                    id,
                    "delete_business",
                    NODES.objectNode()
                            .put("deletion_scheduled_for", due.toInstant().toString()));
            return true;
        });
    }

    @Override
    public Restoration restore(Actor actor, OrganizationId id) {
        return changes.make(handle -> {
            OrganizationDao organizations = handle.attach(OrganizationDao.class);
            Optional<OrganizationDao.Row> row = organizations.lock(id.value());
            if (row.isEmpty() || row.get().deletedAt() != null && row.get().deletionScheduledFor() == null) {
                return Restoration.NOT_FOUND;
            }
            if (row.get().deletedAt() == null) {
                return Restoration.NOT_DELETED;
            }
            organizations.mark(id.value(), null, null, DefinitionChanges.utc(changes.now()));
            audit(handle, actor, id, "restore_business", NODES.objectNode());
            return Restoration.RESTORED;
        });
    }

    @Override
    public List<OrganizationId> due(Instant now, int limit) {
        return changes.read(
                handle -> handle.attach(OrganizationDao.class).due(DefinitionChanges.utc(now), limit).stream()
                        .map(OrganizationId::new)
                        .toList());
    }

    @Override
    public void erase(OrganizationId id) {
        changes.make(handle -> {
            OrganizationDao organizations = handle.attach(OrganizationDao.class);
            Optional<OrganizationDao.Row> row = organizations.lock(id.value());
            // Restored meanwhile, or erased by another instance.
            if (row.isEmpty() || row.get().deletionScheduledFor() == null) {
                return row;
            }
            organizations.eraseRateLimits(id.value());
            organizations.erasePrices(id.value());
            organizations.erasePlanLimits(id.value());
            organizations.erasePlans(id.value());
            organizations.eraseQuotas(id.value());
            organizations.eraseMetrics(id.value());
            organizations.eraseCredentials(id.value());
            organizations.eraseKeys(id.value());
            organizations.eraseTenants(id.value());
            organizations.eraseInvitations(id.value());
            organizations.eraseMembers(id.value());
            organizations.eraseNames(id.value(), DefinitionChanges.utc(changes.now()));
            audit(handle, Actor.SYSTEM, id, "erase_business", NODES.objectNode());
            return row;
        });
    }

    private static Optional<OrganizationDao.Row> present(Handle handle, OrganizationId id) {
        return handle.attach(OrganizationDao.class).lock(id.value()).filter(row -> row.deletedAt() == null);
    }

    private void audit(Handle handle, Actor actor, OrganizationId id, String action, ObjectNode details) {
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, id, action, "business", id.value(), changes.now())
                        .with(details));
    }

    private static ObjectNode audited(Organization organization) {
        OrganizationSettings settings = organization.settings();
        return NODES.objectNode()
                .put("name", organization.name())
                .put("email", organization.email())
                .put("time_zone", organization.timeZone().getId())
                .put("currency", organization.currency().getCurrencyCode())
                .put("tax_rate", settings.taxRate())
                .put("payment_terms_days", settings.paymentTermsDays())
                .put("auto_invoice", settings.autoInvoice())
                .put("adjustment_mode", settings.adjustmentMode())
                .put("expired_without_free_plan", settings.expiredWithoutFreePlan());
    }

    private static Organization fromRow(OrganizationDao.Row row) {
        return new Organization(
                new OrganizationId(row.id()),
                row.name(),
                row.email(),
                ZoneId.of(row.timeZone()),
                Currency.getInstance(row.currency()),
                Mode.ofWord(row.mode()),
                new OrganizationSettings(
                        row.taxRate(),
                        row.paymentTermsDays(),
                        row.autoInvoice(),
                        row.adjustmentMode(),
                        row.expiredWithoutFreePlan()),
                row.planType(),
                row.subscriptionStatus(),
                row.createdAt().toInstant());
    }
}
