package io.tollgate.control.machine.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.machine.Machine;
import io.tollgate.control.machine.MachineOrder;
import io.tollgate.control.machine.PlanMachines;
import io.tollgate.control.machine.Queueing;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Tasks that come into being, within the transaction of a handle: machines that are asked for together with something
/// else are asked for if and only if that happens.
///
/// @param now when they are asked for
public record MachineOrders(Handle handle, Instant now) {
    private static final String TERMINATION_PREFIX = "terminate:";

    /// Asks for a machine, unless the tenant has, or waits for, `most` of them. An order whose key was used is answered
    /// and nothing else. Locks the tenant.
    public Queueing place(Actor actor, MachineOrder order, int most) {
        if (!lockLiveTenant(order.organizationId(), order.tenantId())) {
            return new Queueing.NoTenant();
        }
        Optional<UUID> known = taskOf(order.key());
        if (known.isPresent()) {
            return new Queueing.Queued(known.get());
        }
        if (owned(order) >= most) {
            return new Queueing.TooMany();
        }
        UUID id = UUID.randomUUID();
        int inserted = insert(new NewTask(
                id,
                order.key(),
                order.organizationId(),
                order.tenantId(),
                "provision",
                null,
                order.dockerImage(),
                order.expiresAt().map(DefinitionChanges::utc).orElse(null)));
        if (inserted == 0) {
            return new Queueing.Queued(taskOf(order.key()).orElseThrow());
        }
        audit(actor, "provision_machine", order.organizationId(), order.tenantId(), id);
        return new Queueing.Queued(id);
    }

    /// What the plan that the tenant is on says about machines; empty if it says nothing.
    public Optional<PlanMachines> planOf(OrganizationId organizationId, TenantId tenantId) {
        return handle.createQuery("""
                        SELECT p.machines, p.docker_image FROM tenants t JOIN plans p
                            ON p.organization_id = t.organization_id AND (p.id = t.plan_ref OR p.plan_name = t.plan_ref)
                        WHERE t.organization_id = :organizationId AND t.tenant_id = :tenantId
                        ORDER BY (p.id = t.plan_ref) DESC LIMIT 1
                        """)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())
                .map((row, context) -> machines(row.getInt(1), row.getString(2)))
                .findOne()
                .flatMap(found -> found);
    }

    /// As [#planOf(OrganizationId, TenantId)], of the organization's plan with this price.
    public Optional<PlanMachines> planOfPrice(OrganizationId organizationId, String price) {
        return handle.createQuery("""
                        SELECT machines, docker_image FROM plans
                        WHERE organization_id = :organizationId AND stripe_price_id = :price
                        """)
                .bind("organizationId", organizationId.value())
                .bind("price", price)
                .map((row, context) -> machines(row.getInt(1), row.getString(2)))
                .findOne()
                .flatMap(found -> found);
    }

    private static Optional<PlanMachines> machines(int count, @Nullable String dockerImage) {
        return Optional.ofNullable(dockerImage).map(image -> new PlanMachines(count, image));
    }

    /// Asks for the end of a machine; false if that was asked for before.
    boolean end(Machine machine) {
        return insert(NewTask.termination(machine)) == 1;
    }

    static String terminationKey(Machine machine) {
        return TERMINATION_PREFIX + machine.id();
    }

    private boolean lockLiveTenant(OrganizationId organizationId, TenantId tenantId) {
        return handle.createQuery("""
                        SELECT 1 FROM tenants t JOIN organizations o ON o.id = t.organization_id
                        WHERE t.organization_id = :organizationId AND t.tenant_id = :tenantId AND t.status <> 'DELETED'
                          AND o.deleted_at IS NULL
                        FOR UPDATE OF t
                        """)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private Optional<UUID> taskOf(String key) {
        return handle.createQuery("SELECT id FROM provisioning_tasks WHERE task_key = :key")
                .bind("key", key)
                .mapTo(UUID.class)
                .findOne();
    }

    private int owned(MachineOrder order) {
        return handle.createQuery("""
                        SELECT (SELECT count(*) FROM machines
                                WHERE organization_id = :organizationId AND tenant_id = :tenantId AND ended_at IS NULL)
                             + (SELECT count(*) FROM provisioning_tasks
                                WHERE organization_id = :organizationId AND tenant_id = :tenantId
                                  AND status = 'pending' AND action = 'provision')
                        """)
                .bind("organizationId", order.organizationId().value())
                .bind("tenantId", order.tenantId().value())
                .mapTo(Integer.class)
                .one();
    }

    private record NewTask(
            UUID id,
            String key,
            OrganizationId organizationId,
            TenantId tenantId,
            String action,
            @Nullable UUID machineId,
            @Nullable String dockerImage,
            @Nullable OffsetDateTime expiresAt) {
        static NewTask termination(Machine machine) {
            return new NewTask(
                    UUID.randomUUID(),
                    terminationKey(machine),
                    machine.organizationId(),
                    machine.tenantId(),
                    "terminate",
                    machine.id(),
                    null,
                    null);
        }
    }

    private int insert(NewTask task) {
        int inserted = handle.createUpdate("""
                        INSERT INTO provisioning_tasks
                            (id, task_key, organization_id, tenant_id, action, machine_id, docker_image, expires_at,
                             status, next_attempt_at, created_at)
                        VALUES
                            (:id, :key, :organizationId, :tenantId, :action, :machineId, :dockerImage, :expiresAt,
                             'pending', :now, :now)
                        ON CONFLICT (task_key) DO NOTHING
                        """)
                .bind("id", task.id())
                .bind("key", task.key())
                .bind("organizationId", task.organizationId().value())
                .bind("tenantId", task.tenantId().value())
                .bind("action", task.action())
                .bind("machineId", task.machineId())
                .bind("dockerImage", task.dockerImage())
                .bind("expiresAt", task.expiresAt())
                .bind("now", DefinitionChanges.utc(now))
                .execute();
        if (inserted == 1) {
            note(task.id(), task.organizationId(), task.tenantId(), "queued", task.action());
        }
        return inserted;
    }

    void note(UUID taskId, OrganizationId organizationId, TenantId tenantId, String type, String detail) {
        handle.createUpdate("""
                        INSERT INTO machine_events (task_id, organization_id, tenant_id, type, detail, created_at)
                        VALUES (:taskId, :organizationId, :tenantId, :type, :detail, :now)
                        """)
                .bind("taskId", taskId)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())
                .bind("type", type)
                .bind("detail", detail)
                .bind("now", DefinitionChanges.utc(now))
                .execute();
    }

    void audit(Actor actor, String action, OrganizationId organizationId, TenantId tenantId, UUID id) {
        ObjectNode details = JsonNodeFactory.instance.objectNode().put("customer_id", tenantId.value());
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(actor, organizationId, action, "machine", id.toString(), now)
                        .with(details));
    }
}
