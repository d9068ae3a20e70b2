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
import io.tollgate.metering.rating.PriceVersion;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
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
                order.period(), order.terms().planId(), order.terms().taxRate(), version -> true);
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
        for (Finalized finalized : finalized(own, currency)) {
            Set<String> missed = events.missed(finalized.period(), finalized.calculatedAt(), order.before());
            if (!missed.isEmpty()) {
                Invoice invoice = InvoiceRows.find(handle, order.organizationId(), finalized.id())
                        .orElseThrow();
                lines.addAll(adjusting(invoice, missed));
                covers.add(new Rectangle(invoice.period(), events.uncovered(invoice.period(), order.before())));
            }
        }
        return new Result.Calculated(
                lines, InvoiceAmounts.of(lines, currency, order.terms().taxRate()), covers);
    }

    void cover(String invoiceId, List<Rectangle> covers) {
        covers.forEach(rectangle -> events.cover(invoiceId, rectangle.eventTimes(), rectangle.offsets()));
    }

    private Composition composition(
            BillingPeriod period, Optional<String> planId, BigDecimal taxRate, Predicate<PriceVersion> using) {
        PriceList.Buyer buyer = new PriceList.Buyer(Optional.of(order.tenantId().value()), planId);
        PriceList all = prices.pricesFor(handle, order.organizationId(), buyer);
        return new Composition(
                new PriceList(all.versions().stream().filter(using).toList()), buyer, period, taxRate);
    }

    /// By the plan, at the tax rate and as the meters were counted in its own time.
    ///
    /// @param missed the meters of which it has missed something
    private List<InvoiceLine> adjusting(Invoice missing, Set<String> missed) {
        // Prices that somebody has set in another currency since are none of this invoice's.
        Composition composition = composition(
                missing.period(),
                missing.parties().planId(),
                missing.amounts().taxRate(),
                version -> version.currency().equals(missing.amounts().currency()));
        List<InvoiceLine> billed = new ArrayList<>(missing.linesOfPeriod());
        billed.addAll(InvoiceRows.adjusting(handle, missing));
        Adjustments adjustments = new Adjustments(
                missing.id().orElseThrow(), missing.period(), missing.amounts().taxRate(), billed);
        MeterBilling.Source asBilled =
                (subject, meter) -> adjustments.billing(meter).orElseGet(() -> meters.of(subject, meter));
        String all = CoveredEvents.all(order.before());
        List<InvoiceLine> lines = new ArrayList<>(adjustments.upTo(
                missed,
                lines(composition, missing, all, events.covered(missing.period()), asBilled),
                Cause.LATE_EVENTS));
        lines.addAll(adjustments.upTo(missed, lines(composition, missing, all, all, asBilled), Cause.CORRECTIONS));
        return lines;
    }

    private List<InvoiceLine> lines(
            Composition composition,
            Invoice missing,
            String offsets,
            String corrections,
            MeterBilling.Source asBilled) {
        return composition.lines(
                events.usage(
                        new CoveredEvents.Counting(missing.period(), offsets, corrections),
                        composition.cuts(),
                        asBilled),
                missing.amounts().currency());
    }

    /// An invoice that may have missed something.
    private record Finalized(String id, BillingPeriod period, Instant calculatedAt) {}

    /// The tenant's finalized invoices in this currency whose events are still there.
    private List<Finalized> finalized(Optional<String> own, Currency currency) {
        return handle.createQuery("""
                        SELECT id, period_start, period_end, calculated_at FROM invoices
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId
                          AND status IN ('PENDING', 'OVERDUE', 'PAID') AND currency = :currency AND id <> :own
                          AND events_erased_at IS NULL
                        ORDER BY period_start
                        """)
                .bind("organizationId", order.organizationId().value())
                .bind("tenantId", order.tenantId().value())
                .bind("currency", currency.getCurrencyCode())
                .bind("own", own.orElse(""))
                .map((row, context) -> new Finalized(
                        row.getString("id"),
                        new BillingPeriod(
                                InvoiceRows.time(row, "period_start").orElseThrow(),
                                InvoiceRows.time(row, "period_end").orElseThrow()),
                        InvoiceRows.time(row, "calculated_at").orElseThrow()))
                .list();
    }
}
