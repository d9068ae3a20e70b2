package io.tollgate.server.runtime;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.billing.daily.Cause;
import io.tollgate.billing.daily.DailyRun;
import io.tollgate.billing.daily.DailySnapshots.Made;
import io.tollgate.billing.daily.postgres.SnapshotAudit;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// Daily snapshots in the audit trail.
record DailyAudit(InstantSource clock) implements SnapshotAudit {
    private static final String RESOURCE = "snapshot";

    @Override
    public void made(Handle handle, OrganizationId organizationId, LocalDate day, Made made, Cause cause) {
        record(
                handle,
                Optional.of(organizationId),
                day,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("snapshots", made.snapshots())
                        .put("tenants", made.tenants())
                        .put("corrected", made.corrected()),
                cause);
    }

    @Override
    public void ran(Handle handle, DailyRun.Summary summary, Optional<OrganizationId> only, Cause cause) {
        record(
                handle,
                only,
                summary.day(),
                JsonNodeFactory.instance
                        .objectNode()
                        .put("tenantsProcessed", summary.tenantsProcessed())
                        .put("totalSnapshots", summary.totalSnapshots())
                        .put("corrected", summary.corrected())
                        .put("errorsCount", summary.failures()),
                cause);
    }

    private void record(
            Handle handle, Optional<OrganizationId> organizationId, LocalDate day, ObjectNode details, Cause cause) {
        PostgresAuditTrail.record(
                handle,
                new AuditEntry(
                        UUID.randomUUID(),
                        actor(cause),
                        organizationId,
                        cause instanceof Cause.Request ? "create_snapshots" : "CRON_SNAPSHOT_CREATED",
                        RESOURCE,
                        day.toString(),
                        details,
                        clock.instant().truncatedTo(ChronoUnit.MICROS)));
    }

    private static Actor actor(Cause cause) {
        return switch (cause) {
            case Cause.Cron cron -> new Actor("cron", cron.requestId());
            case Cause.Schedule schedule -> Actor.SYSTEM;
            case Cause.Request request -> Actor.of(request.principal(), request.requestId());
        };
    }
}
