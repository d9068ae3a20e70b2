package io.tollgate.control.machine.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.deadletter.DeadLetter;
import io.tollgate.contract.deadletter.DeadLetterShelf;
import io.tollgate.control.machine.Machine;
import io.tollgate.control.machine.MachineOrder;
import io.tollgate.control.machine.MachineQueue;
import io.tollgate.control.machine.MachineTask;
import io.tollgate.control.machine.Machines;
import io.tollgate.control.machine.PlanMachines;
import io.tollgate.control.machine.ProvidedMachine;
import io.tollgate.control.machine.Queueing;
import io.tollgate.control.machine.TaskRetries;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Machines and their tasks in PostgreSQL. Whatever changes the machines of a tenant takes turns on the tenant's row
/// first,
/// and writes their ids there, from where they go to the gateways.
///
/// Dead tasks stand on the shelf of the kind `provider`, as everything does that was given up with one.
public final class PostgresMachines implements Machines, MachineQueue, DeadLetterShelf {
    private static final String KIND = "provider";
    private static final String LETTER_PREFIX = "machine:";

    /// Machines whose end is asked for in one transaction; the rest follows with the next.
    private static final int EXPIRED_AT_ONCE = 200;

    private static final int PURGE_ROWS_MAX = 10_000;

    /// Longest reason in characters that is kept of a failure.
    private static final int ERROR_LENGTH_MAX = 500;

    private static final String MACHINE_COLUMNS = """
            m.id AS machine_id, m.organization_id, m.tenant_id, m.provider, m.provider_id, m.app_name, m.url,
            m.ip_address, m.docker_image, m.expires_at
            """;

    /// Crossings that one look at them follows.
    private static final int CROSSINGS_AT_ONCE = 100;

    private static final String BEFORE_SCALING = "before_scaling";

    private static final Logger LOG = LoggerFactory.getLogger(PostgresMachines.class);

    private final DefinitionChanges changes;
    private final String scaleImage;

    /// @param scaleImage what a machine that a crossing asks for runs, where the tenant's plan says nothing
    public PostgresMachines(DefinitionChanges changes, String scaleImage) {
        this.changes = changes;
        this.scaleImage = scaleImage;
    }

    @Override
    public List<Machine> running(OrganizationId organizationId, TenantId tenantId) {
        return changes.read(handle -> running(handle, organizationId, tenantId));
    }

