package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.BillingTerms;
import io.tollgate.billing.invoice.InvoiceOutcome;
import io.tollgate.billing.invoice.InvoiceRuns;
import io.tollgate.billing.invoice.Invoices;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// Runs in PostgreSQL.
public final class PostgresInvoiceRuns implements InvoiceRuns {
    private static final int MONTHS_BACK = 2;

    private final Jdbi jdbi;
    private final PostgresInvoices invoices;
    private final InstantSource clock;

    public PostgresInvoiceRuns(Jdbi jdbi, PostgresInvoices invoices, InstantSource clock) {
        this.jdbi = jdbi;
        this.invoices = invoices;
        this.clock = clock;
    }

    @Override
    public String order(Order order) {
        return jdbi.inTransaction(handle -> {
            String id = insert(handle, order, Optional.empty()).orElseThrow();
            order.tenants().ifPresent(tenants -> {
                handle.createUpdate("""
                                INSERT INTO invoice_run_tenants (run_id, tenant_id)
                                SELECT DISTINCT :id, tenant FROM unnest(:tenants) AS tenant
                                """)
                        .bind("id", id)
                        .bindArray(
                                "tenants",
                                String.class,
                                tenants.stream().map(TenantId::value).toList())
                        .execute();
                count(handle, id);
            });
            return id;
        });
    }

    @Override
    public void choose(Run run) {
        jdbi.useTransaction(handle -> {
            handle.createUpdate("""
                            INSERT INTO invoice_run_tenants (run_id, tenant_id)
                            SELECT :id, tenant_id FROM usage_snapshots
                            WHERE organization_id = :organizationId
                              AND snapshot_date >= CAST(CAST(:start AS timestamptz) AT TIME ZONE 'UTC' AS date)
                              AND snapshot_date <= CAST(CAST(:end AS timestamptz) AT TIME ZONE 'UTC' AS date)
                            UNION
                            SELECT :id, tenant_id FROM usage_events
                            WHERE organization_id = :organizationId AND tenant_id IS NOT NULL
                              AND occurred_at < :end AND received_at >= :start
                            UNION
                            SELECT :id, tenant_id FROM event_corrections
                            WHERE organization_id = :organizationId AND tenant_id IS NOT NULL
                              AND occurred_at < :end AND received_at >= :start
                            ON CONFLICT DO NOTHING
                            """)
                    .bind("id", run.id())
                    .bind("organizationId", run.organizationId().value())
                    .bind("start", CoveredEvents.utc(run.period().start()))
                    .bind("end", CoveredEvents.utc(run.period().end()))
                    .execute();
            handle.execute("UPDATE invoice_runs SET chosen = true WHERE id = ?", run.id());
            count(handle, run.id());
        });
    }

    private static void count(Handle handle, String id) {
        handle.execute(
                "UPDATE invoice_runs SET tenants = (SELECT count(*) FROM invoice_run_tenants WHERE run_id = ?) WHERE id = ?",
                id,
                id);
    }

    /// Absent if it is scheduled and exists already.
    ///
    /// @param scheduledIn the month in which it is made by Tollgate itself
    private Optional<String> insert(Handle handle, Order order, Optional<YearMonth> scheduledIn) {
        return handle.createQuery("""
                        INSERT INTO invoice_runs
                            (id, organization_id, period_start, period_end, finalizing, scheduled_in, chosen, status,
                             tenants, actor_id, request_id, created_at)
                        VALUES (:id, :organizationId, :start, :end, :finalizing, :scheduledIn, :chosen, 'pending', 0,
                                :actor, :requestId, :now)
                        ON CONFLICT DO NOTHING RETURNING id
                        """)
                .bind("id", UUID.randomUUID().toString())
                .bind("organizationId", order.organizationId().value())
                .bind("start", CoveredEvents.utc(order.period().start()))
                .bind("end", CoveredEvents.utc(order.period().end()))
                .bind("finalizing", order.finalizing())
                .bind("scheduledIn", scheduledIn.map(month -> month.atDay(1)).orElse(null))
                .bind("chosen", order.tenants().isPresent())
                .bind("actor", order.actor().id())
                .bind("requestId", order.actor().requestId().orElse(null))
                .bind("now", CoveredEvents.utc(now()))
                .mapTo(String.class)
                .findOne();
    }

