package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.EventBounds;
import io.tollgate.aggregate.usage.Verdict;
import io.tollgate.aggregate.usage.Verdict.Reason;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.quota.store.SeenKeys;
import io.tollgate.quota.store.SeenKeys.Sighting;
import io.tollgate.quota.store.Stores;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/// Judges every event of a record, in order, before anything is passed on: counted, duplicate, or rejected. Remembers
/// the
/// keys of those that are counted.
final class DropDuplicates implements Processor<String, UsageBatch, String, JudgedBatch> {
    private final Duration horizon;
    private final int partitions;
    private ProcessorContext<String, JudgedBatch> context;
    private SeenKeys seenKeys;

    /// @param horizon how long a key is recognised
    /// @param partitions how many partitions `usage-events` has
    @SuppressWarnings("NullAway.Init") // Streams calls init before process.
    DropDuplicates(Duration horizon, int partitions) {
        this.horizon = horizon;
        this.partitions = partitions;
    }

    @Override
    public void init(ProcessorContext<String, JudgedBatch> newContext) {
        this.context = newContext;
        this.seenKeys = new SeenKeys(newContext.getStateStore(Stores.SEEN_KEYS), horizon);
    }

    @Override
    public void process(Record<String, UsageBatch> record) {
        RecordMetadata metadata = context.recordMetadata().orElseThrow();
        LogPlace place =
                new LogPlace(metadata.partition(), metadata.offset(), Instant.ofEpochMilli(record.timestamp()));
        UsageBatch batch = record.value();
        Optional<Verdict.Rejected> whole = judgeRecord(record.key(), batch, place);
        List<Verdict> verdicts = new ArrayList<>(batch.getEvents().size());
        for (UsageEvent event : batch.getEvents()) {
            verdicts.add(whole.isPresent() ? whole.get() : judge(event, place.appendedAt()));
        }
        context.forward(record.withValue(new JudgedBatch(batch, place, verdicts)));
    }

    private Optional<Verdict.Rejected> judgeRecord(String key, UsageBatch batch, LogPlace place) {
        try {
            SubjectKey subjectKey =
                    new SubjectKey(new OrganizationId(batch.getOrganizationId()), new SubjectId(batch.getSubject()));
            ZoneId.of(batch.getTimeZone());
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

    private Verdict judge(UsageEvent event, Instant arrival) {
        Optional<String> violation =
                EventBounds.violation(event.getEventId(), event.getMeter(), event.getQuantity(), event.getEventTime());
        if (violation.isPresent()) {
            return new Verdict.Rejected(Reason.MALFORMED, violation.get());
        }
        if (event.getIdempotencyKey() == null) {
            return Verdict.COUNTED;
        }
        byte[] id = new EventId(event.getEventId()).bytes();
        byte[] digest = event.getFingerprint().bytes();
        Optional<Sighting> first = seenKeys.find(id, arrival);
        if (first.isEmpty()) {
            seenKeys.remember(id, arrival, digest);
            return Verdict.COUNTED;
        }
        return first.get().samePayload(digest)
                ? Verdict.DUPLICATE
                : new Verdict.Rejected(
                        Reason.IDEMPOTENCY_KEY_REUSED,
                        "the key came first at " + first.get().arrival() + " with another payload");
    }
}
