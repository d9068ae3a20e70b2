package io.tollgate.billing.invoice.postgres;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/// The conservation statement of an invoice: what became of everything that was logged of its tenant and period.
final class Statements {
    private final Handle handle;
    private final Invoice invoice;
    private final long before;

    /// @param before only records at lower offsets of the tenant's partition are looked at
    Statements(Handle handle, Invoice invoice, long before) {
        this.handle = handle;
        this.invoice = invoice;
        this.before = before;
    }

    /// Of one meter, in events and quantity.
    private record Fate(String meter, Amount accepted, Amount covered, Amount adjusted, Amount voided) {
        Amount open() {
            return accepted.minus(covered).minus(adjusted).minus(voided);
        }
    }

    private record Amount(long events, BigDecimal quantity) {
        static final Amount NOTHING = new Amount(0, BigDecimal.ZERO);

        Amount plus(Amount other) {
            return new Amount(events + other.events, quantity.add(other.quantity));
        }

        Amount minus(Amount other) {
            return new Amount(events - other.events, quantity.subtract(other.quantity));
        }
    }

    /// The statement as JSON.
    ///
    /// @throws IllegalStateException if events of the period are neither billed nor anything else: it must not be
    /// finalized then
    String balanced() {
        Set<String> unpriced = invoice.linesOfPeriod().stream()
                .filter(line -> !line.priced())
                .map(InvoiceLine::meter)
                .collect(Collectors.toSet());
        List<Fate> fates = fates();
        Amount accepted = Amount.NOTHING;
        Amount billed = Amount.NOTHING;
        Amount free = Amount.NOTHING;
        Amount adjusted = Amount.NOTHING;
        Amount voided = Amount.NOTHING;
        Amount open = Amount.NOTHING;
        ArrayNode meters = JsonNodeFactory.instance.arrayNode();
        for (Fate fate : fates) {
            boolean priced = !unpriced.contains(fate.meter());
            accepted = accepted.plus(fate.accepted());
            billed = priced ? billed.plus(fate.covered()) : billed;
            free = priced ? free : free.plus(fate.covered());
            adjusted = adjusted.plus(fate.adjusted());
            voided = voided.plus(fate.voided());
            open = open.plus(fate.open());
            ObjectNode meter = meters.addObject().put("event_type", fate.meter());
            put(meter, "accepted", fate.accepted());
            put(meter, "billed", priced ? fate.covered() : Amount.NOTHING);
            put(meter, "adjusted", fate.adjusted());
            put(meter, "voided", fate.voided());
            put(meter, "unpriced", priced ? Amount.NOTHING : fate.covered());
            put(meter, "open", fate.open());
        }
        if (open.events() != 0 || open.quantity().signum() != 0) {
            throw new IllegalStateException("invoice " + invoice.id().orElseThrow() + " leaves " + open.events()
                    + " events of its period unbilled");
        }
        long duplicates = refused("DUPLICATE");
        long rejected = refused("") - duplicates;
        ObjectNode statement = JsonNodeFactory.instance
                .objectNode()
                .put("tenant_id", invoice.tenantId().value())
                .put("period_start", invoice.period().start().toString())
                .put("period_end", invoice.period().end().toString())
                .put("log_offset_before", before);
        statement
                .putObject("events")
                .put("logged", accepted.events() + duplicates + rejected)
                .put("accepted", accepted.events())
                .put("duplicates_dropped", duplicates)
                .put("rejected", rejected)
                .put("billed", billed.events())
                .put("adjusted", adjusted.events())
                .put("voided", voided.events())
                .put("unpriced", free.events())
                .put("open", open.events());
        statement.set("meters", meters);
        return statement.toString();
    }

    private static void put(ObjectNode meter, String name, Amount amount) {
        meter.putObject(name).put("events", amount.events()).put("quantity", Quantity.plain(amount.quantity()));
    }

    private List<Fate> fates() {
        return handle.createQuery("""
                        WITH covered AS (
                            SELECT coalesce(range_agg(log_offsets) FILTER (WHERE invoice_id = :id), '{}') AS own,
                                   coalesce(range_agg(log_offsets) FILTER (WHERE invoice_id <> :id), '{}') AS others
                            FROM invoice_coverage
                            WHERE organization_id = :organizationId AND tenant_id = :tenantId
                              AND event_times && tstzrange(:start, :end))
                        SELECT meter, count(*) AS accepted, sum(quantity) AS accepted_quantity,
                               count(*) FILTER (WHERE log_offset <@ own AND NOT out) AS covered,
                               coalesce(sum(quantity) FILTER (WHERE log_offset <@ own AND NOT out), 0)
                                   AS covered_quantity,
                               count(*) FILTER (WHERE log_offset <@ others AND NOT out) AS adjusted,
                               coalesce(sum(quantity) FILTER (WHERE log_offset <@ others AND NOT out), 0)
                                   AS adjusted_quantity,
                               count(*) FILTER (WHERE out) AS voided,
                               coalesce(sum(quantity) FILTER (WHERE out), 0) AS voided_quantity
                        FROM (SELECT meter, quantity, log_offset,
                                     status <> 'ACCEPTED' AND EXISTS (
                                         SELECT 1 FROM event_corrections AS x
                                         WHERE x.event_id = u.event_id AND x.log_offset < :before) AS out
                              FROM usage_events AS u
                              WHERE organization_id = :organizationId AND subject = 'tenant:' || :tenantId
                                AND occurred_at >= :start AND occurred_at < :end AND log_offset < :before) AS e,
                             covered
                        GROUP BY meter ORDER BY meter
                        """)
                .bind("id", invoice.id().orElseThrow())
                .bind("organizationId", invoice.organizationId().value())
                .bind("tenantId", invoice.tenantId().value())
                .bind("start", CoveredEvents.utc(invoice.period().start()))
                .bind("end", CoveredEvents.utc(invoice.period().end()))
                .bind("before", before)
                .map((row, context) -> new Fate(
                        row.getString("meter"),
                        amount(row, "accepted"),
                        amount(row, "covered"),
                        amount(row, "adjusted"),
                        amount(row, "voided")))
                .list();
    }

    private static Amount amount(ResultSet row, String name) throws SQLException {
        return new Amount(row.getLong(name), row.getBigDecimal(name + "_quantity"));
    }

    /// @param reasons how the reason begins
    private long refused(String reasons) {
        return handle.createQuery("""
                        SELECT count(*) FROM rejected_events
                        WHERE organization_id = :organizationId AND subject = 'tenant:' || :tenantId
                          AND occurred_at >= :start AND occurred_at < :end AND log_offset < :before
                          AND starts_with(reason, :reasons)
                        """)
                .bind("organizationId", invoice.organizationId().value())
                .bind("tenantId", invoice.tenantId().value())
                .bind("start", CoveredEvents.utc(invoice.period().start()))
                .bind("end", CoveredEvents.utc(invoice.period().end()))
                .bind("before", before)
                .bind("reasons", reasons)
                .mapTo(long.class)
                .one();
    }
}
