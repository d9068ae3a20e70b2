package io.tollgate.aggregate.usage.topology;

import io.tollgate.quota.metric.MetricValue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/// What was told of plan limits, by limit and window. Key: length and UTF-8 of the subject's record key, length and
/// UTF-8 of the meter, length and UTF-8 of the limit's id, in seconds since when usage is compared: the start of
/// the window, or the cut in it. Value: one byte.
///
/// Of one limit the newest [#WINDOWS_KEPT] windows that it was told of are kept: a history of older ones that is
/// imported afterwards is told once more.
final class LimitMarks {
    /// What was told of a limit in a window.
    enum Mark {
        NONE(0),
        BREACHED(1),
        RECOVERED(2);

        private final byte code;

        Mark(int code) {
            this.code = (byte) code;
        }
    }

    /// More than a year of days.
    static final int WINDOWS_KEPT = 400;

    /// Marks kept in memory, so that a metric that changes with every record is not looked up with every record.
    private static final int REMEMBERED_MAX = 50_000;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Map<Bytes, Mark> remembered = new HashMap<>();

    LimitMarks(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    Mark find(String subjectKey, MetricValue.Tested tested, Instant since) {
        Bytes key = key(subjectKey, tested, since);
        Mark known = remembered.get(key);
        if (known != null) {
            return known;
        }
        byte[] stored = store.get(key);
        Mark mark = stored == null ? Mark.NONE : stored[0] == Mark.BREACHED.code ? Mark.BREACHED : Mark.RECOVERED;
        remember(key, mark);
        return mark;
    }

    void put(String subjectKey, MetricValue.Tested tested, Instant since, Mark mark) {
        Bytes key = key(subjectKey, tested, since);
        boolean first = store.get(key) == null;
        store.put(key, new byte[] {mark.code});
        remember(key, mark);
        if (first) {
            forgetOldest(subjectKey, tested);
        }
    }

    private void forgetOldest(String subjectKey, MetricValue.Tested tested) {
        List<Bytes> keys = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> marks =
                store.range(key(subjectKey, tested, Instant.EPOCH), key(subjectKey, tested, Instant.MAX))) {
            marks.forEachRemaining(mark -> keys.add(mark.key));
        }
        for (Bytes oldest : keys.subList(0, Math.max(0, keys.size() - WINDOWS_KEPT))) {
            store.delete(oldest);
            remembered.remove(oldest);
        }
    }

    private void remember(Bytes key, Mark mark) {
        if (remembered.size() >= REMEMBERED_MAX) {
            remembered.clear();
        }
        remembered.put(key, mark);
    }

    private static Bytes key(String subjectKey, MetricValue.Tested tested, Instant since) {
        byte[] subject = subjectKey.getBytes(StandardCharsets.UTF_8);
        byte[] meter = tested.status().limit().meter().getBytes(StandardCharsets.UTF_8);
        byte[] limit = tested.status().limit().id().getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(6 + subject.length + meter.length + limit.length + Long.BYTES)
                .putShort((short) subject.length)
                .put(subject)
                .putShort((short) meter.length)
                .put(meter)
                .putShort((short) limit.length)
                .put(limit)
                .putLong(since.getEpochSecond())
                .array());
    }
}
