package io.tollgate.quota.store;

import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.period.WindowSize;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;

/// Which counter: one meter of one subject in one window.
///
/// As bytes: length and UTF-8 of the subject's record key, length and UTF-8 of the meter, the size's code, the window's
/// start. So the counters of a subject, of a subject's meter, and of one size of it lie together, in order of time.
///
/// @param subjectKey the record key of the subject, `organization/subject`
/// @param start first instant of the window, whole seconds
public record CounterKey(String subjectKey, String meter, WindowSize size, Instant start) {
    /// The order in which a subject's meters are stored: by length in UTF-8, then by bytes.
    public static final Comparator<String> METER_ORDER = Comparator.<String>comparingInt(CounterKey::utf8Length)
            .thenComparing(meter -> meter.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    public static CounterKey of(SubjectKey subjectKey, String meter, WindowSize size, Instant start) {
        return new CounterKey(subjectKey.recordKey(), meter, size, start);
    }

    public byte[] toBytes() {
        byte[] subject = subjectKey.getBytes(StandardCharsets.UTF_8);
        byte[] name = meter.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + subject.length + 2 + name.length + 1 + Long.BYTES)
                .putShort((short) subject.length)
                .put(subject)
                .putShort((short) name.length)
                .put(name)
                .put(size.code())
                .putLong(start.getEpochSecond() ^ Long.MIN_VALUE)
                .array();
    }

    public static CounterKey fromBytes(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        String subject = text(in);
        String meter = text(in);
        WindowSize size = WindowSize.ofCode(in.get());
        return new CounterKey(subject, meter, size, Instant.ofEpochSecond(in.getLong() ^ Long.MIN_VALUE));
    }

    /// Beginning of the bytes of every counter of the subject.
    static byte[] prefix(String subjectKey) {
        byte[] subject = subjectKey.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + subject.length)
                .putShort((short) subject.length)
                .put(subject)
                .array();
    }

    /// Beginning of the bytes of every counter of the subject's meter.
    static byte[] prefix(String subjectKey, String meter) {
        byte[] subject = subjectKey.getBytes(StandardCharsets.UTF_8);
        byte[] name = meter.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + subject.length + 2 + name.length)
                .putShort((short) subject.length)
                .put(subject)
                .putShort((short) name.length)
                .put(name)
                .array();
    }

    /// Beginning of the bytes of every counter of `size` of the subject's meter.
    static byte[] prefix(String subjectKey, String meter, WindowSize size) {
        byte[] ofMeter = prefix(subjectKey, meter);
        byte[] withSize = Arrays.copyOf(ofMeter, ofMeter.length + 1);
        withSize[ofMeter.length] = size.code();
        return withSize;
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
