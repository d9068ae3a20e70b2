package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.MeterBilling;
import io.tollgate.billing.invoice.MeteredUsage;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;

/// Which events of one tenant are billed, and what they add up to. However many they are, only sums are held in memory.
/// Sets of log offsets are the text of an `int8multirange`.
final class CoveredEvents {
    private static final String IN_PERIOD = """
            organization_id = :organizationId AND subject = :subject
              AND occurred_at >= :start AND occurred_at < :end
              AND log_offset <@ CAST(:offsets AS int8multirange)
              AND (status = 'ACCEPTED' OR NOT EXISTS (
                  SELECT 1 FROM event_corrections AS x
                  WHERE x.event_id = usage_events.event_id
                    AND x.log_offset <@ CAST(:corrections AS int8multirange)))
            """;

    private static final Duration CLOCKS_DIFFER = Duration.ofDays(1);

    private final Handle handle;
    private final OrganizationId organizationId;
    private final TenantId tenantId;
    private final SubjectKey subject;

    CoveredEvents(Handle handle, OrganizationId organizationId, TenantId tenantId) {
        this.handle = handle;
        this.organizationId = organizationId;
        this.tenantId = tenantId;
        this.subject = new SubjectKey(organizationId, SubjectId.tenant(tenantId));
    }

    /// All offsets before one.
    static String all(long before) {
        return "{[0," + before + ")}";
    }

    /// The offsets at which invoices have covered the period already.
    String covered(BillingPeriod period) {
        return bound(handle.createQuery("""
                        SELECT CAST(coalesce(range_agg(log_offsets), '{}') AS text) FROM invoice_coverage
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId
                          AND event_times && tstzrange(:start, :end)
                        """), period)
                .bind("tenantId", tenantId.value())
                .mapTo(String.class)
                .one();
    }

    /// The offsets before `before` at which the period's events are not covered by any invoice.
    String uncovered(BillingPeriod period, long before) {
        return bound(handle.createQuery("""
                        SELECT CAST(int8multirange(int8range(0, :before))
                             - coalesce(range_agg(log_offsets), '{}') AS text)
                        FROM invoice_coverage
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId
                          AND event_times && tstzrange(:start, :end)
                        """), period)
                .bind("before", before)
                .bind("tenantId", tenantId.value())
                .mapTo(String.class)
                .one();
    }

    /// The meters of the period of which events, or what takes events out, lie before `before` where no invoice covers
    /// them. Such was received after the invoice of the period was calculated; a day's difference of clocks is allowed
    /// for.
    Set<String> missed(BillingPeriod period, Instant calculated, long before) {
        return new TreeSet<>(bound(handle.createQuery("""
                        SELECT DISTINCT meter FROM (
                            SELECT meter, occurred_at, log_offset FROM usage_events
                            WHERE organization_id = :organizationId AND subject = :subject
                              AND occurred_at >= :start AND occurred_at < :end AND received_at >= :since
                            UNION ALL
                            SELECT meter, occurred_at, log_offset FROM event_corrections
                            WHERE organization_id = :organizationId AND subject = :subject
                              AND occurred_at >= :start AND occurred_at < :end AND received_at >= :since) AS late
                        WHERE log_offset < :before
                          AND NOT EXISTS (
                              SELECT 1 FROM invoice_coverage AS c
                              WHERE c.organization_id = :organizationId AND c.tenant_id = :tenantId
                                AND c.event_times @> late.occurred_at AND c.log_offsets @> late.log_offset)
                        """), period)
                .bind("subject", subject.subject().value())
                .bind("tenantId", tenantId.value())
                .bind("since", utc(calculated.minus(CLOCKS_DIFFER)))
                .bind("before", before)
                .mapTo(String.class)
                .list());
    }

