package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.CountedEvent;
import io.tollgate.aggregate.usage.EventBounds;
import io.tollgate.aggregate.usage.EventRemoval;
import io.tollgate.aggregate.usage.Verdict;
import io.tollgate.aggregate.usage.Verdict.Reason;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.event.CounterCut;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.quota.ledger.Judgement;
import io.tollgate.quota.ledger.Judgement.Fate;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.quota.ledger.LoggedBatch;
import io.tollgate.quota.ledger.LoggedCorrection;
import io.tollgate.quota.ledger.LoggedEvent;
import io.tollgate.quota.ledger.OwnedLedger;
import io.tollgate.quota.ledger.kafka.PartitionBooks;
import io.tollgate.quota.ledger.kafka.QuotaMarks;
import io.tollgate.quota.ledger.kafka.ReservationStore;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.store.Counters;
import io.tollgate.quota.store.Samples;
import io.tollgate.quota.store.SeenKeys;
import io.tollgate.quota.store.Stores;
import io.tollgate.quota.store.VoidedEvents;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;

/// Judges every event of a record, in order, before anything is passed on: counted, duplicate, or rejected. Remembers
/// the
/// keys of those that are counted, and the marks of the quota windows they fall into. An epoch of the partition's
/// ledger begins
/// and ends with this processor.
final class JudgeEvents implements Processor<String, UsageBatch, String, Object> {
    /// An owner's lease hangs on commits, so a thread without records commits as well, this often.
    private static final Duration IDLE_EVERY = Duration.ofMillis(500);

    /// Ended reservations that are removed at a time: far more than end in that time.
    private static final int FORGOTTEN_AT_ONCE = 1_000;

    private final Duration horizon;
    private final int partitions;
    private final Ledgers ledgers;
    private final Metrics metrics;
    private ProcessorContext<String, Object> context;
    private SeenKeys seenKeys;
    private KeyValueStore<Bytes, byte[]> marks;
    private ReservationStore reservations;
    private Counters counters;
    private VoidedEvents voided;
    private Samples samples;
    private int partition;
    private OwnedLedger ledger;
    private Cancellable idling;

    /// @param horizon how long a key is recognised
    /// @param partitions how many partitions `usage-events` has
    /// @param metrics what is defined about meters
    @SuppressWarnings("NullAway.Init") // Streams calls init before process.
    JudgeEvents(Duration horizon, int partitions, Ledgers ledgers, Metrics metrics) {
        this.horizon = horizon;
        this.partitions = partitions;
        this.ledgers = ledgers;
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<String, Object> newContext) {
        this.context = newContext;
        this.seenKeys = new SeenKeys(newContext.getStateStore(Stores.SEEN_KEYS), horizon);
        this.marks = newContext.getStateStore(Stores.QUOTA_MARKS);
        this.reservations = new ReservationStore(newContext.getStateStore(Stores.RESERVATIONS));
        this.counters = newContext.getStateStore(Stores.COUNTERS);
        this.voided = new VoidedEvents(newContext.getStateStore(Stores.VOIDED_EVENTS));
        this.samples = new Samples(newContext.getStateStore(Stores.SAMPLES));
        this.partition = newContext.taskId().partition();
        counters.open();
        this.ledger = ledgers.begin(
                partition, PartitionBooks.owned(counters, seenKeys, marks, reservations), CommitLeases.ofThisThread());
        this.idling = newContext.schedule(IDLE_EVERY, PunctuationType.WALL_CLOCK_TIME, this::idle);
    }

    private void idle(long timestamp) {
        reservations.forgetEndedBefore(
                Instant.ofEpochMilli(timestamp).minus(ReservationStore.ENDED_KEPT), FORGOTTEN_AT_ONCE);
        CommitLeases.proveOwnership(partition, counters.countedOffset() + 1);
    }

    @Override
    public void close() {
        idling.cancel();
        ledgers.end(ledger);
    }

