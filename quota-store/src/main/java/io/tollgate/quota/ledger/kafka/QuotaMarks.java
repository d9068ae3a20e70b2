package io.tollgate.quota.ledger.kafka;

import io.tollgate.quota.ledger.QuotaMark;
import io.tollgate.quota.ledger.RoomKey;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/// How the mark of a quota's window is stored. Key: length and UTF-8 of the subject's record key, length and UTF-8 of
/// the
/// meter, start and end of the window in seconds. Value: a version byte, the signalled bits, whether it is unbounded,
/// the
/// grace's start in microseconds, and the granted ceiling as unscaled two's complement.
public final class QuotaMarks {
    private static final byte VERSION = 1;
    private static final long ABSENT = Long.MIN_VALUE;

    private QuotaMarks() {}

    /// The mark of a window as stored.
    static QuotaMark find(ReadOnlyKeyValueStore<Bytes, byte[]> store, RoomKey room) {
        byte[] value = store.get(key(room));
        return value == null ? QuotaMark.NONE : fromBytes(value);
    }

    public static Bytes key(RoomKey room) {
        byte[] subject = room.subjectKey().getBytes(StandardCharsets.UTF_8);
        byte[] meter = room.meter().getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(2 + subject.length + 2 + meter.length + 2 * Long.BYTES)
                .putShort((short) subject.length)
                .put(subject)
                .putShort((short) meter.length)
                .put(meter)
                .putLong(room.span().start().getEpochSecond())
                .putLong(room.span().end().getEpochSecond())
                .array());
    }

    public static byte[] toBytes(QuotaMark mark) {
        BigDecimal granted = mark.granted();
        byte[] unscaled = granted == null ? new byte[0] : StoredValues.unscaled(granted);
        Instant graceStart = mark.graceStart();
        return ByteBuffer.allocate(1 + Integer.BYTES + 1 + Long.BYTES + unscaled.length)
                .put(VERSION)
                .putInt(mark.signalled())
                .put((byte) (mark.unbounded() ? 1 : 0))
                .putLong(graceStart == null ? ABSENT : StoredValues.micros(graceStart))
                .put(unscaled)
                .array();
    }

    static QuotaMark fromBytes(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalStateException("a quota's mark was stored by a newer release (version " + version + ")");
        }
        int signalled = in.getInt();
        boolean unbounded = in.get() == 1;
        long grace = in.getLong();
        byte[] unscaled = new byte[in.remaining()];
        in.get(unscaled);
        return new QuotaMark(
                unscaled.length == 0 ? null : StoredValues.number(unscaled),
                unbounded,
                grace == ABSENT ? null : StoredValues.instant(grace),
                signalled);
    }
}
