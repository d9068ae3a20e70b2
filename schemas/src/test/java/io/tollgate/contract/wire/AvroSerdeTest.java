package io.tollgate.contract.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.contract.topic.Topics;
import io.tollgate.event.Fingerprint;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class AvroSerdeTest {
    private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
    private final AvroSerializer<UsageBatch> serializer = new AvroSerializer<>(registry, Topics.USAGE_EVENTS);
    private final AvroDeserializer<UsageBatch> deserializer = new AvroDeserializer<>(registry, Topics.USAGE_EVENTS);

    @Test
    void aValueComesBackAsItWas() {
        UsageBatch batch = batch(3);
        assertThat(read(write(batch))).isEqualTo(batch);
    }

    @Test
    void bytesBeginWithZeroAndTheSchemaIdInFourBytes() {
        assertThat(Arrays.copyOf(write(batch(1)), 5)).containsExactly(0, 0, 0, 0, 1);
    }

    @Test
    void nullIsATombstoneBothWays() {
        assertThat(serializer.serialize("t", null)).isNull();
        assertThat(deserializer.deserialize("t", null)).isNull();
    }

    @Test
    void whatIsNoValueIsMalformed() {
        byte[] good = write(batch(2));
        byte[] truncated = Arrays.copyOf(good, good.length - 1);
        byte[] longer = Arrays.copyOf(good, good.length + 1);
        byte[] unknownSchema = good.clone();
        unknownSchema[4] = 99;
        byte[] noMagic = good.clone();
        noMagic[0] = 7;
        for (byte[] bad : List.of(new byte[0], new byte[] {0, 0}, truncated, longer, unknownSchema, noMagic)) {
            assertThatThrownBy(() -> read(bad)).isInstanceOf(MalformedRecordException.class);
        }
    }

    @Test
    void aRegistryThatIsAwayIsNotAMalformedRecord() {
        byte[] good = write(batch(1));
        registry.available(false);
        assertThatThrownBy(() -> new AvroDeserializer<>(registry, Topics.USAGE_EVENTS).deserialize("t", good))
                .isInstanceOf(RegistryUnavailableException.class);
    }

    /// Kafka Streams gives one deserializer to all its threads; values of different sizes, read at once, must not mix.
    @Test
    void threadsThatReadAtOnceDoNotDisturbEachOther() throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                UsageBatch batch = batch(1 + 20 * thread);
                byte[] bytes = write(batch);
                Callable<Integer> reader = () -> {
                    int equal = 0;
                    for (int i = 0; i < 2_000; i++) {
                        equal += read(bytes).equals(batch) ? 1 : 0;
                    }
                    return equal;
                };
                results.add(threads.submit(reader));
            }
            for (Future<Integer> result : results) {
                assertThat(result.get()).isEqualTo(2_000);
            }
        }
    }

    private byte[] write(UsageBatch batch) {
        byte[] bytes = serializer.serialize(Topics.USAGE_EVENTS.name(), batch);
        assertThat(bytes).isNotNull();
        return bytes;
    }

    private UsageBatch read(byte[] bytes) {
        return deserializer.deserialize(Topics.USAGE_EVENTS.name(), bytes);
    }

    private static UsageBatch batch(int events) {
        List<UsageEvent> list = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            UsageEvent event = new UsageEvent();
            event.setEventId("evt_" + i);
            event.setIdempotencyKey("key-" + i);
            event.setFingerprint(new Fingerprint(new byte[32]));
            event.setMeter("meter-" + i);
            event.setQuantity(BigDecimal.valueOf(i + 1L, 6));
            event.setEventTime(Instant.ofEpochSecond(1_700_000_000L + i));
            event.setMetadata("{\"i\":" + i + "}");
            list.add(event);
        }
        UsageBatch batch = new UsageBatch();
        batch.setBatchId("bat_1");
        batch.setOrganizationId("biz_1");
        batch.setSubject("organization");
        batch.setTimeZone("UTC");
        batch.setAcceptedAt(Instant.ofEpochSecond(1_700_000_000L));
        batch.setEvents(list);
        return batch;
    }
}
