package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.Verdict;
import io.tollgate.contract.EventId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.event.UsageEvent;
import io.tollgate.event.UsageWindow;
import io.tollgate.event.WindowKind;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.period.Windows;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.Counters;
import io.tollgate.quota.store.SampleReader;
import io.tollgate.quota.store.Samples;
import io.tollgate.quota.store.Stores;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorNode;
import org.jspecify.annotations.Nullable;

/// Adds every counted event to the counters of its minute, hour, day and month by event time, and every duplicate and
/// rejected one to its day's tallies. Late and historical events count in their own window: no counter ever closes.
///
/// Beside the calendar windows, every meter has a counter of its lifetime; one that was cut (by a billing reset or its
/// deletion) also has counters of what came after the cut; and one whose value starts anew with each flush window has
/// counters of those.
///
/// An event that is taken out leaves every counter that it was added to.
///
/// Within a record, changes to a counter are made once; over records, they gather in [Counters] until the commit, which
/// passes each changed hour, day and month on to `usage-windows` in the same transaction.
final class CountWindows implements Processor<String, JudgedBatch, String, UsageWindow> {
    /// Samples whose time is over that are removed with one record, beside two for each of its events: milliseconds of
    /// work, and always more than the record can add.
    static final int FORGOTTEN_AT_ONCE = 1_000;

    private ProcessorContext<String, UsageWindow> context;
    private Counters counters;
    private Samples samples;
    private ProcessorNode<?, ?, ?, ?> node;
    private int partition;
    private Instant lastAppendedAt = Instant.EPOCH;
    private final Metrics metrics;

    @SuppressWarnings("NullAway.Init") // Streams calls init before process.
    CountWindows(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<String, UsageWindow> newContext) {
        this.context = newContext;
        this.counters = newContext.getStateStore(Stores.COUNTERS);
        this.samples = new Samples(newContext.getStateStore(Stores.SAMPLES));
        this.partition = newContext.taskId().partition();
        this.node = internal().currentNode();
        counters.onCommit(this::passOn);
    }

    @Override
    public void process(Record<String, JudgedBatch> record) {
        JudgedBatch judged = record.value();
        long offset = judged.place().offset();
        lastAppendedAt = judged.place().appendedAt();
        judged.cut().ifPresent(cut -> new Cut(counters, record.key(), judged.zone(), lastAppendedAt, offset).make(cut));
        Tally tally = new Tally(record.key(), judged.zone(), offset);
        judged.takenOut().ifPresent(tally::takeOut);
        for (int index = 0; index < judged.verdicts().size(); index++) {
            UsageEvent event = judged.batch().getEvents().get(index);
            switch (judged.verdicts().get(index)) {
                case Verdict.Counted c -> tally.count(event, index);
                case Verdict.Duplicate d -> tally.duplicate(event);
                case Verdict.Rejected rejected -> {
                    // What is malformed or misrouted has no counter here that could be trusted to be its own.
                    switch (rejected.reason()) {
                        case IDEMPOTENCY_KEY_REUSED, QUOTA_BACKSTOP, LATE, NOT_AMENDED -> tally.rejected(event);
                        case MALFORMED, MISROUTED -> {}
                    }
                }
            }
        }
        tally.write();
        samples.forgetOld(
                lastAppendedAt, FORGOTTEN_AT_ONCE + 2 * judged.verdicts().size());
        counters.counted(offset);
    }

    /// Changes of one record, gathered so that each counter is read and written once.
    private final class Tally {
        private final String subjectKey;
        private final long offset;
        private final Windows windows;
        private final Map<String, Optional<MetricSettings>> settings = new HashMap<>();
        private final Map<CounterKey, Counter> touched = new HashMap<>();
        /// The counter of each size that the last event changed; the next one mostly changes the same.
        private final @Nullable Recent[] recent = new Recent[WindowSize.values().length];

        Tally(String subjectKey, ZoneId zone, long offset) {
            this.subjectKey = subjectKey;
            this.offset = offset;
            this.windows = new Windows(zone);
        }

