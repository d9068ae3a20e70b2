package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.Verdict;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.event.QuotaAlertKind;
import io.tollgate.event.UsageEvent;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.metric.Metric;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.metering.metric.UsageSpan;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.metric.MetricPlaces;
import io.tollgate.quota.metric.MetricValue;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.query.CounterRead.Place;
import io.tollgate.quota.query.MeterReading;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.Counters;
import io.tollgate.quota.store.Stores;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/// Looks at the metrics that a record has changed, after it is counted: tells crossings of plan limits, each once per
/// limit and window, and keeps the snapshots of metrics with settings of their own. Nothing here decides what is
/// counted.
final class WatchMetrics implements Processor<String, JudgedBatch, String, SpecificRecord> {
    /// A late event changes the snapshot of a flush window until this long after its end; later, the metric's value
    /// alone.
    static final Duration FLUSH_WINDOWS_KEPT = Duration.ofHours(1);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /// A task that processed nothing for so long has nothing waiting.
    private static final Duration IDLE_AFTER = Duration.ofSeconds(2);

    private final Metrics metrics;
    private final int partitions;
    private ProcessorContext<String, SpecificRecord> context;
    private Counters counters;
    private LimitMarks marks;
    private DueSnapshots due;
    private Cancellable looking;
    private Instant lastAppendedAt = Instant.EPOCH;
    private long lastProcessedMs;

    /// @param partitions how many partitions `usage-events` has
    @SuppressWarnings("NullAway.Init") // Streams calls init before process.
    WatchMetrics(Metrics metrics, int partitions) {
        this.metrics = metrics;
        this.partitions = partitions;
    }

    @Override
    public void init(ProcessorContext<String, SpecificRecord> newContext) {
        this.context = newContext;
        this.counters = newContext.getStateStore(Stores.COUNTERS);
        this.marks = new LimitMarks(newContext.getStateStore(Stores.LIMIT_MARKS));
        this.due = new DueSnapshots(metrics, counters, newContext.taskId().partition());
        findUnwritten();
        this.looking = newContext.schedule(LOOK_EVERY, PunctuationType.WALL_CLOCK_TIME, this::writeSnapshots);
    }

    /// What the owner before did not write, or wrote and may not have committed, is written again: a row is replaced by
    /// itself.
    private void findUnwritten() {
        int partition = context.taskId().partition();
        metrics.forEachGiven((subjectKey, meters) -> {
            if (Partitioning.partitionOf(subjectKey.recordKeyBytes(), partitions) == partition) {
                meters.forEach(meter -> counters.countersOf(subjectKey.recordKey(), meter, WindowSize.FLUSH)
                        .forEach(counter -> due.add(subjectKey.recordKey(), meter, counter.window())));
            }
        });
    }

    @Override
    public void close() {
        looking.cancel();
    }

    @Override
    public void process(Record<String, JudgedBatch> record) {
        JudgedBatch judged = record.value();
        lastAppendedAt = judged.place().appendedAt();
        lastProcessedMs = context.currentSystemTimeMs();
        Set<String> meters = new LinkedHashSet<>();
        for (int index = 0; index < judged.verdicts().size(); index++) {
            if (judged.verdicts().get(index) instanceof Verdict.Counted) {
                meters.add(judged.batch().getEvents().get(index).getMeter());
            }
        }
        judged.takenOut().ifPresent(out -> meters.add(out.event().meter()));
        if (meters.isEmpty()) {
            return;
        }
        SubjectKey subjectKey = SubjectKey.ofRecordKey(record.key());
        if (metrics.anyDefined(subjectKey.organizationId())) {
            meters.forEach(meter -> watch(subjectKey, meter, record));
        }
    }

    private void watch(SubjectKey subjectKey, String meter, Record<String, JudgedBatch> record) {
        JudgedBatch judged = record.value();
        Instant at = judged.place().appendedAt();
        OrganizationId organizationId = subjectKey.organizationId();
        SubjectId subject = subjectKey.subject();
        Metric metric = metrics.metric(organizationId, subject, meter, at);
        metrics.given(organizationId, subject, meter)
                .ifPresent(settings -> keepSnapshot(record.key(), metric, settings, judged));
        if (metric.limits().limits().stream().noneMatch(limit -> limit.action().signals())) {
            return;
        }
        MetricValue value = new MetricPlaces(metric, at, judged.zone()).value(place -> reading(record.key(), place));
        for (MetricValue.Tested tested : value.limits()) {
            if (tested.status().limit().action().signals()) {
                crossing(record.key(), tested, since(record.key(), metric, tested))
                        .ifPresent(kind -> context.forward(
                                record.withValue(AlertAvro.toAvro(kind, record.key(), tested, judged.place())),
                                UsageTopology.LIMIT_ALERTS_SINK));
            }
        }
    }

