package io.tollgate.bench;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.Fingerprint;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Records as the gateway and the aggregator would have written them, made one by one as they are sent. Every key is
/// new.
final class EventRecords {
    private static final BigDecimal QUANTITY = new BigDecimal("1.500000");
    private static final int DIGEST_BYTES = 32;
    private static final int SPREAD_SECONDS = 60;
    private static final long SEED = 7;

    private final OrganizationId organizationId;
    private final AvroSerializer<UsageBatch> batches;
    private final AvroSerializer<AcceptedEvent> accepted;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private long next;

    EventRecords(String organizationId, SchemaRegistry registry) {
        this.organizationId = new OrganizationId(organizationId);
        this.batches = new AvroSerializer<>(registry, Topics.USAGE_EVENTS);
        this.accepted = new AvroSerializer<>(registry, Topics.ACCEPTED_EVENTS);
    }

    /// The same events twice: as the gateway's batches of 1,000 events of one tenant, and one record for each event
    /// whose
    /// value begins with the event's 16-byte id.
    record Backlog(List<RawProducer.Ready> batches, List<RawProducer.Ready> singles) {}

    Backlog backlog(int events) {
        List<RawProducer.Ready> together = new ArrayList<>();
        List<RawProducer.Ready> singles = new ArrayList<>(events);
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        for (int batch = 0; batch < events / EventBody.BATCH; batch++) {
            SubjectKey subject = subject(batch);
            byte[] key = subject.recordKeyBytes();
            int partition = Partitioning.partitionOf(key, Rig.PARTITIONS);
            List<UsageEvent> content = new ArrayList<>(EventBody.BATCH);
            for (int i = 0; i < EventBody.BATCH; i++) {
                String idempotencyKey = "backlog-" + next++;
                EventId id = EventId.derived(organizationId, subject.subject(), idempotencyKey);
                UsageEvent event = new UsageEvent(
                        id.value(),
                        idempotencyKey,
                        new Fingerprint(digest()),
                        "api_request",
                        QUANTITY,
                        now.minusSeconds(i % SPREAD_SECONDS),
                        EventBody.METADATA,
                        null,
                        null);
                content.add(event);
                byte[] alone = serialized(subject, now, List.of(event));
                singles.add(new RawProducer.Ready(
                        partition,
                        key,
                        ByteBuffer.allocate(id.bytes().length + alone.length)
                                .put(id.bytes())
                                .put(alone)
                                .array(),
                        1));
            }
            together.add(new RawProducer.Ready(partition, key, serialized(subject, now, content), EventBody.BATCH));
        }
        return new Backlog(together, singles);
    }

    private byte[] serialized(SubjectKey subject, Instant now, List<UsageEvent> events) {
        UsageBatch batch = new UsageBatch(
                BatchId.timeOrdered(now, random).value(),
                organizationId.value(),
                subject.subject().value(),
                "UTC",
                now,
                events,
                null,
                null,
                null,
                null);
        return Objects.requireNonNull(batches.serialize(Topics.USAGE_EVENTS.name(), batch));
    }

    /// Events as they were counted, of all tenants in turn.
    Iterable<RawProducer.Ready> accepted(int events) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        return () -> {
            Iterator<RawProducer.Ready> each = IntStream.range(0, events)
                    .mapToObj(i -> acceptedEvent(i, now))
                    .iterator();
            return each;
        };
    }

    private RawProducer.Ready acceptedEvent(int number, Instant now) {
        SubjectKey subject = subject(number);
        byte[] key = subject.recordKeyBytes();
        int partition = Partitioning.partitionOf(key, Rig.PARTITIONS);
        String idempotencyKey = "accepted-" + next++;
        AcceptedEvent event = new AcceptedEvent(
                EventId.derived(organizationId, subject.subject(), idempotencyKey)
                        .value(),
                organizationId.value(),
                subject.subject().value(),
                "api_request",
                QUANTITY,
                now.minusSeconds(number % SPREAD_SECONDS),
                now,
                now,
                idempotencyKey,
                new Fingerprint(digest()),
                EventBody.METADATA,
                partition,
                next,
                0);
        return new RawProducer.Ready(
                partition, key, Objects.requireNonNull(accepted.serialize(Topics.ACCEPTED_EVENTS.name(), event)), 1);
    }

    private SubjectKey subject(int number) {
        return new SubjectKey(organizationId, SubjectId.tenant(new TenantId("cust_" + number % EventBody.TENANTS)));
    }

    private byte[] digest() {
        byte[] digest = new byte[DIGEST_BYTES];
        random.nextBytes(digest);
        return digest;
    }
}