        /// Sets every counter that held the event to what it is without it.
        void takeOut(TakenOut out) {
            touched.putAll(out.counters());
            samples.remove(
                    subjectKey,
                    out.event().meter(),
                    out.event().eventTime(),
                    out.event().id());
        }

        void count(UsageEvent event, int index) {
            UnaryOperator<CounterState> counted =
                    state -> state.plus(event.getQuantity(), event.getEventTime(), lastAppendedAt, offset);
            // Before the months, from which one of an older release is composed.
            Instant cut = change(event, WindowSize.LIFETIME, counted).cut();
            for (WindowSize size : WindowSize.CALENDAR) {
                Counter after = change(event, size, counted);
                if (size == WindowSize.HOUR) {
                    keepSample(event, index, after.state().eventCount());
                }
            }
            if (cut != null) {
                change(event, WindowSize.CYCLE, counted);
                for (WindowSize size : Cut.REST_OF_PERIOD) {
                    if (windows.containing(event.getEventTime(), size).contains(cut)) {
                        change(event, size, counted);
                    }
                }
            }
            flushSeconds(event.getMeter()).ifPresent(seconds -> countFlush(event, seconds, counted));
        }

        private void countFlush(UsageEvent event, int seconds, UnaryOperator<CounterState> counted) {
            Window window = Window.flush(event.getEventTime(), seconds);
            CounterKey key = key(event, window);
            Counter before = touched.get(key);
            if (before == null) {
                before = counters.counter(key).orElse(null);
            }
            // What is forgotten must not begin anew: its snapshot would lose what it had.
            if (before != null
                    || window.end().plus(WatchMetrics.FLUSH_WINDOWS_KEPT).isAfter(lastAppendedAt)) {
                Counter counter = before == null ? Counter.empty(window) : before;
                touched.put(key, counter.with(counted.apply(counter.state())));
            }
        }

        /// Length of the flush windows of a meter whose value starts anew with each.
        private Optional<Integer> flushSeconds(String meter) {
            return settings(meter)
                    .filter(given -> given.type() == MetricType.RESET)
                    .map(MetricSettings::flushSeconds);
        }

        private Optional<MetricSettings> settings(String meter) {
            return settings.computeIfAbsent(meter, name -> metrics.given(subjectKey(), name));
        }

        /// Of a meter whose value is a single event: so that another can be found when that one is taken out.
        private void keepSample(UsageEvent event, int index, long ofHour) {
            if (ofHour <= SampleReader.PER_HOUR_MAX
                    && settings(event.getMeter())
                            .filter(given -> given.operation().ofSingleEvent())
                            .isPresent()) {
                samples.put(
                        subjectKey,
                        event.getMeter(),
                        new SampleReader.Sample(
                                new EventId(event.getEventId()),
                                event.getQuantity(),
                                event.getEventTime(),
                                lastAppendedAt,
                                offset,
                                index));
            }
        }

        private SubjectKey subjectKey() {
            return SubjectKey.ofRecordKey(subjectKey);
        }

        void duplicate(UsageEvent event) {
            change(event, WindowSize.DAY, state -> state.plusDuplicate(offset));
        }

        void rejected(UsageEvent event) {
            change(event, WindowSize.DAY, state -> state.plusRejected(offset));
        }

        void write() {
            for (Recent last : recent) {
                if (last != null) {
                    touched.put(last.key(), last.counter());
                }
            }
            touched.forEach(counters::put);
        }

        private Counter change(UsageEvent event, WindowSize size, UnaryOperator<CounterState> step) {
            Recent last = recent[size.ordinal()];
            if (last == null || !last.holds(event)) {
                if (last != null) {
                    touched.put(last.key(), last.counter());
                }
                last = find(event, size);
            }
            Counter before = last.counter();
            Counter after = before.with(step.apply(before.state()));
            recent[size.ordinal()] = new Recent(last.key(), after);
            return after;
        }

