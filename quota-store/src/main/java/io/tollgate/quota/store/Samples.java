package io.tollgate.quota.store;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/// The samples of one partition, one entry per event. As key: length and UTF-8 of the subject's record key, the same of
/// the meter, the event time in microseconds, the 16 bytes of the event id; so those of a window lie together. As
/// value: a version byte, append time, offset, index, and the quantity as unscaled two's complement. Written and read
/// by the task's thread.
///
/// Samples go [#KEPT] after their hour. Before all of them, since no subject's key is empty, lies an index by which
/// they
/// are found then: two zero bytes, the start of the hour in seconds, and the beginning of the keys of a subject's
/// meter;
/// the version byte as value. One entry for each hour of a subject's meter that has samples.
public final class Samples implements SampleReader {
    /// How long samples are kept after the end of the hour that their events happened in: as long as an idempotency key
    /// is recognised, so that what can still be sent again can be found anew. Longer costs some 100 bytes per event of
    /// a
    /// MIN, MAX or LAST meter, up to 1 MB per subject, meter and hour.
    public static final Duration KEPT = Duration.ofDays(35);

    private static final byte VERSION = 1;
    private static final int ID_BYTES = 16;
    private static final int INDEX_BYTES = 2 + Long.BYTES;
    private static final long HOUR_SECONDS = 3_600;

    private final KeyValueStore<Bytes, byte[]> store;
    /// No sample is of an hour that began before; so the index is read once for each hour and not for each record.
    private Instant oldestHour = Instant.MIN;

    public Samples(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /// Keeps an event that is counted, unless its time is over when it comes.
    public void put(String subjectKey, String meter, Sample sample) {
        Instant hour = hour(sample.eventTime());
        if (over(hour, sample.appendedAt())) {
            return;
        }
        store.putIfAbsent(indexKey(hour, prefix(subjectKey, meter)), new byte[] {VERSION});
        oldestHour = hour.isBefore(oldestHour) ? hour : oldestHour;
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

    /// Forgets samples whose time is over, oldest hours first. Costs nothing while there are none.
    ///
    /// @param now append time of the record in hand, so that the same log leaves the same samples
    /// @param most samples and hours that are removed
    public void forgetOld(Instant now, int most) {
        int left = most;
        while (left > 0 && over(oldestHour, now)) {
            Optional<Bytes> oldest = first(Bytes.wrap(new byte[INDEX_BYTES]), indexEnd());
            if (oldest.isEmpty()) {
                oldestHour = Instant.MAX;
                return;
            }
            byte[] entry = oldest.get().get();
            oldestHour = Instant.ofEpochSecond(ByteBuffer.wrap(entry).getLong(2) ^ Long.MIN_VALUE);
            if (over(oldestHour, now)) {
                left -= forgetHour(oldest.get(), Arrays.copyOfRange(entry, INDEX_BYTES, entry.length), left);
            }
        }
    }

    /// Forgets samples of the oldest hour, and the index's entry once none is left.
    ///
    /// @return how many entries of the store are removed
    private int forgetHour(Bytes indexEntry, byte[] prefix, int most) {
        List<Bytes> due = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> stored = store.range(
                key(prefix, oldestHour, new byte[ID_BYTES]),
                key(prefix, oldestHour.plusSeconds(HOUR_SECONDS).minus(1, ChronoUnit.MICROS), idOfOnes()))) {
            while (stored.hasNext() && due.size() < most) {
                due.add(stored.next().key);
            }
        }
        if (due.size() < most) {
            due.add(indexEntry);
        }
        due.forEach(store::delete);
        return due.size();
    }

    private Optional<Bytes> first(Bytes from, Bytes to) {
        try (KeyValueIterator<Bytes, byte[]> stored = store.range(from, to)) {
            return stored.hasNext() ? Optional.of(stored.next().key) : Optional.empty();
        }
    }

    private static boolean over(Instant hour, Instant now) {
        return !hour.isAfter(now.minus(KEPT).minusSeconds(HOUR_SECONDS));
    }

    private static Instant hour(Instant time) {
        return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), HOUR_SECONDS) * HOUR_SECONDS);
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

    private static Bytes indexKey(Instant hour, byte[] prefix) {
        return Bytes.wrap(ByteBuffer.allocate(INDEX_BYTES + prefix.length)
                .putShort((short) 0)
                .putLong(hour.getEpochSecond() ^ Long.MIN_VALUE)
                .put(prefix)
                .array());
    }

    /// Before every sample, after the index.
    private static Bytes indexEnd() {
        return Bytes.wrap(new byte[] {0, 1});
    }

    /// Beginning of the keys of a subject's meter.
    private static byte[] prefix(String subjectKey, String meter) {
        byte[] subject = subjectKey.getBytes(StandardCharsets.UTF_8);
        byte[] name = meter.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + subject.length + 2 + name.length)
                .putShort((short) subject.length)
                .put(subject)
                .putShort((short) name.length)
                .put(name)
                .array();
    }

    private static Bytes key(String subjectKey, String meter, Instant eventTime, byte[] id) {
        return key(prefix(subjectKey, meter), eventTime, id);
    }

    private static Bytes key(byte[] prefix, Instant eventTime, byte[] id) {
        return Bytes.wrap(ByteBuffer.allocate(prefix.length + Long.BYTES + ID_BYTES)
                .put(prefix)
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
