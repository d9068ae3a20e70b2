package io.tollgate.control.cycle.postgres;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.UsageReportId;
import io.tollgate.control.cycle.CycleEnd;
import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// Running cycles, within the transaction of a handle.
///
/// @param now when it is done
public record CycleRows(Handle handle, Instant now) {
    static final String COLUMNS =
            "organization_id, tenant_id, meter, operation, first_started_at, started_at, known_end, awaits_invoice, ended,"
                    + " carry, accounted_offset";

    /// A running cycle as it is stored, and locked.
    ///
    /// @param accounted offset before which all events of closed cycles are reported
    record Cycle(
            CycleKey key,
            Operation operation,
            Instant firstStart,
            Instant start,
            Optional<Instant> knownEnd,
            boolean awaitsInvoice,
            boolean ended,
            BigDecimal carry,
            long accounted) {}

    /// Closes the cycles of a tenant for whom an invoice has begun a new period.
    ///
    /// @param periodEnd end of the period that the invoice is about
    /// @param created when the provider told of it
    public void invoiced(
            OrganizationId organizationId, TenantId tenantId, Optional<Instant> periodEnd, Instant created) {
        List<Cycle> cycles = handle.createQuery(
                        "SELECT " + COLUMNS + " FROM stripe_cycles"
                                + " WHERE organization_id = :organizationId AND tenant_id = :tenantId ORDER BY meter FOR UPDATE")
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())
                .map((row, context) -> cycle(row))
                .list();
        for (Cycle cycle : cycles) {
            // Its cycle was closed by the clock already, unless a second end has passed meanwhile.
            boolean closed = cycle.awaitsInvoice()
                    && cycle.knownEnd().filter(end -> !end.isAfter(created)).isEmpty();
            if (closed) {
                handle.createUpdate("UPDATE stripe_cycles SET awaits_invoice = false WHERE " + KEY)
                        .bindMap(key(cycle.key()))
                        .execute();
            } else {
                CycleEnd.by(cycle.start(), cycle.knownEnd(), periodEnd, created)
                        .ifPresent(end -> close(cycle, end, false));
            }
        }
    }

    static final String KEY = "organization_id = :organizationId AND tenant_id = :tenantId AND meter = :meter";

    static Map<String, Object> key(CycleKey key) {
        return Map.of(
                "organizationId", key.organizationId().value(),
                "tenantId", key.tenantId().value(),
                "meter", key.meter().value());
    }

    /// Ends a cycle and begins the next one there. What was used is measured when all of it is stored.
    void close(Cycle cycle, Instant end, boolean awaitsInvoice) {
        String start = cycle.start().toString();
        CycleKey key = cycle.key();
        handle.createUpdate("""
                        INSERT INTO stripe_reports
                            (id, organization_id, tenant_id, meter, kind, cycle_start, cycle_end, operation, target, stamped_at,
                             state, created_at)
                        SELECT :id, organization_id, tenant_id, meter, 'cycle', started_at, :end, operation, target, :stampedAt,
                               'pending', :now
                        FROM stripe_cycles WHERE organization_id = :organizationId AND tenant_id = :tenantId AND meter = :meter
                        """)
                .bindMap(key(key))
                .bind(
                        "id",
                        UsageReportId.of(List.of(
                                        key.organizationId().value(),
                                        key.tenantId().value(),
                                        key.meter().value(),
                                        start))
                                .value())
                .bind("end", DefinitionChanges.utc(end))
                .bind("stampedAt", DefinitionChanges.utc(end.minusSeconds(1)))
                .bind("now", DefinitionChanges.utc(now))
                .execute();
        handle.createUpdate("""
                        UPDATE stripe_cycles AS cycle SET started_at = :end, account_at = :now,
                            awaits_invoice = :awaitsInvoice,
                            known_end = (SELECT cycle_end FROM tenants AS tenant
                                WHERE tenant.organization_id = cycle.organization_id AND tenant.tenant_id = cycle.tenant_id
                                  AND tenant.cycle_end > :end)
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId AND meter = :meter
                        """)
                .bindMap(key(key))
                .bind("end", DefinitionChanges.utc(end))
                .bind("awaitsInvoice", awaitsInvoice)
                .bind("now", DefinitionChanges.utc(now))
                .execute();
    }

    static Cycle cycle(ResultSet row) throws SQLException {
        return new Cycle(
                cycleKey(row),
                Operation.valueOf(row.getString("operation")),
                instant(row, "first_started_at").orElseThrow(),
                instant(row, "started_at").orElseThrow(),
                instant(row, "known_end"),
                row.getBoolean("awaits_invoice"),
                row.getBoolean("ended"),
                row.getBigDecimal("carry"),
                row.getLong("accounted_offset"));
    }

    static CycleKey cycleKey(ResultSet row) throws SQLException {
        return new CycleKey(
                new OrganizationId(row.getString("organization_id")),
                new TenantId(row.getString("tenant_id")),
                new MeterKey(row.getString("meter")));
    }

    static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
