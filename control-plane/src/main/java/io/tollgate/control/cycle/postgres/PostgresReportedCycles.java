package io.tollgate.control.cycle.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.cycle.ReportTarget;
import io.tollgate.control.cycle.ReportedCycle;
import io.tollgate.control.cycle.ReportedCycles;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/// Closed cycles and their reports in PostgreSQL. What a cycle has at the provider is told by minutes, as the provider
/// adds it up: whatever was sent to the same customer and meter counts, also of other metrics.
public final class PostgresReportedCycles implements ReportedCycles {
    static final String CYCLES = """
            WITH closed AS MATERIALIZED (
                SELECT * FROM stripe_reports
                WHERE kind = 'cycle' AND (:organizationId::text IS NULL OR organization_id = :organizationId)
                  AND (:tenantId::text IS NULL OR tenant_id = :tenantId)
                  AND cycle_end >= :from AND cycle_end < :to
                  AND (:afterAt::timestamptz IS NULL OR (cycle_end, id) < (:afterAt, :afterId))
                ORDER BY cycle_end DESC, id DESC LIMIT :limit)
            SELECT closed.id, closed.organization_id, closed.tenant_id, closed.meter, closed.operation, closed.cycle_start,
                closed.cycle_end, closed.target::text AS target, closed.value + own.late AS accounted, own.waiting, own.unsure,
                own.refused, at.way::text AS way, at.customer, coalesce(there.units, 0) AS reported
            FROM closed
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(value) FILTER (WHERE kind = 'late'), 0) AS late,
                       bool_or(state = 'pending' AND unsure_since IS NULL) AS waiting,
                       bool_or(unsure_since IS NOT NULL AND state <> 'sent') AS unsure,
                       bool_or(state = 'failed' AND handled_at IS NULL) AS refused
                FROM (
                    SELECT closed.kind, closed.value, closed.state, closed.unsure_since, closed.handled_at
                    UNION ALL
                    SELECT kind, value, state, unsure_since, handled_at FROM stripe_reports AS report
                    WHERE report.organization_id = closed.organization_id AND report.tenant_id = closed.tenant_id
                      AND report.meter = closed.meter AND report.kind = 'late'
                      AND report.cycle_start >= closed.cycle_start AND report.cycle_start < closed.cycle_end) AS reports) AS own
            LEFT JOIN LATERAL (
                SELECT way, customer FROM (
                    SELECT closed.kind, closed.way, closed.customer
                    UNION ALL
                    SELECT kind, way, customer FROM stripe_reports AS report
                    WHERE report.organization_id = closed.organization_id AND report.tenant_id = closed.tenant_id
                      AND report.meter = closed.meter AND report.kind = 'late'
                      AND report.cycle_start >= closed.cycle_start AND report.cycle_start < closed.cycle_end) AS reports
                WHERE way IS NOT NULL ORDER BY kind LIMIT 1) AS at ON true
            LEFT JOIN LATERAL (
                SELECT sum(units) AS units FROM stripe_reports AS report
                WHERE report.organization_id = closed.organization_id AND report.customer = at.customer
                  AND report.way ->> 'target' = at.way ->> 'target' AND report.state = 'sent'
                  AND report.stamped_at >= date_trunc('minute', closed.cycle_start + interval '59.999999 seconds')
                  AND report.stamped_at < date_trunc('minute', closed.cycle_end + interval '59.999999 seconds')) AS there ON true
            ORDER BY closed.cycle_end DESC, closed.id DESC
            """;

    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresReportedCycles(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public List<ReportedCycle> list(
            Optional<OrganizationId> organizationId,
            Optional<TenantId> tenantId,
            Instant from,
            Instant to,
            int limit,
            Optional<TimeCursor> after) {
        return jdbi.withHandle(handle -> handle.createQuery(CYCLES)
                .bind(
                        "organizationId",
                        organizationId.map(OrganizationId::value).orElse(null))
                .bind("tenantId", tenantId.map(TenantId::value).orElse(null))
                .bind("from", DefinitionChanges.utc(from))
                .bind("to", DefinitionChanges.utc(to))
                .bind(
                        "afterAt",
                        after.map(TimeCursor::at).map(DefinitionChanges::utc).orElse(null))
                .bind("afterId", after.map(TimeCursor::id).orElse(null))
                .bind("limit", limit)
                .map((row, context) -> cycle(row))
                .list());
    }

    private static ReportedCycle cycle(ResultSet row) throws SQLException {
        ReportTarget target = ReportJson.target(row.getString("target"), false);
        Optional<BigDecimal> accounted = Optional.ofNullable(row.getBigDecimal("accounted"));
        return new ReportedCycle(
                row.getString("id"),
                CycleRows.cycleKey(row),
                Operation.valueOf(row.getString("operation")),
                CycleRows.instant(row, "cycle_start").orElseThrow(),
                CycleRows.instant(row, "cycle_end").orElseThrow(),
                accounted,
                row.getBigDecimal("reported"),
                target.keyName(),
                Optional.ofNullable(row.getString("way")).map(ReportJson::way),
                Optional.ofNullable(row.getString("customer")),
                row.getBoolean("waiting"),
                row.getBoolean("unsure"),
                row.getBoolean("refused"));
    }

    // What has left is not touched. What is in a hand and has not is taken out of it: the number of its attempt, which
    // is
    // then another, keeps that hand from sending it.
    @Override
    public void hasten(Collection<CycleKey> keys, Instant now) {
        jdbi.useTransaction(handle -> {
            for (CycleKey key : keys) {
                handle.createUpdate("UPDATE stripe_reports SET due_at = :now WHERE " + CycleRows.KEY
                                + " AND state = 'pending' AND unsure_since IS NULL AND due_at > :now")
                        .bindMap(CycleRows.key(key))
                        .bind("now", DefinitionChanges.utc(now))
                        .execute();
                handle.createUpdate("UPDATE stripe_cycles SET account_at = :now WHERE " + CycleRows.KEY
                                + " AND account_at > :now")
                        .bindMap(CycleRows.key(key))
                        .bind("now", DefinitionChanges.utc(now))
                        .execute();
            }
        });
    }
}
