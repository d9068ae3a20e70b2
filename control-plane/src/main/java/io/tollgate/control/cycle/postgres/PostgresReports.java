package io.tollgate.control.cycle.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.UsageReportId;
import io.tollgate.contract.deadletter.DeadLetter;
import io.tollgate.contract.deadletter.DeadLetterShelf;
import io.tollgate.control.cycle.ReportQueue;
import io.tollgate.control.cycle.ReportWay;
import io.tollgate.control.cycle.UsageReport;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/// The queue of reports to Stripe in PostgreSQL. The number of an attempt tells whose the report is.
public final class PostgresReports implements ReportQueue, DeadLetterShelf {
    private static final String KIND = "stripe_report";

    /// Longest reason that is kept, in characters.
    private static final int ERROR_LENGTH_MAX = 500;

    /// What was sent so lately need not show in the provider's sums yet.
    private static final Duration SETTLED = Duration.ofHours(1);

    private final Jdbi jdbi;
    private final InstantSource clock;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresReports(Jdbi jdbi, InstantSource clock) {
        this.jdbi = jdbi;
        this.clock = clock;
    }

    // Whatever a tenant's customer is called later, a report goes to the one it was first sent to.
    @Override
    public List<UsageReport> take(Instant now, int max, Collection<OrganizationId> resting) {
        return jdbi.inTransaction(handle -> handle.createQuery("""
                        WITH due AS MATERIALIZED (
                            SELECT id FROM stripe_reports
                            WHERE due_at <= :now AND organization_id <> ALL (:resting)
                            ORDER BY due_at LIMIT :max FOR UPDATE SKIP LOCKED)
                        UPDATE stripe_reports AS report SET attempts = report.attempts + 1, due_at = :heldUntil
                        FROM due LEFT JOIN LATERAL (
                            SELECT t.stripe_customer_id, t.stripe_subscription_id
                            FROM stripe_reports r JOIN tenants t
                                ON t.organization_id = r.organization_id AND t.tenant_id = r.tenant_id
                            WHERE r.id = due.id) AS tenant ON true
                        WHERE report.id = due.id
                        RETURNING report.id, report.organization_id, report.tenant_id, report.meter, report.kind,
                            report.target::text AS target, report.units, report.stamped_at,
                            coalesce(report.customer, tenant.stripe_customer_id) AS customer,
                            tenant.stripe_subscription_id AS subscription, report.way::text AS way, report.attempts,
                            report.unsure_since
                        """)
                .bind("now", DefinitionChanges.utc(now))
                .bind("heldUntil", DefinitionChanges.utc(now.plus(HELD)))
                .bind("max", max)
                .bindArray(
                        "resting",
                        String.class,
                        resting.stream().map(OrganizationId::value).toList())
                .map((row, context) -> report(row))
                .list());
    }

    private static UsageReport report(ResultSet row) throws SQLException {
        return new UsageReport(
                new UsageReportId(row.getString("id")),
                CycleRows.cycleKey(row),
                ReportJson.target(row.getString("target"), row.getString("kind").equals("overage")),
                row.getBigDecimal("units"),
                CycleRows.instant(row, "stamped_at").orElseThrow(),
                Optional.ofNullable(row.getString("customer")),
                Optional.ofNullable(row.getString("subscription")),
                Optional.ofNullable(row.getString("way")).map(ReportJson::way),
                row.getInt("attempts"),
                CycleRows.instant(row, "unsure_since"));
    }

    @Override
    public boolean leaves(UsageReport report, ReportWay way, String customer, Instant now) {
        return jdbi.withHandle(handle -> handle.createUpdate("""
                                UPDATE stripe_reports SET way = :way::jsonb, customer = :customer,
                                    unsure_since = coalesce(unsure_since, :now)
                                WHERE id = :id AND attempts = :attempts AND due_at IS NOT NULL
                                """)
                        .bind("way", ReportJson.of(way))
                        .bind("customer", customer)
                        .bind("now", DefinitionChanges.utc(now))
                        .bind("id", report.id().value())
                        .bind("attempts", report.attempts())
                        .execute()
                == 1);
    }

    @Override
    public void end(UsageReport report, Ending ending, Instant now) {
        switch (ending) {
            case Ending.Sent sent -> end(report, "sent", null, null, false, now);
            case Ending.Failed failed -> end(report, "failed", failed.reason(), null, false, now);
            case Ending.Again again ->
                end(
                        report,
                        again.unsure() ? "unknown" : "pending",
                        again.reason(),
                        DefinitionChanges.utc(again.at()),
                        again.unsure(),
                        now);
        }
    }

