package io.tollgate.control.simulation;

import io.tollgate.control.simulation.PastUsage.Slice;
import io.tollgate.control.simulation.PastUsage.Used;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.rating.PriceList;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceVersion;
import io.tollgate.metering.rating.PricedSpan;
import io.tollgate.metering.rating.Rating;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Prices what tenants used under the prices in force and under those of each candidate. Pure: usage in, totals out.
///
/// Billing periods are the calendar months of the organization's zone; what is cut off at either end is a period of its
/// own, as it would be on an invoice about it. Each meter of a tenant in a period is a line, rounded once.
final class WhatIf {
    /// Spans that one statement adds up at once. A price list that changes more often than thrice a day for a year is
    /// none that people use.
    static final int SLICES_MAX = 1_200;

    private final List<Period> periods;
    private final Tariff current;
    /// One per candidate.
    private final List<Tariff> candidates = new ArrayList<>();

    private final List<Set<String>> candidateMeters = new ArrayList<>();
    private final Set<String> meters = new TreeSet<>();
    private final Currency currency;

    private record Period(Instant start, Instant end) {}

    /// Says what of a tenant's usage of a meter is counted how.
    interface Reader {
        PastUsage.Counting counting(String meter);

        Optional<BigDecimal> last(String meter, Instant start, Instant end);
    }

