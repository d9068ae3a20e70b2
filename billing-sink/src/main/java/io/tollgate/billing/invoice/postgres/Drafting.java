package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.Adjustments;
import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.Composition;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceAmounts;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.invoice.InvoiceLine.Cause;
import io.tollgate.billing.invoice.Invoices.Order;
import io.tollgate.billing.invoice.MeterBilling;
import io.tollgate.metering.rating.PriceList;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/// Calculates what an invoice says, and over which events.
final class Drafting {
    private final Handle handle;
    private final Order order;
    private final PriceReads prices;
    private final MeterBilling.Source meters;
    private final CoveredEvents events;

    Drafting(Handle handle, Order order, PriceReads prices, MeterBilling.Source meters) {
        this.handle = handle;
        this.order = order;
        this.prices = prices;
        this.meters = meters;
        this.events = new CoveredEvents(handle, order.organizationId(), order.tenantId());
    }

    /// What was calculated.
    sealed interface Result {
        record Calculated(List<InvoiceLine> lines, InvoiceAmounts amounts, List<Rectangle> covers) implements Result {}

        record MixedCurrencies(Set<Currency> currencies) implements Result {}
    }

    /// Events that an invoice takes in.
    ///
    /// @param offsets text of an `int8multirange`
    record Rectangle(BillingPeriod eventTimes, String offsets) {}

    /// @param own id of the invoice, if it is stored already; its coverage must be empty
    Result calculate(Optional<String> own) {
        Composition composition = composition(
                order.period(), order.terms().planId(), order.terms().taxRate());
        Set<Currency> currencies = composition.currencies();
        if (currencies.size() > 1) {
            return new Result.MixedCurrencies(currencies);
        }
        Currency currency = currencies.stream().findFirst().orElse(order.terms().currency());
        List<Rectangle> covers = new ArrayList<>();
        String offsets = events.uncovered(order.period(), order.before());
        covers.add(new Rectangle(order.period(), offsets));
        List<InvoiceLine> lines = new ArrayList<>(composition.lines(
                events.usage(
                        new CoveredEvents.Counting(order.period(), offsets, CoveredEvents.all(order.before())),
                        composition.cuts(),
                        meters),
                currency));
        for (Invoice missing : missingSomething(own, currency)) {
            lines.addAll(adjusting(missing));
            covers.add(new Rectangle(missing.period(), events.uncovered(missing.period(), order.before())));
        }
        return new Result.Calculated(
                lines, InvoiceAmounts.of(lines, currency, order.terms().taxRate()), covers);
    }

    void cover(String invoiceId, List<Rectangle> covers) {
        covers.forEach(rectangle -> events.cover(invoiceId, rectangle.eventTimes(), rectangle.offsets()));
    }

    private Composition composition(BillingPeriod period, Optional<String> planId, BigDecimal taxRate) {
        PriceList.Buyer buyer = new PriceList.Buyer(Optional.of(order.tenantId().value()), planId);
        return new Composition(prices.pricesFor(handle, order.organizationId(), buyer), buyer, period, taxRate);
    }

    /// By the plan and at the tax rate of its own time.
    private List<InvoiceLine> adjusting(Invoice missing) {
        Composition composition = composition(
                missing.period(), missing.parties().planId(), missing.amounts().taxRate());
        List<InvoiceLine> billed = new ArrayList<>(missing.linesOfPeriod());
        billed.addAll(InvoiceRows.adjusting(handle, missing));
        Adjustments adjustments = new Adjustments(
                missing.id().orElseThrow(), missing.period(), missing.amounts().taxRate(), billed);
        String all = CoveredEvents.all(order.before());
        List<InvoiceLine> lines = new ArrayList<>(adjustments.upTo(
                lines(composition, missing, all, events.covered(missing.period())), Cause.LATE_EVENTS));
        lines.addAll(adjustments.upTo(lines(composition, missing, all, all), Cause.CORRECTIONS));
        return lines;
    }

    private List<InvoiceLine> lines(Composition composition, Invoice missing, String offsets, String corrections) {
        return composition.lines(
                events.usage(
                        new CoveredEvents.Counting(missing.period(), offsets, corrections), composition.cuts(), meters),
                missing.amounts().currency());
    }

    /// The tenant's finalized invoices in this currency of whose periods events, or what takes events out, lie where no
    /// invoice covers them. Such was received after the invoice was calculated; a day's difference of clocks is allowed
    /// for.
    private List<Invoice> missingSomething(Optional<String> own, Currency currency) {
        return handle
                .createQuery("""
                        SELECT id FROM invoices AS i
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId
                          AND status IN ('PENDING', 'OVERDUE', 'PAID') AND currency = :currency AND id <> :own
                          AND EXISTS (
                              SELECT 1 FROM (
                                  SELECT e.occurred_at, e.log_offset FROM usage_events AS e
                                  WHERE e.organization_id = i.organization_id AND e.subject = 'tenant:' || i.tenant_id
                                    AND e.occurred_at >= i.period_start AND e.occurred_at < i.period_end
                                    AND e.received_at >= i.calculated_at - interval '1 day'
                                  UNION ALL
                                  SELECT x.occurred_at, x.log_offset FROM event_corrections AS x
                                  WHERE x.organization_id = i.organization_id AND x.subject = 'tenant:' || i.tenant_id
                                    AND x.occurred_at >= i.period_start AND x.occurred_at < i.period_end) AS e
                              WHERE e.log_offset < :before
                                AND NOT EXISTS (
                                    SELECT 1 FROM invoice_coverage AS c
                                    WHERE c.organization_id = i.organization_id AND c.tenant_id = i.tenant_id
                                      AND c.event_times @> e.occurred_at AND c.log_offsets @> e.log_offset))
                        ORDER BY period_start
                        """)
                .bind("organizationId", order.organizationId().value())
                .bind("tenantId", order.tenantId().value())
                .bind("currency", currency.getCurrencyCode())
                .bind("own", own.orElse(""))
                .bind("before", order.before())
                .mapTo(String.class)
                .list()
                .stream()
                .flatMap(id -> InvoiceRows.find(handle, order.organizationId(), id).stream())
                .toList();
    }
}
