package io.tollgate.billing.invoice;

import io.tollgate.billing.invoice.InvoiceLine.Adjusts;
import io.tollgate.billing.invoice.InvoiceLine.Cause;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// What a finalized invoice would be by now, less what was billed of its period so far.
public final class Adjustments {
    private final String invoiceId;
    private final BillingPeriod period;
    private final BigDecimal taxRate;
    private final Map<String, Billed> billed = new HashMap<>();

    /// What one meter of the period has come to.
    private record Billed(BigDecimal quantity, BigDecimal total) {
        static final Billed NOTHING = new Billed(BigDecimal.ZERO, BigDecimal.ZERO);

        Billed plus(InvoiceLine line) {
            return new Billed(quantity.add(line.quantity()), total.add(line.total()));
        }
    }

    /// @param invoiceId of the finalized invoice
    /// @param period for which it is
    /// @param taxRate at which it was taxed
    /// @param lines its own, and those of other invoices that adjust it already
    public Adjustments(String invoiceId, BillingPeriod period, BigDecimal taxRate, List<InvoiceLine> lines) {
        this.invoiceId = invoiceId;
        this.period = period;
        this.taxRate = taxRate;
        lines.forEach(this::bill);
    }

    /// The lines that make up for the difference between what is billed and `now`, by meter; from now on they count as
    /// billed.
    ///
    /// @param now the lines of the period over all that is taken in
    public List<InvoiceLine> upTo(List<InvoiceLine> now, Cause cause) {
        Map<String, InvoiceLine> lines = new TreeMap<>();
        now.forEach(line -> lines.put(line.meter(), line));
        TreeSet<String> meters = new TreeSet<>(billed.keySet());
        meters.addAll(lines.keySet());
        List<InvoiceLine> made = new ArrayList<>();
        for (String meter : meters) {
            // A meter whose last event was taken back has no line any more.
            Optional<InvoiceLine> line = Optional.ofNullable(lines.get(meter));
            Billed before = billed.getOrDefault(meter, Billed.NOTHING);
            BigDecimal quantity =
                    line.map(InvoiceLine::quantity).orElse(BigDecimal.ZERO).subtract(before.quantity());
            BigDecimal total =
                    line.map(InvoiceLine::total).orElse(BigDecimal.ZERO).subtract(before.total());
            if (quantity.signum() != 0 || total.signum() != 0) {
                made.add(new InvoiceLine(
                        InvoiceLine.Kind.ADJUSTMENT,
                        meter,
                        quantity,
                        total,
                        taxRate,
                        period,
                        line.flatMap(InvoiceLine::priceModelId),
                        line.flatMap(InvoiceLine::billedBy),
                        Optional.of(new Adjusts(invoiceId, cause)),
                        List.of()));
            }
        }
        made.forEach(this::bill);
        return made;
    }

    private void bill(InvoiceLine line) {
        billed.merge(line.meter(), Billed.NOTHING.plus(line), (before, one) -> before.plus(line));
    }
}
