package io.tollgate.aggregate.usage;

import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.CounterReader;
import io.tollgate.quota.store.SampleReader;
import io.tollgate.quota.store.SampleReader.Sample;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What the counters of a subject are without one event that they hold. Reads them and changes none.
///
/// Number and sum are what is left of them. The smallest, largest and latest are looked for only where the event may be
/// one of them and the meter's value is such a single event: an hour's and a minute's among the samples, a longer
/// window's among the shorter ones that it is made of. What was found is exact if it holds as many events as the window
/// does without the one, which is tested; else nothing is taken out. See ADR 0019.
public final class EventRemoval {
    private static final long HOUR_SECONDS = 3_600;

    /// Days and months of another zone than today's begin up to so long before those of today's.
    private static final Map<WindowSize, Duration> ZONED =
            Map.of(WindowSize.DAY, Duration.ofHours(50), WindowSize.MONTH, Duration.ofDays(33));

    /// Windows that count what is left of a period after a cut.
    private static final List<WindowSize> SINCE_CUT =
            List.of(WindowSize.CYCLE, WindowSize.DAY_SINCE, WindowSize.MONTH_SINCE, WindowSize.YEAR_SINCE);

    private final CounterReader counters;
    private final SampleReader samples;
    private final String subjectKey;
    private final ZoneId zone;
    private final long offset;
    private final Optional<MetricSettings> settings;
    private final CountedEvent event;
    private final Map<CounterKey, Counter> after = new LinkedHashMap<>();

    /// @param zone in which the organization's days and months are counted
    /// @param offset of the record that takes the event out
    /// @param settings that somebody gave the event's meter
    public EventRemoval(
            CounterReader counters,
            SampleReader samples,
            String subjectKey,
            ZoneId zone,
            long offset,
            Optional<MetricSettings> settings,
            CountedEvent event) {
        this.counters = counters;
        this.samples = samples;
        this.subjectKey = subjectKey;
        this.zone = zone;
        this.offset = offset;
        this.settings = settings;
        this.event = event;
    }

    /// Every counter that holds the event, as it is without it; empty if what is left of one of them cannot be told.
    /// Use once.
    public Optional<Map<CounterKey, Counter>> counters() {
        for (Counter holder : holders()) {
            Optional<Counter> without = without(holder);
            if (without.isEmpty()) {
                return Optional.empty();
            }
            after.put(key(holder.window()), without.get());
        }
        return Optional.of(after);
    }

    /// Shorter windows before those that are made of them.
    private List<Counter> holders() {
        List<Counter> holders = new ArrayList<>();
        WindowSize.CALENDAR.forEach(size -> calendar(size).ifPresent(holders::add));
        Optional<Counter> lifetime = stored(window(WindowSize.LIFETIME));
        lifetime.ifPresent(holders::add);
        lifetime.flatMap(Counter::cutAt)
                .ifPresent(cut -> SINCE_CUT.forEach(size -> stored(window(size))
                        .filter(counter -> counter.window().contains(cut))
                        .ifPresent(holders::add)));
        if (lifetime.filter(this::holds).isPresent()) {
            settings.filter(given -> given.type() == MetricType.RESET)
                    .flatMap(given -> stored(Window.flush(event.eventTime(), given.flushSeconds())))
                    .ifPresent(holders::add);
        }
        return holders.stream().filter(this::holds).toList();
    }

    private boolean holds(Counter counter) {
        return counter.state().eventCount() > 0 && counter.countsFrom(event.offset(), event.eventTime());
    }

    /// The window of today's zone, or, where that counts nothing, the one that was begun under the zone before.
    private Optional<Counter> calendar(WindowSize size) {
        Optional<Counter> today =
                stored(window(size)).filter(counter -> counter.state().eventCount() > 0);
        Duration back = ZONED.get(size);
        return today.isPresent() || back == null
                ? today
                : counters
                        .countersIn(
                                subjectKey,
                                event.meter(),
                                size,
                                event.eventTime().minus(back),
                                event.eventTime().plusSeconds(1))
                        .stream()
                        .filter(counter -> counter.window().contains(event.eventTime())
                                && counter.state().eventCount() > 0)
                        .findFirst();
    }

    private Optional<Counter> without(Counter counter) {
        CounterState left = counter.state().minus(event.quantity(), offset);
        boolean foundAnew =
                settings.filter(given -> given.operation().ofSingleEvent()).isPresent()
                        && left.eventCount() > 0
                        && counter.state().isExtreme(event.quantity(), event.eventTime());
        return foundAnew
                ? remaining(counter, left.eventCount()).map(others -> counter.with(left.withExtremesOf(others)))
                : Optional.of(counter.with(left));
    }