        /// A meter of an older release has months and no lifetime yet. What this record has taken out of one of them is
        /// in those that it has touched.
        private Counter first(UsageEvent event, Window window) {
            return window.size() == WindowSize.LIFETIME
                    ? Counter.empty(window)
                            .with(counters.countersOf(subjectKey, event.getMeter(), WindowSize.MONTH).stream()
                                    .map(month -> touched.getOrDefault(key(event, month.window()), month))
                                    .map(Counter::state)
                                    .reduce(CounterState.ZERO, CounterState::plus))
                    : Counter.empty(window);
        }

        private CounterKey key(UsageEvent event, Window window) {
            return new CounterKey(subjectKey, event.getMeter(), window.size(), window.start());
        }

        private Recent find(UsageEvent event, WindowSize size) {
            Window window = windows.containing(event.getEventTime(), size);
            CounterKey key = key(event, window);
            Counter before = touched.get(key);
            return new Recent(
                    key, before != null ? before : counters.counter(key).orElseGet(() -> first(event, window)));
        }
    }

    private record Recent(CounterKey key, Counter counter) {
        boolean holds(UsageEvent event) {
            return key.meter().equals(event.getMeter()) && counter.window().contains(event.getEventTime());
        }
    }

    private void passOn(CounterKey key, Counter counter) {
        Optional<WindowKind> published = kindOf(key.size());
        if (published.isEmpty()) {
            return;
        }
        WindowKind kind = published.get();
        String recordKey = recordKey(key, kind);
        InternalProcessorContext<String, UsageWindow> internal = internal();
        ProcessorNode<?, ?, ?, ?> current = internal.currentNode();
        internal.setCurrentNode(node);
        try {
            context.forward(new Record<>(recordKey, toAvro(key, kind, counter), lastAppendedAt.toEpochMilli()));
        } finally {
            internal.setCurrentNode(current);
        }
    }

    /// Slashes inside the parts are escaped, so two counters never share a key and compaction never drops one for
    /// another.
    static String recordKey(CounterKey key, WindowKind kind) {
        int slash = key.subjectKey().indexOf('/');
        return key.subjectKey().substring(0, slash)
                + "/"
                + escaped(key.subjectKey().substring(slash + 1))
                + "/"
                + escaped(key.meter())
                + "/"
                + kind
                + "/"
                + key.start();
    }

    private static String escaped(String part) {
        return part.replace("%", "%25").replace("/", "%2F");
    }

    private UsageWindow toAvro(CounterKey key, WindowKind kind, Counter counter) {
        int slash = key.subjectKey().indexOf('/');
        CounterState state = counter.state();
        UsageWindow window = new UsageWindow();
        window.setOrganizationId(key.subjectKey().substring(0, slash));
        window.setSubject(key.subjectKey().substring(slash + 1));
        window.setMeter(key.meter());
        window.setWindowKind(kind);
        window.setWindowStart(counter.window().start());
        window.setWindowEnd(counter.window().end());
        window.setEventCount(state.eventCount());
        window.setQuantitySum(state.sum());
        window.setQuantityMin(state.min());
        window.setQuantityMax(state.max());
        window.setDuplicateCount(state.duplicateCount());
        window.setRejectedCount(state.rejectedCount());
        window.setSourcePartition(partition);
        window.setSourceOffset(state.lastOffset());
        window.setUpdatedAt(lastAppendedAt);
        return window;
    }

    private static Optional<WindowKind> kindOf(WindowSize size) {
        return switch (size) {
            case HOUR -> Optional.of(WindowKind.HOUR);
            case DAY -> Optional.of(WindowKind.DAY);
            case MONTH -> Optional.of(WindowKind.MONTH);
            case MINUTE, LIFETIME, CYCLE, DAY_SINCE, MONTH_SINCE, YEAR_SINCE, FLUSH -> Optional.empty();
        };
    }

    /// Streams forwards to the children of its current node, and during a commit it has none; so the commit is told
    /// which
    /// one, as Streams' own cache listeners do.
    private InternalProcessorContext<String, UsageWindow> internal() {
        return (InternalProcessorContext<String, UsageWindow>) context;
    }
}
