package io.tollgate.quota.metric;

import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.LimitStatus;
import io.tollgate.metering.limit.PlanLimit;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.metric.Metric;
import io.tollgate.metering.metric.UsageSpan;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.query.CounterRead.Place;
import io.tollgate.quota.query.MeterReading;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Where the numbers of a metric lie at an instant, and what they come to.
///
/// @param zone in which days, months and years are counted
public record MetricPlaces(Metric metric, Instant now, ZoneId zone) {
    /// The counters that [#value] needs.
    public Set<Place> places() {
        Set<Place> places = new LinkedHashSet<>();
        places.add(Place.lifetime(metric.meter()));
        addPlaces(metric.own(), places);
        metric.limits().limits().forEach(limit -> addPlaces(metric.comparedWith(limit), places));
        return places;
    }

    private void addPlaces(UsageSpan span, Set<Place> places) {
        switch (span) {
            case UsageSpan.Calendar calendar -> {
                if (calendar.sinceCut()) {
                    places.add(sinceCut(calendar.length()));
                }
                places.addAll(whole(calendar.length()));
            }
            case UsageSpan.Flush flush -> places.add(place(Window.flush(now, flush.seconds())));
            case UsageSpan.Cycle cycle -> {
                places.add(Place.cycle(metric.meter()));
                places.add(Place.lifetime(metric.meter()));
            }
            case UsageSpan.Lifetime lifetime -> places.add(Place.lifetime(metric.meter()));
        }
    }

    /// The metric as counted in those of its places that are there.
    public MetricValue value(Function<Place, Optional<MeterReading>> read) {
        Function<Place, Optional<CounterState>> counted =
                place -> read.apply(place).map(MeterReading::state);
        CounterState own = state(metric.own(), counted);
        List<MetricValue.Tested> tested = metric.limits().limits().stream()
                .map(limit -> tested(limit, own, read))
                .toList();
        return new MetricValue(
                metric,
                own.valueFrom(
                        metric.settings().initialValue(), metric.settings().operation()),
                window(metric.own()),
                tested,
                counted.apply(Place.lifetime(metric.meter()))
                        .map(CounterState::last)
                        .map(CounterState.Sample::appendedAt));
    }

    private MetricValue.Tested tested(PlanLimit limit, CounterState own, Function<Place, Optional<MeterReading>> read) {
        UsageSpan span = metric.comparedWith(limit);
        // What a period holds is usage; the metric's own value has its initial value in it.
        BigDecimal usage = limit.period() == LimitPeriod.REALTIME
                ? own.valueFrom(
                        metric.settings().initialValue(), metric.settings().operation())
                : state(span, place -> read.apply(place).map(MeterReading::state))
                        .valueFrom(BigDecimal.ZERO, metric.settings().operation());
        return new MetricValue.Tested(
                LimitStatus.of(limit, usage),
                start(span),
                since(span, read),
                window(span).map(Window::end));
    }

    private Instant start(UsageSpan span) {
        return window(span).map(Window::start).orElse(Instant.EPOCH);
    }

    private Instant since(UsageSpan span, Function<Place, Optional<MeterReading>> read) {
        Optional<Place> begunAnew = switch (span) {
            case UsageSpan.Calendar calendar ->
                calendar.sinceCut() ? Optional.of(sinceCut(calendar.length())) : Optional.empty();
            case UsageSpan.Cycle cycle -> Optional.of(Place.cycle(metric.meter()));
            case UsageSpan.Flush flush -> Optional.empty();
            case UsageSpan.Lifetime lifetime -> Optional.empty();
        };
        return begunAnew
                .flatMap(read)
                .flatMap(MeterReading::cutAt)
                .filter(cut -> cut.isAfter(start(span)))
                .orElseGet(() -> start(span));
    }

    private CounterState state(UsageSpan span, Function<Place, Optional<CounterState>> counted) {
        return switch (span) {
            case UsageSpan.Calendar calendar -> {
                Optional<CounterState> since =
                        calendar.sinceCut() ? counted.apply(sinceCut(calendar.length())) : Optional.empty();
                yield since.orElseGet(() -> sum(whole(calendar.length()), counted));
            }
            case UsageSpan.Flush flush ->
                counted.apply(place(Window.flush(now, flush.seconds()))).orElse(CounterState.ZERO);
            case UsageSpan.Cycle cycle ->
                counted.apply(Place.cycle(metric.meter()))
                        .or(() -> counted.apply(Place.lifetime(metric.meter())))
                        .orElse(CounterState.ZERO);
            case UsageSpan.Lifetime lifetime ->
                counted.apply(Place.lifetime(metric.meter())).orElse(CounterState.ZERO);
        };
    }

    private static CounterState sum(List<Place> places, Function<Place, Optional<CounterState>> counted) {
        CounterState sum = CounterState.ZERO;
        for (Place place : places) {
            Optional<CounterState> part = counted.apply(place);
            if (part.isPresent()) {
                sum = sum.plus(part.get());
            }
        }
        return sum;
    }

    /// The window that a span is at the instant; absent where it has no end.
    private Optional<Window> window(UsageSpan span) {
        return switch (span) {
            case UsageSpan.Calendar calendar ->
                Optional.of(Window.containing(now, calendar.length().since(), zone));
            case UsageSpan.Flush flush -> Optional.of(Window.flush(now, flush.seconds()));
            case UsageSpan.Cycle cycle -> Optional.empty();
            case UsageSpan.Lifetime lifetime -> Optional.empty();
        };
    }

    private Place sinceCut(UsageSpan.Length length) {
        return place(Window.containing(now, length.since(), zone));
    }

    private List<Place> whole(UsageSpan.Length length) {
        return switch (length) {
            case DAY -> List.of(place(Window.containing(now, WindowSize.DAY, zone)));
            case MONTH -> List.of(place(Window.containing(now, WindowSize.MONTH, zone)));
            case YEAR -> monthsOfYear();
        };
    }

    private List<Place> monthsOfYear() {
        Instant end = Window.containing(now, WindowSize.YEAR_SINCE, zone).end();
        Window month = Window.containing(
                Window.containing(now, WindowSize.YEAR_SINCE, zone).start(), WindowSize.MONTH, zone);
        List<Place> months = new ArrayList<>();
        while (month.start().isBefore(end)) {
            months.add(place(month));
            month = Window.containing(month.end(), WindowSize.MONTH, zone);
        }
        return months;
    }

    private Place place(Window window) {
        return new Place(metric.meter(), window.size(), window.start());
    }
}
