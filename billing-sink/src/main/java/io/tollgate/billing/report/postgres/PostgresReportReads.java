package io.tollgate.billing.report.postgres;

import io.tollgate.billing.report.Activity;
import io.tollgate.billing.report.BusyTenant;
import io.tollgate.billing.report.ReportReads;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/// Reads for reports in PostgreSQL.
public final class PostgresReportReads implements ReportReads {
    /// Far longer than [ReportReads#EVENTS_MAX] rows of an index take.
    private static final int STATEMENT_TIME_MAX_MS = 20_000;

    // The meter is no condition of the inner query: it would read on past the bound to find enough of a rare one.
    private static final String ACTIVITY = """
            WITH recent AS MATERIALIZED (
                SELECT tenant_id, meter, occurred_at FROM usage_events
                WHERE organization_id = :organizationId AND occurred_at >= :from AND occurred_at < :to
                  AND status = 'ACCEPTED'
                ORDER BY occurred_at DESC, event_id DESC LIMIT :eventsMax),
            of_meter AS (
                SELECT tenant_id, meter, count(*) AS events,
                       row_number() OVER (PARTITION BY tenant_id ORDER BY count(*) DESC, meter) AS place
                FROM recent
                WHERE tenant_id IS NOT NULL AND (CAST(:meter AS text) IS NULL OR meter = :meter)
                GROUP BY tenant_id, meter),
            busiest AS (
                SELECT tenant_id, CAST(sum(events) AS bigint) AS events,
                       array_agg(meter ORDER BY place) FILTER (WHERE place <= :metersMax) AS meters
                FROM of_meter GROUP BY tenant_id ORDER BY sum(events) DESC, tenant_id LIMIT :limit),
            read AS (SELECT count(*) AS events, min(occurred_at) AS earliest FROM recent)
            SELECT read.events AS events_read, read.earliest, b.tenant_id, b.events, b.meters
            FROM read LEFT JOIN busiest b ON true ORDER BY b.events DESC, b.tenant_id
            """;

    private record Row(boolean all, Optional<Instant> earliest, Optional<BusyTenant> tenant) {}

    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresReportReads(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public Activity activity(
            OrganizationId organizationId, Optional<String> meter, Instant from, Instant to, int limit) {
        List<Row> rows = jdbi.inTransaction(handle -> {
            handle.execute("SET LOCAL statement_timeout = " + STATEMENT_TIME_MAX_MS);
            return handle.createQuery(ACTIVITY)
                    .bind("organizationId", organizationId.value())
                    .bind("from", from.atOffset(ZoneOffset.UTC))
                    .bind("to", to.atOffset(ZoneOffset.UTC))
                    .bind("eventsMax", EVENTS_MAX)
                    .bind("meter", meter.orElse(null))
                    .bind("metersMax", BusyTenant.METERS_MAX)
                    .bind("limit", limit)
                    .map((row, context) -> fromRow(row))
                    .list();
        });
        Row first = rows.getFirst();
        Instant begin = first.all() ? from : first.earliest().orElse(from);
        return new Activity(
                Duration.between(begin, to),
                rows.stream().flatMap(row -> row.tenant().stream()).toList());
    }

    private static Row fromRow(ResultSet row) throws SQLException {
        String tenantId = row.getString("tenant_id");
        Optional<BusyTenant> tenant = tenantId == null
                ? Optional.empty()
                : Optional.of(new BusyTenant(new TenantId(tenantId), row.getLong("events"), List.of((String[])
                        row.getArray("meters").getArray())));
        return new Row(
                row.getLong("events_read") < EVENTS_MAX,
                Optional.ofNullable(row.getObject("earliest", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant),
                tenant);
    }

    @Override
    public long tenants(OrganizationId organizationId) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT count(*) FROM tenants WHERE organization_id = :organizationId AND status <> 'DELETED'
                        """)
                .bind("organizationId", organizationId.value())
                .mapTo(Long.class)
                .one());
    }

    @Override
    public Optional<String> slug(OrganizationId organizationId) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT slug FROM organizations WHERE id = :organizationId AND slug IS NOT NULL
                        """)
                .bind("organizationId", organizationId.value())
                .mapTo(String.class)
                .findOne());
    }
}