    @Override
    public void process(Record<String, UsageBatch> record) {
        RecordMetadata metadata = context.recordMetadata().orElseThrow();
        LogPlace place =
                new LogPlace(metadata.partition(), metadata.offset(), Instant.ofEpochMilli(record.timestamp()));
        UsageBatch batch = record.value();
        List<Verdict> verdicts = new ArrayList<>(batch.getEvents().size());
        Optional<Verdict.Rejected> whole = judgeRecord(record.key(), batch, place);
        List<Integer> sound = new ArrayList<>(batch.getEvents().size());
        List<LoggedEvent> events = new ArrayList<>(batch.getEvents().size());
        for (int index = 0; index < batch.getEvents().size(); index++) {
            UsageEvent event = batch.getEvents().get(index);
            Optional<Verdict.Rejected> unsound = whole.isPresent() ? whole : malformed(event);
            verdicts.add(unsound.isPresent() ? unsound.get() : Verdict.COUNTED);
            if (unsound.isEmpty()) {
                sound.add(index);
                events.add(LoggedAvro.event(event));
            }
        }
        ZoneId zone = whole.isPresent() ? java.time.ZoneOffset.UTC : ZoneId.of(batch.getTimeZone());
        boolean sane = whole.isEmpty() && sound.size() == verdicts.size();
        Optional<CountedEvent> corrected = sane ? LoggedAvro.correction(batch) : Optional.empty();
        Optional<TakenOut> takenOut = corrected.flatMap(event -> takenOut(record.key(), batch, zone, place, event));
        LoggedBatch logged = LoggedAvro.batch(
                record.key(),
                batch,
                zone,
                place,
                events,
                sane ? LoggedAvro.step(batch) : Optional.empty(),
                corrected.map(event -> new LoggedCorrection(
                        event.meter(), event.quantity(), event.eventTime(), takenOut.isPresent())));
        Judgement judgement = ledger.judge(logged);
        for (int i = 0; i < sound.size(); i++) {
            verdicts.set(sound.get(i), verdict(judgement.fates().get(i), events.get(i), place.appendedAt()));
        }
        for (Judgement.Marked marked : judgement.marks()) {
            marks.put(QuotaMarks.key(marked.room()), QuotaMarks.toBytes(marked.mark()));
        }
        judgement.reservations().forEach(reservations::put);
        // A replacement that is refused leaves the event where it is.
        Optional<TakenOut> effective = takenOut.filter(out -> verdicts.stream().allMatch(Verdict.COUNTED::equals));
        effective.ifPresent(out -> voided.add(record.key(), out.event().id(), place.offset()));
        Record<String, Object> judged = record.withValue(
                new JudgedBatch(batch, zone, place, verdicts, effective, firstCut(whole, batch, place)));
        context.forward(judged, UsageTopology.COUNT_WINDOWS);
        context.forward(judged, UsageTopology.WATCH_METRICS);
        context.forward(judged, UsageTopology.PASS_ON);
        for (Judgement.Crossing crossing : judgement.crossings()) {
            EventId cause = crossing.index() == Judgement.Crossing.NO_EVENT
                    ? corrected.orElseThrow().id()
                    : events.get(crossing.index()).eventId();
            SpecificRecord alert = AlertAvro.toAvro(crossing, cause.value(), place);
            context.forward(record.withValue(alert), UsageTopology.ALERTS_SINK);
        }
        ledger.finish();
    }

    /// What taking the event out makes of the counters; empty if it was taken out before, or if what is left of them
    /// cannot be told.
    private Optional<TakenOut> takenOut(
            String subjectKey, UsageBatch batch, ZoneId zone, LogPlace place, CountedEvent event) {
        if (voided.contains(subjectKey, event.id())) {
            return Optional.empty();
        }
        EventRemoval removal = new EventRemoval(
                counters,
                samples,
                subjectKey,
                zone,
                place.offset(),
                metrics.given(SubjectKey.ofRecordKey(subjectKey), event.meter()),
                event);
        return removal.counters().map(without -> new TakenOut(event, without, batch.getCorrection()));
    }

    /// A cut is published at least once, so it is remembered like a key.
    private Optional<CounterCut> firstCut(Optional<Verdict.Rejected> whole, UsageBatch batch, LogPlace place) {
        CounterCut cut = batch.getCut();
        if (cut == null || whole.isPresent()) {
            return Optional.empty();
        }
        byte[] id = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(cut.getId().getMostSignificantBits())
                .putLong(cut.getId().getLeastSignificantBits())
                .array();
        if (seenKeys.find(id, place.appendedAt()).isPresent()) {
            return Optional.empty();
        }
        seenKeys.remember(id, place.appendedAt(), id);
        return Optional.of(cut);
    }

    private Verdict verdict(Fate fate, LoggedEvent event, Instant arrival) {
        return switch (fate) {
            case Fate.Counted counted -> {
                if (counted.remember()) {
                    seenKeys.remember(event.eventId().bytes(), arrival, event.fingerprint());
                }
                yield Verdict.COUNTED;
            }
            case Fate.Duplicate duplicate -> Verdict.DUPLICATE;
            case Fate.Refused refused -> new Verdict.Rejected(reason(refused.reason()), refused.detail());
        };
    }

    private static Reason reason(Judgement.Reason reason) {
        return switch (reason) {
            case KEY_REUSED -> Reason.IDEMPOTENCY_KEY_REUSED;
            case BACKSTOP -> Reason.QUOTA_BACKSTOP;
            case LATE -> Reason.LATE;
            case NOT_AMENDED -> Reason.NOT_AMENDED;
        };
    }

    private Optional<Verdict.Rejected> judgeRecord(String key, UsageBatch batch, LogPlace place) {
        try {
            SubjectKey subjectKey =
                    new SubjectKey(new OrganizationId(batch.getOrganizationId()), new SubjectId(batch.getSubject()));
            ZoneId.of(batch.getTimeZone());
            LoggedAvro.step(batch);
            LoggedAvro.correction(batch);
            if (!subjectKey.recordKey().equals(key)) {
                return Optional.of(new Verdict.Rejected(
                        Reason.MALFORMED, "the record's key is not organization/subject of its value"));
            }
        } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.of(new Verdict.Rejected(Reason.MALFORMED, String.valueOf(e.getMessage())));
        }
        int home = Partitioning.partitionOf(key.getBytes(StandardCharsets.UTF_8), partitions);
        return home == place.partition()
                ? Optional.empty()
                : Optional.of(new Verdict.Rejected(
                        Reason.MISROUTED, "the subject belongs to partition " + home + " of " + partitions));
    }

    private static Optional<Verdict.Rejected> malformed(UsageEvent event) {
        return EventBounds.violation(event.getEventId(), event.getMeter(), event.getQuantity(), event.getEventTime())
                .map(violation -> new Verdict.Rejected(Reason.MALFORMED, violation));
    }
}
