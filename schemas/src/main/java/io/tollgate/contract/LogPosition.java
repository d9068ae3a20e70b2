package io.tollgate.contract;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A place in `usage-events`: for some partitions, the offset of the last record that is included. What a write answers
/// with (`Tollgate-Position`) and what a read may demand (`Tollgate-After`). Opaque to callers.
///
/// @param offsets by partition; never negative
public record LogPosition(SortedMap<Integer, Long> offsets) {
    /// Nothing is demanded.
    public static final LogPosition START = new LogPosition(new TreeMap<>());

    /// Longest text form in characters that is read: one entry for each of 1,000 partitions.
    public static final int TEXT_LENGTH_MAX = 32_768;

    private static final String VERSION = "1:";

    public LogPosition {
        offsets = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
        for (Map.Entry<Integer, Long> entry : offsets.entrySet()) {
            if (entry.getKey() < 0 || entry.getValue() < 0) {
                throw new IllegalArgumentException("negative partition or offset in a log position");
            }
        }
    }

    public static LogPosition of(int partition, long offset) {
        return new LogPosition(new TreeMap<>(Map.of(partition, offset)));
    }

    /// The later of both, partition by partition.
    public LogPosition max(LogPosition other) {
        TreeMap<Integer, Long> merged = new TreeMap<>(offsets);
        other.offsets.forEach((partition, offset) -> merged.merge(partition, offset, Math::max));
        return new LogPosition(merged);
    }

    /// Offset that a read of `partition` must include, or -1 if nothing is demanded of it.
    public long offsetOf(int partition) {
        return offsets.getOrDefault(partition, -1L);
    }

    public String toText() {
        String plain = offsets.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(",", VERSION, ""));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.US_ASCII));
    }

    /// Reads what [#toText()] wrote.
    ///
    /// @throws IllegalArgumentException for anything else
    public static LogPosition fromText(String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException("longer than a position can be");
        }
        String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII);
        if (!plain.startsWith(VERSION)) {
            throw new IllegalArgumentException("not a position that this installation gave out");
        }
        TreeMap<Integer, Long> offsets = new TreeMap<>();
        for (String entry : plain.substring(VERSION.length()).split(",", -1)) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                offsets.put(Integer.parseInt(entry.substring(0, equals)), Long.parseLong(entry.substring(equals + 1)));
            } else if (!entry.isEmpty()) {
                throw new IllegalArgumentException("not a position that this installation gave out");
            }
        }
        return new LogPosition(offsets);
    }
}
