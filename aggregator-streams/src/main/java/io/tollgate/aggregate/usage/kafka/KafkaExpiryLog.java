package io.tollgate.aggregate.usage.kafka;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.event.Admission;
import io.tollgate.event.ReservationCommand;
import io.tollgate.event.ReservationStep;
import io.tollgate.event.ReservedItem;
import io.tollgate.event.UsageBatch;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.ledger.ExpiryLog;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes ends of reservations with an idempotent producer of its own, outside of the aggregator's transactions: what
/// the log
/// orders must not wait for a commit. What fails is due again later.
public final class KafkaExpiryLog implements ExpiryLog, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaExpiryLog.class);
    private static final int DELIVERY_TIMEOUT_MS = 1_500;
    private static final int REQUEST_TIMEOUT_MS = 1_000;
    /// The keeper of the ledgers waits at most this long, when the topic is not known yet.
    private static final int BLOCKED_MAX_MS = 200;

    private static final Duration CLOSED_WITHIN = Duration.ofMillis(500);

    private final AvroSerializer<UsageBatch> serializer;
    private final Producer<byte[], byte[]> producer;

    public KafkaExpiryLog(String bootstrapServers, AvroSerializer<UsageBatch> serializer) {
        this.serializer = serializer;
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.CLIENT_ID_CONFIG,
                        "tollgate-expiries",
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        DELIVERY_TIMEOUT_MS,
                        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        REQUEST_TIMEOUT_MS,
                        ProducerConfig.LINGER_MS_CONFIG,
                        0,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        BLOCKED_MAX_MS),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @Override
    public CompletableFuture<Fate> expire(
            int partition, AdmissionId id, UUID epoch, Instant admittedAt, Reservation reservation) {
        CompletableFuture<Fate> fate = new CompletableFuture<>();
        String topic = Topics.USAGE_EVENTS.name();
        try {
            byte[] value = serializer.serialize(topic, toAvro(id, epoch, admittedAt, reservation));
            byte[] key = reservation.subjectKey().getBytes(StandardCharsets.UTF_8);
            producer.send(new ProducerRecord<>(topic, partition, key, value), (metadata, failure) -> {
                if (failure != null) {
                    LOG.debug(
                            "the end of {} is perhaps not written",
                            reservation.id().value(),
                            failure);
                }
                fate.complete(failure == null ? Fate.LANDED : Fate.UNKNOWN);
            });
        } catch (KafkaException | IllegalStateException e) {
            LOG.warn("the end of {} is not written now: {}", reservation.id().value(), e.toString());
            fate.complete(Fate.FAILED);
        }
        return fate;
    }

    private static UsageBatch toAvro(AdmissionId id, UUID epoch, Instant admittedAt, Reservation reservation) {
        int slash = reservation.subjectKey().indexOf('/');
        UsageBatch batch = new UsageBatch();
        batch.setBatchId(
                BatchId.timeOrdered(admittedAt, ThreadLocalRandom.current()).value());
        batch.setOrganizationId(reservation.subjectKey().substring(0, slash));
        batch.setSubject(reservation.subjectKey().substring(slash + 1));
        batch.setTimeZone("UTC");
        batch.setAcceptedAt(admittedAt);
        batch.setEvents(List.of());
        batch.setAdmission(new Admission(id.value(), epoch, admittedAt));
        batch.setReservation(new ReservationCommand(
                ReservationStep.EXPIRE,
                null,
                List.of(new ReservedItem(
                        reservation.id().value(), reservation.meter(), reservation.quantity(), null))));
        return batch;
    }

    @Override
    public void close() {
        producer.close(CLOSED_WITHIN);
    }
}
