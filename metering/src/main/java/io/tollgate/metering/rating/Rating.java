package io.tollgate.metering.rating;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Prices what was used of one meter in one period.
///
/// Units take positions: those of the first span from 0, those of the next from where these end. A span's units cost
/// what its own version says for their positions; so a period that is cut where nothing changes costs what it did
/// whole.
/// Fees are shared out by the lengths of the spans.
public final class Rating {
    private static final int SHARED_FEE_SCALE = 12;

    private final List<PricedSpan> spans;
    private final BigDecimal periodNanos;
    private final BigDecimal used;
    private final List<ChargePart> parts = new ArrayList<>();

    /// Amounts are gathered times [#periodNanos], so that sharing out a fee divides nothing before the end.
    private BigDecimal gathered = BigDecimal.ZERO;

    private Rating(List<PricedSpan> spans) {
        this.spans = spans;
        this.periodNanos = spans.stream().map(span -> nanos(span.lasting())).reduce(BigDecimal.ZERO, BigDecimal::add);
        this.used = spans.stream()
                .map(PricedSpan::quantity)
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .max(BigDecimal.ZERO);
    }

    /// @param spans the parts of the period in order of time, together the whole of it
    public static Charge rate(List<PricedSpan> spans) {
        return spans.isEmpty() ? Charge.NOTHING : new Rating(spans).charge();
    }

    /// Prices a period in which one model is in force.
    public static Charge rate(PriceModel model, BigDecimal quantity) {
        return rate(List.of(new PricedSpan(Optional.of(model), Duration.ofDays(1), quantity)));
    }

    private Charge charge() {
        BigDecimal position = BigDecimal.ZERO;
        for (PricedSpan span : spans) {
            // Below 0 nothing costs anything; what is used afterwards first fills up what is missing.
            BigDecimal next = position.add(span.quantity());
            if (span.model().isPresent()) {
                units(span.model().get(), position.max(BigDecimal.ZERO), next.max(BigDecimal.ZERO));
                fees(span.model().get(), nanos(span.lasting()));
            }
            position = next;
        }
        bounds();
        return new Charge(gathered, periodNanos, parts);
    }

    /// Prices the positions between two; those of the second below the first are given back.
    private void units(PriceModel model, BigDecimal from, BigDecimal to) {
        BigDecimal start = from.max(model.includedUnits());
        BigDecimal end = to.max(model.includedUnits());
        switch (model.scheme()) {
            case PriceScheme.Graduated graduated -> {
                List<Tier> tiers = graduated.tiers().tiers();
                for (int i = 0; i < tiers.size(); i++) {
                    Tier tier = tiers.get(i);
                    BigDecimal units = tier.overlap(start, end).subtract(tier.overlap(end, start));
                    add(ChargePart.Kind.UNITS, i + 1, units, tier.unitPrice());
                }
            }
            case PriceScheme.Volume volume -> {
                int last = volume.tiers().indexOfLast(used);
                Tier tier = volume.tiers().tiers().get(last);
                add(ChargePart.Kind.UNITS, last + 1, end.subtract(start), tier.unitPrice());
            }
            case PriceScheme.Packaged packaged -> {
                BigDecimal begun = packages(model, packaged, end).subtract(packages(model, packaged, start));
                add(ChargePart.Kind.PACKAGES, 0, begun, packaged.price());
            }
            case PriceScheme.PerUnit perUnit -> add(ChargePart.Kind.UNITS, 0, end.subtract(start), perUnit.unitPrice());
            case PriceScheme.Percentage percentage ->
                add(ChargePart.Kind.UNITS, 0, end.subtract(start), percentage.unitPrice());
            case PriceScheme.Flat flat -> {}
        }
    }

    private static BigDecimal packages(PriceModel model, PriceScheme.Packaged packaged, BigDecimal position) {
        return position.subtract(model.includedUnits()).divide(packaged.size(), 0, RoundingMode.CEILING);
    }

    /// A tier is entered, and a fee due, by what the whole period used: the parts of a fee add up to the fee.
    private void fees(PriceModel model, BigDecimal nanos) {
        boolean due = model.scheme() instanceof PriceScheme.Flat || used.signum() > 0;
        if (due) {
            addFee(0, model.flatFee(), nanos);
        }
        switch (model.scheme()) {
            case PriceScheme.Graduated graduated -> {
                List<Tier> tiers = graduated.tiers().tiers();
                for (int i = 0; i < tiers.size(); i++) {
                    if (tiers.get(i).enteredBy(used)) {
                        addFee(i + 1, tiers.get(i).flatFee(), nanos);
                    }
                }
            }
            case PriceScheme.Volume volume -> {
                int last = volume.tiers().indexOfLast(used);
                if (used.signum() > 0) {
                    addFee(last + 1, volume.tiers().tiers().get(last).flatFee(), nanos);
                }
            }
            default -> {}
        }
    }

    /// A minimum holds for the part of the period in which it is in force, a maximum only if it is so throughout.
    private void bounds() {
        BigDecimal least = BigDecimal.ZERO;
        BigDecimal most = BigDecimal.ZERO;
        boolean bounded = true;
        for (PricedSpan span : spans) {
            BigDecimal nanos = nanos(span.lasting());
            least = least.add(span.model()
                    .flatMap(PriceModel::minimumCharge)
                    .orElse(BigDecimal.ZERO)
                    .multiply(nanos));
            bounded &= span.model().flatMap(PriceModel::maximumCharge).isPresent();
            most = most.add(span.model()
                    .flatMap(PriceModel::maximumCharge)
                    .orElse(BigDecimal.ZERO)
                    .multiply(nanos));
        }
        BigDecimal within = gathered.max(least);
        if (bounded) {
            within = within.min(most);
        }
        if (within.compareTo(gathered) != 0) {
            BigDecimal difference = quotient(within.subtract(gathered));
            parts.add(new ChargePart(ChargePart.Kind.BOUND, 0, BigDecimal.ONE, difference, difference));
            gathered = within;
        }
    }

    private void add(ChargePart.Kind kind, int tierLevel, BigDecimal quantity, BigDecimal unitPrice) {
        if (quantity.signum() == 0) {
            return;
        }
        BigDecimal subtotal = quantity.multiply(unitPrice);
        parts.add(new ChargePart(kind, tierLevel, quantity, unitPrice, subtotal));
        gathered = gathered.add(subtotal.multiply(periodNanos));
    }

    private void addFee(int tierLevel, BigDecimal fee, BigDecimal nanos) {
        if (fee.signum() == 0) {
            return;
        }
        BigDecimal part = fee.multiply(nanos);
        parts.add(new ChargePart(ChargePart.Kind.FLAT_FEE, tierLevel, BigDecimal.ONE, fee, quotient(part)));
        gathered = gathered.add(part);
    }

    private BigDecimal quotient(BigDecimal timesPeriod) {
        return timesPeriod.divide(periodNanos, SHARED_FEE_SCALE, RoundingMode.HALF_UP);
    }

    private static BigDecimal nanos(Duration duration) {
        return BigDecimal.valueOf(duration.getSeconds())
                .multiply(BigDecimal.valueOf(1_000_000_000L))
                .add(BigDecimal.valueOf(duration.getNano()));
    }
}