    /// Since when a limit's usage is compared: a cut begins anew what the window began.
    private Instant since(String subjectKey, Metric metric, MetricValue.Tested tested) {
        Place lifetime = Place.lifetime(metric.meter());
        return counters.counter(new CounterKey(subjectKey, lifetime.meter(), lifetime.size(), lifetime.start()))
                .flatMap(Counter::cutAt)
                .filter(cut -> metric.settings().type() != MetricType.CHECKPOINT)
                .filter(cut -> cut.isAfter(tested.start()))
                .orElse(tested.start());
    }

    private Optional<QuotaAlertKind> crossing(String subjectKey, MetricValue.Tested tested, Instant since) {
        boolean breached = tested.status().breached();
        return switch (marks.find(subjectKey, tested, since)) {
            case NONE -> {
                if (!breached) {
                    yield Optional.empty();
                }
                marks.put(subjectKey, tested, since, LimitMarks.Mark.BREACHED);
                yield Optional.of(QuotaAlertKind.LIMIT_BREACHED);
            }
            case BREACHED -> {
                if (breached) {
                    yield Optional.empty();
                }
                marks.put(subjectKey, tested, since, LimitMarks.Mark.RECOVERED);
                yield Optional.of(QuotaAlertKind.LIMIT_RECOVERED);
            }
            case RECOVERED -> Optional.empty();
        };
    }

    /// A metric that starts anew with each flush window is counted by them. Of any other, its state after the record is
    /// that of the flush window in which the record arrived.
    private void keepSnapshot(String subjectKey, Metric metric, MetricSettings settings, JudgedBatch judged) {
        if (settings.type() == MetricType.RESET) {
            Stream<Instant> counted = judged.batch().getEvents().stream()
                    .filter(event -> event.getMeter().equals(metric.meter()))
                    .map(UsageEvent::getEventTime);
            Stream<Instant> takenOut = judged.takenOut().stream()
                    .filter(out -> out.event().meter().equals(metric.meter()))
                    .map(out -> out.event().eventTime());
            Stream.concat(counted, takenOut)
                    .map(time -> Window.flush(time, settings.flushSeconds()))
                    .distinct()
                    .filter(window -> counters.counter(flush(subjectKey, metric.meter(), window))
                            .isPresent())
                    .forEach(window -> due.add(subjectKey, metric.meter(), window));
            return;
        }
        Window window = Window.flush(judged.place().appendedAt(), settings.flushSeconds());
        Optional<CounterState> own = metric.own() instanceof UsageSpan.Cycle
                ? state(subjectKey, Place.cycle(metric.meter()))
                        .or(() -> state(subjectKey, Place.lifetime(metric.meter())))
                : state(subjectKey, Place.lifetime(metric.meter()));
        own.ifPresent(state -> {
            counters.put(flush(subjectKey, metric.meter(), window), new Counter(window, state));
            due.add(subjectKey, metric.meter(), window);
        });
    }

    private void writeSnapshots(long timestamp) {
        Instant now = countedUpTo(timestamp);
        due.take(now)
                .forEach(snapshots -> context.forward(
                        new Record<>(
                                snapshots.getOrganizationId() + "/" + snapshots.getSubject(), snapshots, timestamp),
                        UsageTopology.SNAPSHOTS_SINK));
        due.forgetWrittenBefore(now.minus(FLUSH_WINDOWS_KEPT));
    }

    /// Up to when everything is counted: the present where nothing waits, else the arrival of what was counted last. A
    /// window is not over while its events are still being caught up with.
    private Instant countedUpTo(long timestamp) {
        Instant now = Instant.ofEpochMilli(timestamp);
        boolean busy = timestamp - lastProcessedMs < IDLE_AFTER.toMillis();
        return busy && lastAppendedAt.isBefore(now) ? lastAppendedAt : now;
    }

    private Optional<CounterState> state(String subjectKey, Place place) {
        return reading(subjectKey, place).map(MeterReading::state);
    }

    private Optional<MeterReading> reading(String subjectKey, Place place) {
        return counters.counter(new CounterKey(subjectKey, place.meter(), place.size(), place.start()))
                .map(counter -> MeterReading.of(place.meter(), counter));
    }

    private static CounterKey flush(String subjectKey, String meter, Window window) {
        return new CounterKey(subjectKey, meter, WindowSize.FLUSH, window.start());
    }
}