    /// Prices change more often in the period than one simulation follows.
    static final class TooManyChangesException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyChangesException(int slices) {
            super("Prices change so often in the period that it has " + slices + " parts, more than " + SLICES_MAX
                    + ": shorten it.");
        }
    }

    /// @param inForce all price models of the organization
    WhatIf(Question question, List<PriceVersion> inForce, ZoneId zone, Currency currency) {
        this.periods = periods(question.from(), question.to(), zone);
        this.current = new Tariff(inForce);
        this.currency = currency;
        inForce.forEach(version -> meters.add(version.meter()));
        for (Candidate candidate : question.candidates()) {
            candidates.add(new Tariff(candidate.prices()));
            candidateMeters.add(candidate.meters());
            meters.addAll(candidate.meters());
        }
    }

    /// Only usage of these has a price, in force or proposed.
    Set<String> meters() {
        return meters;
    }

    /// Tenants with a price of their own, whose usage is divided otherwise than that of others.
    Set<String> tenantsWithOwnPrices() {
        Set<String> tenants = new TreeSet<>(current.tenants());
        candidates.forEach(candidate -> tenants.addAll(candidate.tenants()));
        return tenants;
    }

    /// The parts of the period in which no price changes, for tenants without a price of their own.
    List<Slice> slices() {
        return slices(changes());
    }

    /// Those for a tenant with prices of its own.
    List<Slice> slices(String tenantId) {
        Set<Instant> changes = changes();
        changes.addAll(current.changes(tenantId));
        candidates.forEach(candidate -> changes.addAll(candidate.changes(tenantId)));
        return slices(changes);
    }

    private TreeSet<Instant> changes() {
        TreeSet<Instant> changes = new TreeSet<>(current.changes());
        candidates.forEach(candidate -> changes.addAll(candidate.changes()));
        return changes;
    }

    private List<Slice> slices(Set<Instant> changes) {
        TreeSet<Instant> sorted = new TreeSet<>(changes);
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < periods.size(); i++) {
            Period period = periods.get(i);
            Instant start = period.start();
            for (Instant change : sorted.subSet(period.start(), false, period.end(), false)) {
                slices.add(new Slice(slices.size(), i, start, change));
                start = change;
            }
            slices.add(new Slice(slices.size(), i, start, period.end()));
        }
        if (slices.size() > SLICES_MAX) {
            throw new TooManyChangesException(slices.size());
        }
        return slices;
    }

    private static List<Period> periods(Instant from, Instant to, ZoneId zone) {
        List<Period> periods = new ArrayList<>();
        Instant start = from;
        while (start.isBefore(to)) {
            Instant monthEnd = Window.containing(start, WindowSize.MONTH, zone).end();
            Instant end = monthEnd.isBefore(to) ? monthEnd : to;
            periods.add(new Period(start, end));
            start = end;
        }
        return periods;
    }

    /// @param slices that the usage is divided by
    /// @param used of this tenant, in any order
    Totals price(Payer payer, List<Slice> slices, List<Used> used, Reader reader) {
        Map<String, Map<Integer, CounterState>> byMeter = new HashMap<>();
        used.forEach(one ->
                byMeter.computeIfAbsent(one.meter(), meter -> new HashMap<>()).put(one.slice(), one.counted()));
        BigDecimal now = BigDecimal.ZERO;
        BigDecimal[] then = new BigDecimal[candidates.size()];
        List<List<Slice>> byPeriod = byPeriod(slices);
        Arrays.fill(then, BigDecimal.ZERO);
        for (String meter : meters) {
            PastUsage.Counting counting = reader.counting(meter);
            if (counting.billedElsewhere()) {
                continue;
            }
            Meter priced = new Meter(payer, meter, byPeriod, byMeter.getOrDefault(meter, Map.of()), counting, reader);
            BigDecimal inForce = priced.cost(current);
            now = now.add(inForce);
            for (int i = 0; i < then.length; i++) {
                boolean named = candidateMeters.get(i).contains(meter);
                then[i] = then[i].add(named ? priced.cost(candidates.get(i)) : inForce);
            }
        }
        return new Totals(payer.tenantId(), now, List.of(then));
    }

    private List<List<Slice>> byPeriod(List<Slice> slices) {
        List<List<Slice>> byPeriod = new ArrayList<>();
        periods.forEach(period -> byPeriod.add(new ArrayList<>()));
        slices.forEach(slice -> byPeriod.get(slice.period()).add(slice));
        return byPeriod;
    }

    /// A tenant's usage of one meter.
    private final class Meter {
        private final Payer payer;
        private final String name;
        private final List<List<Slice>> slices;
        private final Map<Integer, CounterState> counted;
        private final Operation operation;
        private final Reader reader;
        private final Map<Integer, BigDecimal> lastOfPeriod = new HashMap<>();

        Meter(
                Payer payer,
                String name,
                List<List<Slice>> slices,
                Map<Integer, CounterState> counted,
                PastUsage.Counting counting,
                Reader reader) {
            this.payer = payer;
            this.name = name;
            this.slices = slices;
            this.counted = counted;
            this.operation = counting.operation();
            this.reader = reader;
        }

        BigDecimal cost(Tariff tariff) {
            PriceList prices = tariff.of(name, payer.tenantId());
            if (prices.versions().isEmpty()) {
                return BigDecimal.ZERO;
            }
            boolean idle = counted.isEmpty()
                    && prices.versions().stream()
                            .noneMatch(version -> version.model().chargesWithoutUse());
            BigDecimal cost = BigDecimal.ZERO;
            for (int i = 0; i < periods.size() && !idle; i++) {
                Period period = periods.get(i);
                CounterState whole = within(i, period.start(), period.end());
                if (whole.eventCount() > 0 || payer.within(period.start(), period.end())) {
                    cost = cost.add(Rating.rate(spans(prices, i, whole)).amount(currency));
                }
            }
            return cost;
        }

        /// What adds up is divided where prices change; of anything else the price at the period's end is taken.
        private List<PricedSpan> spans(PriceList prices, int number, CounterState whole) {
            Period period = periods.get(number);
            return switch (operation) {
                case SUM, COUNT ->
                    prices.stretches(payer.buyer(), name, period.start(), period.end()).stream()
                            .map(stretch -> new PricedSpan(
                                    stretch.version().map(PriceVersion::model),
                                    Duration.between(stretch.start(), stretch.end()),
                                    value(within(number, stretch.start(), stretch.end()))))
                            .toList();
                case MIN, MAX, AVG -> atEnd(prices, period, value(whole));
                case LAST -> atEnd(prices, period, whole.eventCount() == 0 ? BigDecimal.ZERO : last(number, period));
            };
        }

        private List<PricedSpan> atEnd(PriceList prices, Period period, BigDecimal quantity) {
            Optional<PriceModel> model =
                    prices.at(payer.buyer(), name, period.end().minusNanos(1)).map(PriceVersion::model);
            return List.of(new PricedSpan(model, Duration.between(period.start(), period.end()), quantity));
        }

        private BigDecimal value(CounterState state) {
            return state.value(operation).orElse(BigDecimal.ZERO);
        }

        private BigDecimal last(int number, Period period) {
            return lastOfPeriod.computeIfAbsent(
                    number,
                    asked -> reader.last(name, period.start(), period.end()).orElse(BigDecimal.ZERO));
        }

        /// Slices do not reach over the bounds that are asked for: every change of a price is one of theirs.
        private CounterState within(int period, Instant start, Instant end) {
            CounterState sum = CounterState.ZERO;
            for (Slice slice : slices.get(period)) {
                if (!slice.start().isBefore(start) && !slice.end().isAfter(end)) {
                    CounterState state = counted.get(slice.number());
                    sum = state == null ? sum : sum.plus(state);
                }
            }
            return sum;
        }
    }
}