    /// The events of a window without the one; empty unless they are `count`.
    private Optional<CounterState> remaining(Counter counter, long count) {
        Window window = counter.window();
        Stream<Optional<CounterState>> ways = switch (window.size()) {
            case MINUTE, HOUR, FLUSH -> Stream.of(ofSamples(window.start(), window.end(), Counter.ALWAYS));
            case DAY -> Stream.of(ofHours(window.start(), window.end()));
            case MONTH -> Stream.of(ofDays(window), ofHours(window.start(), window.end()));
            case LIFETIME, CYCLE, DAY_SINCE, MONTH_SINCE, YEAR_SINCE ->
                counter.since() == Counter.ALWAYS
                        ? Stream.of(sum(counters.countersOf(subjectKey, event.meter(), WindowSize.MONTH)))
                        : Stream.of(sinceCut(counter));
        };
        return ways.flatMap(Optional::stream)
                .filter(found -> found.eventCount() == count)
                .findFirst();
    }

    private Optional<CounterState> ofSamples(Instant from, Instant to, long since) {
        if (!from.isBefore(to)) {
            return Optional.of(CounterState.ZERO);
        }
        List<Sample> found = samples.samples(subjectKey, event.meter(), from, to, SampleReader.PER_HOUR_MAX + 1);
        if (found.size() > SampleReader.PER_HOUR_MAX) {
            return Optional.empty();
        }
        CounterState state = CounterState.ZERO;
        for (Sample sample : found.stream().sorted(Sample.IN_ORDER).toList()) {
            if (!sample.id().equals(event.id()) && sample.offset() > since) {
                state = state.plus(sample.quantity(), sample.eventTime(), sample.appendedAt(), sample.offset());
            }
        }
        return Optional.of(state);
    }

    private Optional<CounterState> ofDays(Window month) {
        return sum(counters.countersIn(subjectKey, event.meter(), WindowSize.DAY, month.start(), month.end()));
    }

    /// Of whole hours, and of minutes at the edges: not every zone's days begin with an hour.
    private Optional<CounterState> ofHours(Instant from, Instant to) {
        Instant firstHour = hourFrom(from);
        Instant lastHour = hourBefore(to);
        return firstHour.isBefore(lastHour)
                ? sum(Stream.of(
                                in(WindowSize.MINUTE, from, firstHour),
                                in(WindowSize.HOUR, firstHour, lastHour),
                                in(WindowSize.MINUTE, lastHour, to))
                        .flatMap(List::stream)
                        .toList())
                : sum(in(WindowSize.MINUTE, from, to));
    }

    /// Of the hours after the cut, and of samples before: what came later in the log may have happened earlier.
    private Optional<CounterState> sinceCut(Counter counter) {
        Instant cut = counter.cut();
        if (cut == null || counter.since() == Counter.UNKNOWN) {
            return Optional.empty();
        }
        Window window = counter.window();
        Instant whole = hourFrom(cut).isBefore(window.end()) ? hourFrom(cut) : window.end();
        Optional<CounterState> before = ofSamples(window.start(), whole, counter.since());
        return whole.isBefore(window.end())
                ? before.flatMap(early -> ofHours(whole, window.end()).map(early::plus))
                : before;
    }

    private List<Counter> in(WindowSize size, Instant from, Instant to) {
        return from.isBefore(to) ? counters.countersIn(subjectKey, event.meter(), size, from, to) : List.of();
    }

    /// What `parts` hold together, each as it is without the event.
    private Optional<CounterState> sum(List<Counter> parts) {
        CounterState sum = CounterState.ZERO;
        for (Counter part : parts) {
            sum = sum.plus(after.getOrDefault(key(part.window()), part).state());
        }
        return Optional.of(sum);
    }

    private Optional<Counter> stored(Window window) {
        return counters.counter(key(window));
    }

    private Window window(WindowSize size) {
        return Window.containing(event.eventTime(), size, zone);
    }

    private CounterKey key(Window window) {
        return new CounterKey(subjectKey, event.meter(), window.size(), window.start());
    }

    private static Instant hourFrom(Instant instant) {
        return Instant.ofEpochSecond(-Math.floorDiv(-instant.getEpochSecond(), HOUR_SECONDS) * HOUR_SECONDS);
    }

    private static Instant hourBefore(Instant instant) {
        return Instant.ofEpochSecond(Math.floorDiv(instant.getEpochSecond(), HOUR_SECONDS) * HOUR_SECONDS);
    }
}
