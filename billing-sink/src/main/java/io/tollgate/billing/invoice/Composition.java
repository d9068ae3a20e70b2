package io.tollgate.billing.invoice;

import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.rating.Charge;
import io.tollgate.metering.rating.PriceList;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.PriceVersion;
import io.tollgate.metering.rating.PricedSpan;
import io.tollgate.metering.rating.Rating;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Makes the lines of an invoice from what was used and what it costs: one line a meter, by name.
public final class Composition {
    private final PriceList prices;
    private final PriceList.Buyer buyer;
    private final BillingPeriod period;
    private final BigDecimal taxRate;
    private final Set<String> pricedMeters;
    private final List<Instant> cuts;

    /// @param prices of the organization, at whatever time
    public Composition(PriceList prices, PriceList.Buyer buyer, BillingPeriod period, BigDecimal taxRate) {
        this.prices = prices;
        this.buyer = buyer;
        this.period = period;
        this.taxRate = taxRate;
        this.pricedMeters =
                prices.versions().stream().map(PriceVersion::meter).collect(Collectors.toCollection(TreeSet::new));
        this.cuts = pricedMeters.stream()
                .flatMap(meter -> stretches(meter).stream().skip(1).map(PriceList.Stretch::start))
                .distinct()
                .sorted()
                .toList();
    }

    /// Instants within the period at which usage is told apart, ascending: wherever the price of any meter changes.
    public List<Instant> cuts() {
        return cuts;
    }

    /// The currencies of the prices that may be used.
    public Set<Currency> currencies() {
        return pricedMeters.stream()
                .flatMap(meter -> stretches(meter).stream())
                .flatMap(stretch -> stretch.version().stream())
                .map(PriceVersion::currency)
                .collect(Collectors.toSet());
    }

    /// @param usage each with one part more than there are cuts
    /// @param currency of all the prices
    public List<InvoiceLine> lines(List<MeteredUsage> usage, Currency currency) {
        Map<String, InvoiceLine> lines = new TreeMap<>();
        usage.forEach(used -> lines.put(used.meter(), line(used, currency)));
        pricedMeters.stream()
                .filter(meter -> !lines.containsKey(meter))
                .filter(this::chargesWithoutUse)
                .forEach(meter ->
                        lines.put(meter, line(meter, Operation.SUM, BigDecimal.ZERO, unused(meter), currency)));
        return List.copyOf(lines.values());
    }

    private InvoiceLine line(MeteredUsage used, Currency currency) {
        BigDecimal value = used.value().max(BigDecimal.ZERO);
        if (used.billing().byStripe()) {
            return new InvoiceLine(
                    InvoiceLine.Kind.USAGE,
                    used.meter(),
                    used.billing().operation(),
                    value,
                    BigDecimal.ZERO.setScale(currency.getDefaultFractionDigits()),
                    taxRate,
                    period,
                    Optional.empty(),
                    Optional.of("stripe"),
                    Optional.empty(),
                    List.of());
        }
        Operation operation = used.billing().operation();
        boolean adds = operation == Operation.SUM || operation == Operation.COUNT;
        return line(used.meter(), operation, value, adds ? spans(used) : lastSpan(used.meter(), value), currency);
    }

    private InvoiceLine line(
            String meter, Operation operation, BigDecimal value, List<PricedSpan> spans, Currency currency) {
        Charge charge = Rating.rate(spans);
        Optional<PriceVersion> atEnd = stretches(meter).getLast().version();
        return new InvoiceLine(
                kind(atEnd),
                meter,
                operation,
                value,
                charge.amount(currency),
                taxRate,
                period,
                atEnd.map(PriceVersion::id),
                Optional.empty(),
                Optional.empty(),
                charge.parts());
    }

    private static InvoiceLine.Kind kind(Optional<PriceVersion> version) {
        boolean flat = version.map(PriceVersion::model)
                .map(PriceModel::scheme)
                .filter(PriceScheme.Flat.class::isInstance)
                .isPresent();
        return flat ? InvoiceLine.Kind.FLAT : InvoiceLine.Kind.USAGE;
    }

    /// Each stretch with what was used between its ends.
    private List<PricedSpan> spans(MeteredUsage used) {
        List<PricedSpan> spans = new ArrayList<>();
        for (PriceList.Stretch stretch : stretches(used.meter())) {
            BigDecimal quantity = BigDecimal.ZERO;
            for (int part = 0; part < used.parts().size(); part++) {
                Instant start = part == 0 ? period.start() : cuts.get(part - 1);
                if (!start.isBefore(stretch.start()) && start.isBefore(stretch.end())) {
                    quantity = quantity.add(used.valueOfPart(part));
                }
            }
            spans.add(span(stretch, quantity));
        }
        return spans;
    }

    private List<PricedSpan> unused(String meter) {
        return stretches(meter).stream()
                .map(stretch -> span(stretch, BigDecimal.ZERO))
                .toList();
    }

    private static PricedSpan span(PriceList.Stretch stretch, BigDecimal quantity) {
        return new PricedSpan(
                stretch.version().map(PriceVersion::model), Duration.between(stretch.start(), stretch.end()), quantity);
    }

    /// The period's one value, by the version in force at its end.
    private List<PricedSpan> lastSpan(String meter, BigDecimal value) {
        return List.of(new PricedSpan(
                stretches(meter).getLast().version().map(PriceVersion::model),
                Duration.between(period.start(), period.end()),
                value));
    }

    private boolean chargesWithoutUse(String meter) {
        return stretches(meter).stream()
                .flatMap(stretch -> stretch.version().stream())
                .anyMatch(version -> version.model().chargesWithoutUse());
    }

    private List<PriceList.Stretch> stretches(String meter) {
        return prices.stretches(buyer, meter, period.start(), period.end());
    }
}
