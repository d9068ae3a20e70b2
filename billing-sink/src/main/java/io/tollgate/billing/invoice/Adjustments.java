package io.tollgate.billing.invoice;

import io.tollgate.billing.invoice.InvoiceLine.Adjusts;
import io.tollgate.billing.invoice.InvoiceLine.Cause;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// What a finalized invoice would be by now, less what was billed of its period so far.
public final class Adjustments {
    private final String invoiceId;
    private final BillingPeriod period;
    private final BigDecimal taxRate;
    private final Map<String, Billed> billed = new HashMap<>();
    private final Map<String, MeterBilling> first = new HashMap<>();

    /// What one meter of the period has come to.
    private record Billed(Operation operation, BigDecimal quantity, BigDecimal total) {
        static Billed nothing(Operation operation) {
            return new Billed(operation, BigDecimal.ZERO, BigDecimal.ZERO);
        }

        Billed plus(InvoiceLine line) {
            return new Billed(operation, quantity.add(line.quantity()), total.add(line.total()));
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

    /// How a meter was counted and billed when the period was first invoiced; empty if it was not.
    public Optional<MeterBilling> billing(String meter) {
        return Optional.ofNullable(first.get(meter));
    }

    /// The lines that make up for the difference between what is billed of the meters and `now`; from now on they count
    /// as billed.
    ///
    /// @param meters whose events differ; the others stay as they are billed
    /// @param now the lines of the period over all that is taken in
    public List<InvoiceLine> upTo(Collection<String> meters, List<InvoiceLine> now, Cause cause) {
        Map<String, InvoiceLine> lines = new HashMap<>();
        now.forEach(line -> lines.put(line.meter(), line));
        List<InvoiceLine> made = new ArrayList<>();
        for (String meter : new TreeSet<>(meters)) {
            // A meter whose last event was taken back has no line any more.
            Optional<InvoiceLine> line = Optional.ofNullable(lines.get(meter));
            Optional<Billed> before = Optional.ofNullable(billed.get(meter));
            Operation operation = before.map(Billed::operation)
                    .or(() -> line.map(InvoiceLine::operation))
                    .orElse(Operation.SUM);
            BigDecimal quantity = line.map(InvoiceLine::quantity)
                    .orElse(BigDecimal.ZERO)
                    .subtract(before.map(Billed::quantity).orElse(BigDecimal.ZERO));
            BigDecimal total = line.map(InvoiceLine::total)
                    .orElse(BigDecimal.ZERO)
                    .subtract(before.map(Billed::total).orElse(BigDecimal.ZERO));
            if (quantity.signum() != 0 || total.signum() != 0) {
                made.add(new InvoiceLine(
                        InvoiceLine.Kind.ADJUSTMENT,
                        meter,
                        operation,
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
        billed.merge(line.meter(), Billed.nothing(line.operation()).plus(line), (before, one) -> before.plus(line));
        first.putIfAbsent(
                line.meter(), new MeterBilling(line.operation(), line.billedBy().isPresent()));
    }
}
