package io.tollgate.control.provider.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.provider.BillingResets;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Billing resets in PostgreSQL: rows of `counter_cuts`, which become commands in the log of events.
public final class PostgresBillingResets implements BillingResets {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresBillingResets.class);
    private static final String ACTION = "billing_cycle_reset";

    /// Tenants that are reset in one transaction.
    private static final int AT_ONCE = 500;

    private final DefinitionChanges changes;

    public PostgresBillingResets(DefinitionChanges changes) {
        this.changes = changes;
    }

    private record Due(String organizationId, String tenantId) {}

    @Override
    public Report resetAll(Actor actor, Optional<YearMonth> month) {
        String cause = month.map(one -> "month:" + one).orElseGet(() -> "request:" + UUID.randomUUID());
        int tenants = 0;
        int failed = 0;
        Due last = new Due("", "");
        List<Due> due;
        do {
            Due after = last;
            due = changes.read(handle -> due(handle, after));
            List<Due> batch = due;
            try {
                changes.make(handle -> {
                    batch.forEach(tenant ->
                            BillingReset.of(handle, tenant.organizationId(), tenant.tenantId(), cause, changes.now()));
                    return true;
                });
            } catch (RuntimeException e) {
                failed += batch.size();
                LOG.warn("{} tenants could not be reset", batch.size(), e);
            }
            tenants += due.size();
            last = due.isEmpty() ? last : due.getLast();
        } while (due.size() == AT_ONCE);
        Report report = new Report(tenants, failed);
        changes.make(handle -> {
            audit(
                    handle,
                    actor,
                    Optional.empty(),
                    "platform",
                    "platform",
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("cause", cause)
                            .put("total_customers", report.tenants())
                            .put("failures", report.failed()));
            return true;
        });
        return report;
    }

    private static List<Due> due(Handle handle, Due after) {
        return handle.createQuery("""
                        SELECT t.organization_id, t.tenant_id FROM tenants t JOIN organizations o ON o.id = t.organization_id
                        WHERE (t.organization_id, t.tenant_id) > (:organizationId, :tenantId)
                          AND t.plan_ref IS NOT NULL AND t.stripe_price_id IS NULL
                          AND t.deleted_at IS NULL AND o.deleted_at IS NULL
                        ORDER BY t.organization_id, t.tenant_id LIMIT :limit
                        """)
                .bind("organizationId", after.organizationId())
                .bind("tenantId", after.tenantId())
                .bind("limit", AT_ONCE)
                .map((row, context) -> new Due(row.getString("organization_id"), row.getString("tenant_id")))
                .list();
    }

    @Override
    public boolean reset(Actor actor, OrganizationId organizationId, TenantId tenantId) {
        return changes.make(handle -> {
            if (new StandingStore(handle)
                    .tenant(organizationId.value(), tenantId.value())
                    .isEmpty()) {
                return false;
            }
            String cause = "request:" + UUID.randomUUID();
            BillingReset.of(handle, organizationId.value(), tenantId.value(), cause, changes.now());
            audit(
                    handle,
                    actor,
                    Optional.of(organizationId),
                    "customer",
                    tenantId.value(),
                    JsonNodeFactory.instance.objectNode().put("cause", cause));
            return true;
        });
    }

    private void audit(
            Handle handle,
            Actor actor,
            Optional<OrganizationId> organizationId,
            String resourceType,
            String resourceId,
            ObjectNode details) {
        PostgresAuditTrail.record(
                handle,
                new AuditEntry(
                        UUID.randomUUID(),
                        actor,
                        organizationId,
                        ACTION,
                        resourceType,
                        resourceId,
                        details,
                        changes.now()));
    }
}
