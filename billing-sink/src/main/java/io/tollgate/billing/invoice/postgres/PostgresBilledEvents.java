package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.BilledEvents;
import io.tollgate.billing.invoice.Composition;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.invoice.MeterBilling;
import io.tollgate.billing.invoice.MeteredUsage;
import io.tollgate.billing.proof.Inclusion;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.rating.PriceList;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// Events of invoices in PostgreSQL.
public final class PostgresBilledEvents implements BilledEvents {
    private final Jdbi jdbi;
    private final PriceReads prices;
    private final MeterBilling.Source meters;

    public PostgresBilledEvents(Jdbi jdbi, PriceReads prices, MeterBilling.Source meters) {
        this.jdbi = jdbi;
        this.prices = prices;
        this.meters = meters;
    }

    @Override
    public List<Event> list(String invoiceId, Optional<String> meter, Optional<String> after, int limit) {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT e.event_id, e.meter, e.quantity, e.occurred_at, e.received_at "
                                + ProvedEvents.BILLED + """
                          AND (CAST(:meter AS text) IS NULL OR e.meter = :meter) AND e.event_id > :after
                        ORDER BY e.event_id LIMIT :limit
                        """)
                        .bind("invoiceId", invoiceId)
                        .bind("meter", meter.orElse(null))
                        .bind("after", after.orElse(""))
                        .bind("limit", limit)
                        .map((row, context) -> event(row))
                        .list());
    }

    @Override
    public Optional<Inclusion> inclusion(Invoice invoice, String eventId) {
        return jdbi.inTransaction(
                handle -> new ProvedEvents(handle, invoice.id().orElseThrow())
                        .inclusion(eventId, invoice.proof().orElseThrow()));
    }

    /// An event that came late, or went.
    private record Step(Event event, long offset, int part, boolean goes, Optional<String> adjustedBy) {}

    @Override
    public List<Change> changes(OrganizationId organizationId, Invoice invoice) {
        return jdbi.inTransaction(handle -> {
            handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            PriceList.Buyer buyer = new PriceList.Buyer(
                    Optional.of(invoice.tenantId().value()), invoice.parties().planId());
            Composition composition = new Composition(
                    prices.pricesFor(handle, organizationId, buyer),
                    buyer,
                    invoice.period(),
                    invoice.amounts().taxRate());
            CoveredEvents events = new CoveredEvents(handle, organizationId, invoice.tenantId());
            MeterBilling.Source asBilled = asBilled(invoice);
            String own = own(handle, invoice);
            Map<String, List<CounterState>> counted = new TreeMap<>();
            events.usage(new CoveredEvents.Counting(invoice.period(), own, own), composition.cuts(), asBilled)
                    .forEach(used -> counted.put(used.meter(), new ArrayList<>(used.parts())));
            List<Change> changes = new ArrayList<>();
            for (Step step : steps(handle, invoice, composition.cuts())) {
                String meter = step.event().meter();
                List<CounterState> parts = counted.computeIfAbsent(
                        meter,
                        first -> new ArrayList<>(
                                Collections.nCopies(composition.cuts().size() + 1, CounterState.ZERO)));
                BigDecimal before = amount(composition, invoice, meter, parts);
                if (step.goes() && showsSingleEvents(invoice, meter)) {
                    // Which one is the largest or latest now, only the others can tell.
                    counted.put(meter, upTo(events, invoice, composition, meter, step.offset()));
                } else {
                    parts.set(step.part(), stepped(parts.get(step.part()), step));
                }
                BigDecimal after = amount(composition, invoice, meter, counted.getOrDefault(meter, parts));
                BigDecimal quantity = step.event().quantity();
                changes.add(new Change(
                        step.event().id(),
                        step.goes() ? InvoiceLine.Cause.CORRECTIONS : InvoiceLine.Cause.LATE_EVENTS,
                        meter,
                        step.goes() ? quantity : BigDecimal.ZERO,
                        step.goes() ? BigDecimal.ZERO : quantity,
                        after.subtract(before),
                        step.adjustedBy()));
            }
            return changes;
        });
    }

    /// How its meters were counted when it was finalized.
    private MeterBilling.Source asBilled(Invoice invoice) {
        return (subject, meter) -> invoice.linesOfPeriod().stream()
                .filter(line -> line.meter().equals(meter))
                .findFirst()
                .map(line -> new MeterBilling(line.operation(), line.billedBy().isPresent()))
                .orElseGet(() -> meters.of(subject, meter));
    }

    private boolean showsSingleEvents(Invoice invoice, String meter) {
        SubjectKey subject = new SubjectKey(invoice.organizationId(), SubjectId.tenant(invoice.tenantId()));
        return switch (asBilled(invoice).of(subject, meter).operation()) {
            case SUM, COUNT, AVG -> false;
            case MIN, MAX, LAST -> true;
        };
    }

    private static CounterState stepped(CounterState state, Step step) {
        return step.goes()
                ? state.minus(step.event().quantity(), step.offset())
                : state.plus(
                        step.event().quantity(),
                        step.event().occurredAt(),
                        step.event().receivedAt(),
                        step.offset());
    }

    private List<CounterState> upTo(
            CoveredEvents events, Invoice invoice, Composition composition, String meter, long offset) {
        String all = CoveredEvents.all(offset + 1);
        return events
                .usage(new CoveredEvents.Counting(invoice.period(), all, all), composition.cuts(), asBilled(invoice))
                .stream()
                .filter(used -> used.meter().equals(meter))
                .findFirst()
                .map(used -> new ArrayList<>(used.parts()))
                .orElseGet(() ->
                        new ArrayList<>(Collections.nCopies(composition.cuts().size() + 1, CounterState.ZERO)));
    }

    private BigDecimal amount(Composition composition, Invoice invoice, String meter, List<CounterState> parts) {
        SubjectKey subject = new SubjectKey(invoice.organizationId(), SubjectId.tenant(invoice.tenantId()));
        MeteredUsage usage = new MeteredUsage(meter, asBilled(invoice).of(subject, meter), parts);
        return composition.lines(List.of(usage), invoice.amounts().currency()).stream()
                .filter(line -> line.meter().equals(meter))
                .map(InvoiceLine::total)
                .findFirst()
                .orElse(BigDecimal.ZERO);
    }

    private static String own(Handle handle, Invoice invoice) {
        return handle.createQuery("""
                        SELECT CAST(coalesce(range_agg(log_offsets), '{}') AS text) FROM invoice_coverage
                        WHERE invoice_id = :id AND event_times && tstzrange(:start, :end)
                        """)
                .bind("id", invoice.id().orElseThrow())
                .bind("start", CoveredEvents.utc(invoice.period().start()))
                .bind("end", CoveredEvents.utc(invoice.period().end()))
                .mapTo(String.class)
                .one();
    }

    /// Events of the invoice's period, and what takes such events out, that others cover, or nobody yet.
    private static List<Step> steps(Handle handle, Invoice invoice, List<Instant> cuts) {
        return handle.createQuery("""
                        SELECT s.*, c.invoice_id AS covered_by FROM (
                            SELECT event_id, meter, quantity, occurred_at, received_at, log_offset, log_index,
                                   false AS goes
                            FROM usage_events
                            WHERE organization_id = :organizationId AND subject = 'tenant:' || :tenantId
                              AND occurred_at >= :start AND occurred_at < :end
                              AND received_at >= :created - interval '1 day'
                            UNION ALL
                            SELECT event_id, meter, quantity, occurred_at, received_at, log_offset, -1, true
                            FROM event_corrections
                            WHERE organization_id = :organizationId AND subject = 'tenant:' || :tenantId
                              AND occurred_at >= :start AND occurred_at < :end) AS s
                        LEFT JOIN invoice_coverage AS c
                            ON c.organization_id = :organizationId AND c.tenant_id = :tenantId
                            AND c.event_times @> s.occurred_at AND c.log_offsets @> s.log_offset
                        WHERE c.invoice_id IS DISTINCT FROM :id
                        ORDER BY s.log_offset, s.log_index LIMIT :limit
                        """)
                .bind("id", invoice.id().orElseThrow())
                .bind("organizationId", invoice.organizationId().value())
                .bind("tenantId", invoice.tenantId().value())
                .bind("start", CoveredEvents.utc(invoice.period().start()))
                .bind("end", CoveredEvents.utc(invoice.period().end()))
                .bind("created", CoveredEvents.utc(invoice.dates().created()))
                .bind("limit", CHANGES_MAX)
                .map((row, context) -> {
                    Event event = event(row);
                    int part = (int) cuts.stream()
                            .filter(cut -> !event.occurredAt().isBefore(cut))
                            .count();
                    return new Step(
                            event,
                            row.getLong("log_offset"),
                            part,
                            row.getBoolean("goes"),
                            Optional.ofNullable(row.getString("covered_by")));
                })
                .list();
    }

    private static Event event(ResultSet row) throws SQLException {
        return new Event(
                row.getString("event_id"),
                row.getString("meter"),
                row.getBigDecimal("quantity"),
                InvoiceRows.time(row, "occurred_at").orElseThrow(),
                InvoiceRows.time(row, "received_at").orElseThrow());
    }
}