    @Override
    public Optional<Progress> find(OrganizationId organizationId, String id) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT r.*, (SELECT count(*) FROM invoice_run_tenants AS t WHERE t.run_id = r.id
                                     AND (t.invoice_id IS NOT NULL OR t.skipped IS NOT NULL)) AS settled
                        FROM invoice_runs AS r WHERE organization_id = :organizationId AND id = :id
                        """)
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> new Progress(
                        row.getString("id"),
                        period(row),
                        row.getString("status"),
                        row.getLong("tenants"),
                        row.getLong("settled"),
                        Optional.ofNullable(row.getString("error"))))
                .findOne());
    }

    @Override
    public List<Settled> settled(String id, Optional<TenantId> after, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT * FROM invoice_run_tenants
                        WHERE run_id = :id AND (invoice_id IS NOT NULL OR skipped IS NOT NULL) AND tenant_id > :after
                        ORDER BY tenant_id LIMIT :limit
                        """)
                .bind("id", id)
                .bind("after", after.map(TenantId::value).orElse(""))
                .bind("limit", limit)
                .map((row, context) -> new Settled(
                        new TenantId(row.getString("tenant_id")),
                        Optional.ofNullable(row.getString("invoice_id")),
                        Optional.ofNullable(row.getString("skipped"))))
                .list());
    }

    @Override
    public Optional<Run> claim(Instant until) {
        return jdbi.inTransaction(handle -> handle.createQuery("""
                        UPDATE invoice_runs SET status = 'running', claimed_until = :until
                        WHERE id = (SELECT id FROM invoice_runs
                                    WHERE status IN ('pending', 'running')
                                      AND (claimed_until IS NULL OR claimed_until < :now)
                                    ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                        RETURNING *
                        """)
                .bind("until", CoveredEvents.utc(until))
                .bind("now", CoveredEvents.utc(now()))
                .map((row, context) -> new Run(
                        row.getString("id"),
                        new OrganizationId(row.getString("organization_id")),
                        period(row),
                        row.getBoolean("finalizing"),
                        row.getBoolean("chosen"),
                        new Actor(row.getString("actor_id"), Optional.ofNullable(row.getString("request_id")))))
                .findOne());
    }

    @Override
    public void keep(Run run, Instant until) {
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE invoice_runs SET claimed_until = ?, error = NULL WHERE id = ?",
                CoveredEvents.utc(until),
                run.id()));
    }

    @Override
    public List<TenantId> waiting(Run run, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT tenant_id FROM invoice_run_tenants
                        WHERE run_id = :id AND invoice_id IS NULL AND skipped IS NULL ORDER BY tenant_id LIMIT :limit
                        """)
                .bind("id", run.id())
                .bind("limit", limit)
                .map((row, context) -> new TenantId(row.getString("tenant_id")))
                .list());
    }

    @Override
    public void settle(Run run, TenantId tenantId, Optional<BillingTerms> terms, long before) {
        jdbi.useTransaction(handle -> {
            Optional<String> waits = handle.createQuery("""
                            SELECT tenant_id FROM invoice_run_tenants
                            WHERE run_id = :id AND tenant_id = :tenantId AND invoice_id IS NULL AND skipped IS NULL
                            FOR UPDATE
                            """)
                    .bind("id", run.id())
                    .bind("tenantId", tenantId.value())
                    .mapTo(String.class)
                    .findOne();
            if (waits.isEmpty()) {
                return;
            }
            Settled settled = terms.isEmpty()
                    ? new Settled(tenantId, Optional.empty(), Optional.of("NOT_FOUND"))
                    : invoice(handle, run, tenantId, terms.get(), before);
            write(handle, run, settled);
        });
    }

    @Override
    public void fail(Run run, TenantId tenantId) {
        jdbi.useHandle(handle -> write(handle, run, new Settled(tenantId, Optional.empty(), Optional.of("FAILED"))));
    }

    private static void write(Handle handle, Run run, Settled settled) {
        handle.createUpdate("""
                        UPDATE invoice_run_tenants SET invoice_id = :invoiceId, skipped = :skipped
                        WHERE run_id = :id AND tenant_id = :tenantId AND invoice_id IS NULL AND skipped IS NULL
                        """)
                .bind("id", run.id())
                .bind("tenantId", settled.tenantId().value())
                .bind("invoiceId", settled.invoiceId().orElse(null))
                .bind("skipped", settled.skipped().orElse(null))
                .execute();
    }

    private Settled invoice(Handle handle, Run run, TenantId tenantId, BillingTerms terms, long before) {
        Invoices.Order order = new Invoices.Order(run.organizationId(), tenantId, run.period(), terms, before, "{}");
        InvoiceOutcome outcome = invoices.draft(handle, order, run.actor(), false);
        if (run.finalizing() && outcome instanceof InvoiceOutcome.Done done) {
            outcome = invoices.freeze(
                    handle, done.invoice(), new Invoices.Finishing(terms, before, Optional.empty(), true), run.actor());
        }
        return switch (outcome) {
            case InvoiceOutcome.Done done ->
                new Settled(tenantId, done.invoice().id(), Optional.empty());
            case InvoiceOutcome.Overlaps overlaps ->
                new Settled(tenantId, Optional.of(overlaps.invoiceId()), Optional.of("INVOICE_EXISTS"));
            case InvoiceOutcome.MixedCurrencies mixed ->
                new Settled(tenantId, Optional.empty(), Optional.of("MIXED_CURRENCIES"));
            case InvoiceOutcome.NothingToBill nothing ->
                new Settled(tenantId, Optional.empty(), Optional.of("NOTHING_TO_BILL"));
            case InvoiceOutcome.Absent absent ->
                throw new IllegalStateException("an invoice that was just made is there");
            case InvoiceOutcome.Forbidden forbidden ->
                throw new IllegalStateException("a draft that was just made can be finalized");
            case InvoiceOutcome.AdjustedBy adjusted -> throw new IllegalStateException("nothing was made void");
            case InvoiceOutcome.Credited credited -> throw new IllegalStateException("nothing was made void");
            case InvoiceOutcome.CreditUsed used -> throw new IllegalStateException("nothing was made void");
        };
    }

    @Override
    public void complete(Run run) {
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE invoice_runs SET status = 'completed', claimed_until = NULL, error = NULL, completed_at = ? WHERE id = ?",
                CoveredEvents.utc(now()),
                run.id()));
    }

    @Override
    public void giveUpForNow(Run run, String why, Instant until) {
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE invoice_runs SET error = ?, claimed_until = ? WHERE id = ?",
                why,
                CoveredEvents.utc(until),
                run.id()));
    }

    private record Automatic(OrganizationId organizationId, ZoneId zone, boolean finalizing) {}

    @Override
    public int orderForPastMonths() {
        List<Automatic> wanting = jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT id, time_zone, auto_invoice FROM organizations WHERE auto_invoice <> 'off' AND deleted_at IS NULL")
                .map((row, context) -> new Automatic(
                        new OrganizationId(row.getString("id")),
                        ZoneId.of(row.getString("time_zone")),
                        row.getString("auto_invoice").equals("finalize")))
                .list());
        int ordered = 0;
        for (Automatic one : wanting) {
            YearMonth month = YearMonth.from(clock.instant().atZone(one.zone()));
            for (int back = 1; back <= MONTHS_BACK; back++) {
                YearMonth past = month.minusMonths(back);
                Order order = new Order(
                        one.organizationId(),
                        new BillingPeriod(start(past, one.zone()), start(past.plusMonths(1), one.zone())),
                        Optional.empty(),
                        one.finalizing(),
                        Actor.SYSTEM);
                boolean made = jdbi.inTransaction(
                        handle -> insert(handle, order, Optional.of(month)).isPresent());
                ordered += made ? 1 : 0;
            }
        }
        return ordered;
    }

    private static Instant start(YearMonth month, ZoneId zone) {
        return month.atDay(1).atStartOfDay(zone).toInstant();
    }

    private static BillingPeriod period(ResultSet row) throws SQLException {
        return new BillingPeriod(
                InvoiceRows.time(row, "period_start").orElseThrow(),
                InvoiceRows.time(row, "period_end").orElseThrow());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