    private void end(
            UsageReport report,
            String state,
            @Nullable String error,
            @Nullable OffsetDateTime dueAt,
            boolean unsure,
            Instant now) {
        jdbi.useHandle(handle -> handle.createUpdate("""
                        UPDATE stripe_reports SET state = :state, error = :error, due_at = :dueAt,
                            unsure_since = CASE WHEN :unsure THEN unsure_since END,
                            finished_at = CASE WHEN CAST(:dueAt AS timestamptz) IS NULL THEN CAST(:now AS timestamptz) END
                        WHERE id = :id AND attempts = :attempts AND due_at IS NOT NULL
                        """)
                .bind("state", state)
                .bind("error", error == null ? null : error.substring(0, Math.min(error.length(), ERROR_LENGTH_MAX)))
                .bind("dueAt", dueAt)
                .bind("unsure", unsure)
                .bind("now", DefinitionChanges.utc(now))
                .bind("id", report.id().value())
                .bind("attempts", report.attempts())
                .execute());
    }

    @Override
    public Alongside alongside(
            UsageReport report, ReportWay way, String customer, Instant from, Instant to, Instant now) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT coalesce(sum(units) FILTER (WHERE arrived), 0) AS sent,
                               coalesce(sum(units) FILTER (WHERE NOT arrived), 0) AS unknown
                        FROM (
                            SELECT units, state = 'sent' AND finished_at < :settled AS arrived FROM stripe_reports
                            WHERE organization_id = :organizationId AND customer = :customer
                              AND stamped_at >= :from AND stamped_at < :to AND way ->> 'target' = :target AND id <> :id
                              AND (state = 'sent' OR unsure_since IS NOT NULL)) AS others
                        """)
                .bind("settled", DefinitionChanges.utc(now.minus(SETTLED)))
                .bind("organizationId", report.key().organizationId().value())
                .bind("customer", customer)
                .bind("from", DefinitionChanges.utc(from))
                .bind("to", DefinitionChanges.utc(to))
                .bind("target", way.target())
                .bind("id", report.id().value())
                .map((row, context) -> new Alongside(row.getBigDecimal("sent"), row.getBigDecimal("unknown")))
                .one());
    }

    @Override
    public Backlog backlog() {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT (SELECT count(*) FROM stripe_reports WHERE state = 'pending') AS pending,
                               (SELECT count(*) FROM stripe_reports WHERE state = 'unknown') AS unknown,
                               (SELECT count(*) FROM stripe_reports WHERE state = 'failed' AND handled_at IS NULL) AS failed
                        """)
                .map((row, context) ->
                        new Backlog(row.getLong("pending"), row.getLong("unknown"), row.getLong("failed")))
                .one());
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<DeadLetter> list(int limit, Optional<TimeCursor> after) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT id, organization_id, kind, attempts, coalesce(error, '') AS error, created_at
                        FROM stripe_reports
                        WHERE state = 'failed' AND handled_at IS NULL
                          AND (:afterAt::timestamptz IS NULL OR (created_at, id) < (:afterAt, :afterId))
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """)
                .bind(
                        "afterAt",
                        after.map(TimeCursor::at).map(DefinitionChanges::utc).orElse(null))
                .bind("afterId", after.map(TimeCursor::id).orElse(null))
                .bind("limit", limit)
                .map((row, context) -> new DeadLetter(
                        KIND,
                        row.getString("id"),
                        Optional.of(new OrganizationId(row.getString("organization_id"))),
                        row.getString("kind"),
                        row.getInt("attempts"),
                        row.getString("error"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant()))
                .list());
    }

    // With the way found out anew: what Stripe refused may have been put in order there.
    @Override
    public boolean retry(String id) {
        return changeFailed(id, "state = 'pending', due_at = :now, finished_at = NULL, way = NULL, customer = NULL");
    }

    @Override
    public boolean discard(String id) {
        return changeFailed(id, "handled_at = :now");
    }

    private boolean changeFailed(String id, String assignments) {
        return jdbi.withHandle(handle -> handle.createUpdate("UPDATE stripe_reports SET " + assignments
                                + " WHERE id = :id AND state = 'failed' AND handled_at IS NULL")
                        .bind("now", DefinitionChanges.utc(clock.instant()))
                        .bind("id", id)
                        .execute()
                == 1);
    }
}