    void cover(String invoiceId, BillingPeriod period, String offsets) {
        bound(handle.createUpdate("""
                        INSERT INTO invoice_coverage (invoice_id, organization_id, tenant_id, event_times, log_offsets)
                        SELECT :invoiceId, :organizationId, :tenantId, tstzrange(:start, :end), offsets
                        FROM unnest(CAST(:offsets AS int8multirange)) AS offsets
                        """), period)
                .bind("invoiceId", invoiceId)
                .bind("tenantId", tenantId.value())
                .bind("offsets", offsets)
                .execute();
    }

    static void uncover(Handle handle, String invoiceId) {
        handle.execute("DELETE FROM invoice_coverage WHERE invoice_id = ?", invoiceId);
    }

    /// Which events of a period count.
    ///
    /// @param offsets where they lie
    /// @param corrections where what takes them out lies; what takes them out elsewhere does not
    record Counting(BillingPeriod period, String offsets, String corrections) {}

    /// What was used, by meter, told apart at the cuts.
    List<MeteredUsage> usage(Counting counting, List<Instant> cuts, MeterBilling.Source meters) {
        Map<String, List<CounterState>> parts = new TreeMap<>();
        bound(handle.createQuery("""
                        SELECT meter, width_bucket(occurred_at, CAST(:cuts AS timestamptz[])) AS part, count(*) AS events,
                               sum(quantity) AS sum, min(quantity) AS min, max(quantity) AS max
                        FROM usage_events WHERE\s""" + IN_PERIOD + "GROUP BY meter, part"), counting)
                .bindArray(
                        "cuts",
                        String.class,
                        cuts.stream().map(Instant::toString).toList())
                .map((row, context) -> {
                    parts.computeIfAbsent(row.getString("meter"), meter -> nothing(cuts.size() + 1))
                            .set(row.getInt("part"), sums(row));
                    return row.getString("meter");
                })
                .list();
        List<MeteredUsage> usage = new ArrayList<>();
        parts.forEach((meter, states) -> {
            MeterBilling billing = meters.of(subject, meter);
            if (billing.operation() == Operation.LAST) {
                int lastPart = states.size() - 1;
                states.set(lastPart, states.get(lastPart).plus(last(counting, meter)));
            }
            usage.add(new MeteredUsage(meter, billing, states));
        });
        return usage;
    }

    private static List<CounterState> nothing(int parts) {
        return new ArrayList<>(Collections.nCopies(parts, CounterState.ZERO));
    }

    private static CounterState sums(ResultSet row) throws SQLException {
        return new CounterState(
                row.getLong("events"),
                row.getBigDecimal("sum"),
                row.getBigDecimal("min"),
                row.getBigDecimal("max"),
                null,
                0,
                0,
                -1);
    }

    /// The latest event, by itself: nothing but [CounterState#last] is asked of it.
    private CounterState last(Counting counting, String meter) {
        return bound(
                        handle.createQuery(
                                "SELECT quantity, occurred_at, received_at FROM usage_events WHERE " + IN_PERIOD + """
                        AND meter = :meter ORDER BY occurred_at DESC, log_offset DESC, log_index DESC LIMIT 1
                        """),
                        counting)
                .bind("meter", meter)
                .map((row, context) -> new CounterState(
                        0,
                        BigDecimal.ZERO,
                        null,
                        null,
                        new CounterState.Sample(
                                row.getBigDecimal("quantity"),
                                row.getObject("occurred_at", OffsetDateTime.class)
                                        .toInstant(),
                                row.getObject("received_at", OffsetDateTime.class)
                                        .toInstant()),
                        0,
                        0,
                        -1))
                .one();
    }

    private <S extends SqlStatement<S>> S bound(S statement, Counting counting) {
        return bound(statement, counting.period())
                .bind("subject", subject.subject().value())
                .bind("offsets", counting.offsets())
                .bind("corrections", counting.corrections());
    }

    private <S extends SqlStatement<S>> S bound(S statement, BillingPeriod period) {
        return statement
                .bind("organizationId", organizationId.value())
                .bind("start", utc(period.start()))
                .bind("end", utc(period.end()));
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
