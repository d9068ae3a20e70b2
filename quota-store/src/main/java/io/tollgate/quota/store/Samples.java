package io.tollgate.quota.store;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/// The samples of one partition, one entry per event. As key: length and UTF-8 of the subject's record key, the same of
/// the meter, the event time in microseconds, the 16 bytes of the event id; so those of a window lie together. As
/// value: a version byte, append time, offset, index, and the quantity as unscaled two's complement. Written and read
/// by the task's thread.
public final class Samples implements SampleReader {
    private static final byte VERSION = 1;
    private static final int ID_BYTES = 16;

    private final KeyValueStore<Bytes, byte[]> store;

    public Samples(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /// Keeps an event that is counted.
    public void put(String subjectKey, String meter, Sample sample) {
        byte[] unscaled = sample.quantity().unscaledValue().toByteArray();
        byte[] value = ByteBuffer.allocate(1 + 2 * Long.BYTES + Integer.BYTES + unscaled.length)
                .put(VERSION)
                .putLong(micros(sample.appendedAt()))
                .putLong(sample.offset())
                .putInt(sample.index())
                .put(unscaled)
                .array();
        store.put(key(subjectKey, meter, sample.eventTime(), sample.id().bytes()), value);
    }

    /// Forgets an event that is counted no longer, if it was kept.
    public void remove(String subjectKey, String meter, Instant eventTime, EventId id) {
        store.delete(key(subjectKey, meter, eventTime, id.bytes()));
    }

    @Override
    public List<Sample> samples(String subjectKey, String meter, Instant from, Instant to, int most) {
        List<Sample> found = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> stored = store.range(
                key(subjectKey, meter, from, new byte[ID_BYTES]),
                key(subjectKey, meter, to.minus(1, ChronoUnit.MICROS), idOfOnes()))) {
            while (stored.hasNext() && found.size() < most) {
                var entry = stored.next();
                found.add(sample(entry.key.get(), entry.value));
            }
        }
        return found;
    }

    private static byte[] idOfOnes() {
        byte[] ones = new byte[ID_BYTES];
        Arrays.fill(ones, (byte) 0xFF);
        return ones;
    }

    private static Sample sample(byte[] key, byte[] value) {
        ByteBuffer tail = ByteBuffer.wrap(key, key.length - Long.BYTES - ID_BYTES, Long.BYTES + ID_BYTES);
        Instant eventTime = instant(tail.getLong() ^ Long.MIN_VALUE);
        byte[] id = new byte[ID_BYTES];
        tail.get(id);
        ByteBuffer in = ByteBuffer.wrap(value);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalStateException("a sample was stored by a newer release (version " + version + ")");
        }
        Instant appendedAt = instant(in.getLong());
        long offset = in.getLong();
        int index = in.getInt();
        byte[] unscaled = new byte[in.remaining()];
        in.get(unscaled);
        return new Sample(
                EventId.fromBytes(id),
                new BigDecimal(new BigInteger(unscaled), Quantity.SCALE),
                eventTime,
                appendedAt,
                offset,
                index);
    }

    private static Bytes key(String subjectKey, String meter, Instant eventTime, byte[] id) {
        byte[] subject = subjectKey.getBytes(StandardCharsets.UTF_8);
        byte[] name = meter.getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(2 + subject.length + 2 + name.length + Long.BYTES + ID_BYTES)
                .putShort((short) subject.length)
                .put(subject)
                .putShort((short) name.length)
                .put(name)
                // So that times before 1970 would sort before the others, as in the keys of counters.
                .putLong(micros(eventTime) ^ Long.MIN_VALUE)
                .put(id)
                .array());
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