    private static List<Machine> running(Handle handle, OrganizationId organizationId, TenantId tenantId) {
        return handle.createQuery("SELECT " + MACHINE_COLUMNS + """
                         FROM machines m
                        WHERE m.organization_id = :organizationId AND m.tenant_id = :tenantId AND m.ended_at IS NULL
                        ORDER BY m.created_at, m.id
                        """)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())
                .map((row, context) -> machine(row))
                .list();
    }

    private static Machine machine(ResultSet row) throws SQLException {
        return new Machine(
                row.getObject("machine_id", UUID.class),
                new OrganizationId(row.getString("organization_id")),
                new TenantId(row.getString("tenant_id")),
                row.getString("provider"),
                new ProvidedMachine(
                        row.getString("provider_id"),
                        row.getString("app_name"),
                        row.getString("url"),
                        row.getString("ip_address"),
                        row.getString("docker_image")),
                time(row, "expires_at"));
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    @Override
    public Queueing provision(Actor actor, MachineOrder order) {
        return changes.make(handle -> new MachineOrders(handle, changes.now()).place(actor, order, PER_TENANT_MAX));
    }

    @Override
    public int terminateAll(Actor actor, OrganizationId organizationId, TenantId tenantId) {
        return changes.make(handle -> {
            lockTenant(handle, organizationId, tenantId);
            List<Machine> running = running(handle, organizationId, tenantId);
            for (Machine machine : running) {
                if (!orders(handle).end(machine)) {
                    revive(handle, MachineOrders.terminationKey(machine));
                }
                orders(handle).audit(actor, "terminate_machine", organizationId, tenantId, machine.id());
            }
            return running.size();
        });
    }

    private void revive(Handle handle, String key) {
        handle.createUpdate("""
                        UPDATE provisioning_tasks
                        SET status = 'pending', attempts = 0, next_attempt_at = :now, finished_at = NULL
                        WHERE task_key = :key AND status IN ('dead', 'discarded')
                        """).bind("key", key).bind("now", now()).execute();
    }

    private static void lockTenant(Handle handle, OrganizationId organizationId, TenantId tenantId) {
        handle.createQuery("""
                        SELECT 1 FROM tenants WHERE organization_id = :organizationId AND tenant_id = :tenantId FOR UPDATE
                        """)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())
                .mapTo(Integer.class)
                .findOne();
    }

    @Override
    public int endExpired() {
        int all = 0;
        int some = EXPIRED_AT_ONCE;
        while (some == EXPIRED_AT_ONCE) {
            some = changes.make(this::endSomeExpired);
            all += some;
        }
        return all;
    }

    // A machine whose end was asked for is not asked about again: what came of that is for the operator to see.
    private int endSomeExpired(Handle handle) {
        List<Machine> due = handle.createQuery("SELECT " + MACHINE_COLUMNS + """
                         FROM machines m
                        WHERE m.ended_at IS NULL
                          AND (m.expires_at <= :now
                               OR NOT EXISTS (SELECT 1 FROM tenants t JOIN organizations o ON o.id = t.organization_id
                                              WHERE t.organization_id = m.organization_id AND t.tenant_id = m.tenant_id
                                                AND t.status <> 'DELETED' AND o.deleted_at IS NULL))
                          AND NOT EXISTS (SELECT 1 FROM provisioning_tasks k WHERE k.machine_id = m.id)
                        LIMIT :limit
                        """)
                .bind("now", now())
                .bind("limit", EXPIRED_AT_ONCE)
                .map((row, context) -> machine(row))
                .list();
        for (Machine machine : due) {
            if (orders(handle).end(machine)) {
                orders(handle)
                        .audit(
                                Actor.SYSTEM,
                                "terminate_machine",
                                machine.organizationId(),
                                machine.tenantId(),
                                machine.id());
            }
        }
        return due.size();
    }

    // One crossing a transaction, so that no two tenants are locked in one.
    @Override
    public int followCrossings() {
        int followed = 0;
        while (followed < CROSSINGS_AT_ONCE && changes.make(this::followCrossing)) {
            followed++;
        }
        return followed;
    }

    private boolean followCrossing(Handle handle) {
        Optional<Crossing> next = handle.createQuery("""
                        DELETE FROM scale_crossings WHERE crossing_key = (
                            SELECT crossing_key FROM scale_crossings ORDER BY crossed_at, crossing_key LIMIT 1
                            FOR UPDATE SKIP LOCKED)
                        RETURNING crossing_key, organization_id, tenant_id, meter
                        """)
                .map((row, context) -> new Crossing(
                        row.getString("crossing_key"),
                        row.getString("organization_id"),
                        row.getString("tenant_id"),
                        row.getString("meter")))
                .findOne();
        next.ifPresent(crossing -> scaleOrDrop(handle, crossing));
        return next.isPresent();
    }

    private record Crossing(String key, String organization, String tenant, String meter) {}

    // The oldest crossing is always the next: one that can never be followed would hold up those of all organizations.
    private void scaleOrDrop(Handle handle, Crossing crossing) {
        handle.savepoint(BEFORE_SCALING);
        try {
            scale(handle, crossing);
        } catch (RuntimeException e) {
            if (!staysWrong(e)) {
                throw e;
            }
            handle.rollbackToSavepoint(BEFORE_SCALING);
            LOG.warn(
                    "No machine follows the crossing of {} by {} of {}: {}",
                    crossing.meter(),
                    crossing.tenant(),
                    crossing.organization(),
                    e.toString());
        }
    }

    // A value that is refused, by this program or by PostgreSQL, is refused the next time too.
    private static boolean staysWrong(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return sql.getSQLState() != null
                        && (sql.getSQLState().startsWith("22")
                                || sql.getSQLState().startsWith("23"));
            }
        }
        return true;
    }

    // Routes take nothing but whole numbers; a row that was changed by hand must not hold up the others.
    private void scale(Handle handle, Crossing crossing) {
        OrganizationId organizationId = new OrganizationId(crossing.organization());
        TenantId tenantId = new TenantId(crossing.tenant());
        Optional<Integer> most = handle.createQuery("""
                        SELECT greatest(0, least(:most, CASE jsonb_typeof(metadata #> '{integrations,fly,max_machines}')
                            WHEN 'number' THEN trunc((metadata #>> '{integrations,fly,max_machines}')::numeric)
                            END))::integer
                        FROM metrics
                        WHERE organization_id = :organizationId AND subject = :subject AND name = :meter
                          AND jsonb_typeof(metadata #> '{integrations,fly}') = 'object'
                          AND coalesce(metadata #>> '{integrations,fly,enabled}', 'true') <> 'false'
                        """)
                .bind("organizationId", organizationId.value())
                .bind("subject", SubjectId.tenant(tenantId).value())
                .bind("meter", crossing.meter())
                .bind("most", PER_TENANT_MAX)
                .mapTo(Integer.class)
                .findOne();
        if (most.isEmpty()) {
            return;
        }
        MachineOrders orders = orders(handle);
        String image = orders.planOf(organizationId, tenantId)
                .map(PlanMachines::dockerImage)
                .orElse(scaleImage);
        Instant until = changes.now().plus(MachineOrder.LASTS);
        MachineOrder order =
                new MachineOrder("scale:" + crossing.key(), organizationId, tenantId, image, Optional.of(until));
        switch (orders.place(Actor.SYSTEM, order, most.get())) {
            case Queueing.Queued queued -> {}
            case Queueing.NoTenant none -> {}
            case Queueing.TooMany many ->
                LOG.info(
                        "{} of {} has the {} machines that it may have: {} is not scaled further",
                        tenantId.value(),
                        organizationId.value(),
                        most.get(),
                        crossing.meter());
        }
    }

    @Override
    public Optional<MachineTask> take() {
        Instant until = changes.now().plus(HELD);
        return changes.make(handle -> handle.createQuery("""
                        WITH taken AS (
                            UPDATE provisioning_tasks SET next_attempt_at = :until
                            WHERE id = (SELECT id FROM provisioning_tasks
                                        WHERE status = 'pending' AND next_attempt_at <= :now
                                        ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
                            RETURNING id, organization_id, tenant_id, action, machine_id, docker_image, expires_at,
                                      attempts)
                        SELECT t.id AS task_id, t.action, t.attempts, t.docker_image AS wanted_image,
                               t.expires_at AS wanted_expiry, t.organization_id AS task_organization,
                               t.tenant_id AS task_tenant,
                        """ + MACHINE_COLUMNS + """
                         FROM taken t LEFT JOIN machines m ON m.id = t.machine_id
                        """)
                .bind("until", DefinitionChanges.utc(until))
                .bind("now", now())
                .map((row, context) -> task(row, until))
                .findOne());
    }

    private static MachineTask task(ResultSet row, Instant until) throws SQLException {
        MachineTask.Work work = row.getString("action").equals("provision")
                ? new MachineTask.Work.Provision(row.getString("wanted_image"), time(row, "wanted_expiry"))
                : new MachineTask.Work.Terminate(machine(row));
        return new MachineTask(
                row.getObject("task_id", UUID.class),
                new OrganizationId(row.getString("task_organization")),
                new TenantId(row.getString("task_tenant")),
                work,
                row.getInt("attempts"),
                until);
    }

    @Override
    public void provisioned(MachineTask task, String provider, ProvidedMachine machine) {
        Optional<Instant> expiresAt = switch (task.work()) {
            case MachineTask.Work.Provision wanted -> wanted.expiresAt();
            case MachineTask.Work.Terminate other -> throw new IllegalArgumentException("the task makes no machine");
        };
        changes.make(handle -> {
            lockTenant(handle, task.organizationId(), task.tenantId());
            if (!finish(handle, task)) {
                return false;
            }
            handle.createUpdate("""
                            INSERT INTO machines
                                (id, organization_id, tenant_id, provider, provider_id, app_name, url, ip_address,
                                 docker_image, expires_at, created_at)
                            VALUES
                                (:id, :organizationId, :tenantId, :provider, :providerId, :appName, :url, :ipAddress,
                                 :dockerImage, :expiresAt, :now)
                            ON CONFLICT (id) DO NOTHING
                            """)
                    .bind("id", task.id())
                    .bind("organizationId", task.organizationId().value())
                    .bind("tenantId", task.tenantId().value())
                    .bind("provider", provider)
                    .bind("providerId", machine.providerId())
                    .bind("appName", machine.appName())
                    .bind("url", machine.url())
                    .bind("ipAddress", machine.ipAddress())
                    .bind("dockerImage", machine.dockerImage())
                    .bind("expiresAt", expiresAt.map(DefinitionChanges::utc).orElse(null))
                    .bind("now", now())
                    .execute();
            publish(handle, task);
            orders(handle).note(task.id(), task.organizationId(), task.tenantId(), "provisioned", machine.providerId());
            return true;
        });
    }

    @Override
    public void terminated(MachineTask task) {
        Machine machine = switch (task.work()) {
            case MachineTask.Work.Terminate terminate -> terminate.machine();
            case MachineTask.Work.Provision other -> throw new IllegalArgumentException("the task ends no machine");
        };
        changes.make(handle -> {
            lockTenant(handle, task.organizationId(), task.tenantId());
            if (!finish(handle, task)) {
                return false;
            }
            handle.createUpdate("UPDATE machines SET ended_at = :now WHERE id = :id AND ended_at IS NULL")
                    .bind("id", machine.id())
                    .bind("now", now())
                    .execute();
            publish(handle, task);
            orders(handle)
                    .note(
                            task.id(),
                            task.organizationId(),
                            task.tenantId(),
                            "terminated",
                            machine.provided().providerId());
            return true;
        });
    }

    // False: the task is another's by now.
    private boolean finish(Handle handle, MachineTask task) {
        return handle.createUpdate("""
                        UPDATE provisioning_tasks
                        SET status = 'done', next_attempt_at = NULL, error = NULL, finished_at = :now
                        WHERE id = :id AND status = 'pending' AND next_attempt_at = :until
                        """)
                        .bind("id", task.id())
                        .bind("until", DefinitionChanges.utc(task.until()))
                        .bind("now", now())
                        .execute()
                == 1;
    }

    // A tenant whose origin were 'event' would not be published.
    private static void publish(Handle handle, MachineTask task) {
        handle.createUpdate("""
                        UPDATE tenants SET origin = 'api', machine_ids = ARRAY(
                            SELECT m.provider_id FROM machines m
                            WHERE m.organization_id = :organizationId AND m.tenant_id = :tenantId AND m.ended_at IS NULL
                            ORDER BY m.created_at, m.id)
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId
                        """)
                .bind("organizationId", task.organizationId().value())
                .bind("tenantId", task.tenantId().value())
                .execute();
    }

    @Override
    public Failure failed(MachineTask task, String reason) {
        String shown = reason.substring(0, Math.min(reason.length(), ERROR_LENGTH_MAX));
        Instant now = changes.now();
        Optional<Instant> next = TaskRetries.next(task.attempts() + 1, now);
        return changes.make(handle -> {
            int changed = handle.createUpdate("""
                            UPDATE provisioning_tasks
                            SET attempts = attempts + 1, error = :error, status = :status, next_attempt_at = :next,
                                finished_at = :finished
                            WHERE id = :id AND status = 'pending' AND next_attempt_at = :until
                            """)
                    .bind("id", task.id())
                    .bind("until", DefinitionChanges.utc(task.until()))
                    .bind("error", shown)
                    .bind("status", next.isPresent() ? "pending" : "dead")
                    .bind("next", next.map(DefinitionChanges::utc).orElse(null))
                    .bind("finished", next.isPresent() ? null : DefinitionChanges.utc(now))
                    .execute();
            if (changed == 0) {
                return new Failure.TakenOver();
            }
            orders(handle)
                    .note(
                            task.id(),
                            task.organizationId(),
                            task.tenantId(),
                            next.isPresent() ? "failed" : "dead",
                            shown);
            return next.<Failure>map(Failure.Again::new).orElseGet(Failure.GivenUp::new);
        });
    }

    @Override
    public int purge(Instant before) {
        return changes.make(handle -> purge(handle, "machines", "ended_at < :before", before)
                + purge(
                        handle,
                        "provisioning_tasks",
                        "finished_at < :before AND status IN ('done', 'discarded')"
                                + " AND NOT EXISTS (SELECT 1 FROM machines m"
                                + " WHERE m.id = provisioning_tasks.machine_id AND m.ended_at IS NULL)",
                        before)
                + purge(handle, "machine_events", "created_at < :before", before));
    }

    private static int purge(Handle handle, String table, String condition, Instant before) {
        return handle.createUpdate("DELETE FROM " + table + " WHERE id IN (SELECT id FROM " + table + " WHERE "
                        + condition + " LIMIT :limit)")
                .bind("before", DefinitionChanges.utc(before))
                .bind("limit", PURGE_ROWS_MAX)
                .execute();
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<DeadLetter> list(int limit, Optional<TimeCursor> after) {
        return changes.read(handle -> handle.createQuery("""
                        SELECT id, 'machine:' || id AS letter, organization_id, action, attempts, coalesce(error, '') AS error,
                               created_at
                        FROM provisioning_tasks
                        WHERE status = 'dead'
                          AND (:afterAt::timestamptz IS NULL
                               OR (created_at, ('machine:' || id) COLLATE "C") < (:afterAt, :afterId))
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """)
                .bind(
                        "afterAt",
                        after.map(TimeCursor::at).map(DefinitionChanges::utc).orElse(null))
                .bind("afterId", after.map(TimeCursor::id).orElse(null))
                .bind("limit", limit)
                .map((row, context) -> new DeadLetter(
                        KIND,
                        row.getString("letter"),
                        Optional.of(new OrganizationId(row.getString("organization_id"))),
                        "machine." + row.getString("action"),
                        row.getInt("attempts"),
                        errorOf(row),
                        row.getObject("created_at", OffsetDateTime.class).toInstant()))
                .list());
    }

    // The provider may have made a machine whose answer was lost: nobody here knows it, and nobody would end it.
    private static String errorOf(ResultSet row) throws SQLException {
        String error = row.getString("error");
        return row.getString("action").equals("provision")
                ? error + " If the provider has a machine " + MachineTask.machineName(row.getObject("id", UUID.class))
                        + " all the same, a retry finds it; end it there before you discard this."
                : error;
    }

    @Override
    public boolean retry(String id) {
        return changeDead(id, "status = 'pending', attempts = 0, next_attempt_at = :now, finished_at = NULL");
    }

    @Override
    public boolean discard(String id) {
        return changeDead(id, "status = 'discarded', finished_at = :now");
    }

    private boolean changeDead(String id, String assignments) {
        if (!id.startsWith(LETTER_PREFIX)) {
            return false;
        }
        return changes.make(handle -> handle.createUpdate("UPDATE provisioning_tasks SET " + assignments
                                + " WHERE status = 'dead' AND id::text = :id")
                        .bind("id", id.substring(LETTER_PREFIX.length()))
                        .bind("now", now())
                        .execute()
                == 1);
    }

    private MachineOrders orders(Handle handle) {
        return new MachineOrders(handle, changes.now());
    }

    private OffsetDateTime now() {
        return DefinitionChanges.utc(changes.now());
    }
}
