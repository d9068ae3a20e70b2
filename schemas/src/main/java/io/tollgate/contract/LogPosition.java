package io.tollgate.contract;

import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A place in what is written: for some partitions of `usage-events` and some topics of definitions, the offset of the
/// last record that is included. What a write answers with (`Tollgate-Position`) and what a read may demand
/// (`Tollgate-After`). Opaque to callers.
///
/// @param offsets by partition of `usage-events`; never negative
/// @param definitions by topic, each of which has one partition; never negative
public record LogPosition(SortedMap<Integer, Long> offsets, SortedMap<String, Long> definitions) {
    /// Nothing is demanded.
    public static final LogPosition START = new LogPosition(new TreeMap<>(), new TreeMap<>());

    /// Longest text form in characters that is read: one entry for each of 1,000 partitions.
    public static final int TEXT_LENGTH_MAX = 32_768;

    private static final String VERSION = "1:";

    private static final Set<String> DEFINITIONS =
            Topics.definitions().stream().map(Topic::name).collect(Collectors.toUnmodifiableSet());

    public LogPosition {
        offsets = Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
        definitions = Collections.unmodifiableSortedMap(new TreeMap<>(definitions));
        for (Map.Entry<Integer, Long> entry : offsets.entrySet()) {
            if (entry.getKey() < 0 || entry.getValue() < 0) {
                throw new IllegalArgumentException("negative partition or offset in a log position");
            }
        }
        for (Map.Entry<String, Long> entry : definitions.entrySet()) {
            if (!DEFINITIONS.contains(entry.getKey()) || entry.getValue() < 0) {
                throw new IllegalArgumentException("not a topic of definitions, or a negative offset");
            }
        }
    }

    public static LogPosition of(int partition, long offset) {
        return ofEvents(new TreeMap<>(Map.of(partition, offset)));
    }

    /// @param offsets by partition of `usage-events`
    public static LogPosition ofEvents(SortedMap<Integer, Long> offsets) {
        return new LogPosition(offsets, new TreeMap<>());
    }

    /// @param topic one of [Topics#definitions()]
    public static LogPosition ofDefinition(String topic, long offset) {
        return new LogPosition(new TreeMap<>(), new TreeMap<>(Map.of(topic, offset)));
    }

    /// The later of both, partition by partition.
    public LogPosition max(LogPosition other) {
        return new LogPosition(later(offsets, other.offsets), later(definitions, other.definitions));
    }

    private static <K> SortedMap<K, Long> later(SortedMap<K, Long> one, SortedMap<K, Long> other) {
        TreeMap<K, Long> merged = new TreeMap<>(one);
        other.forEach((key, offset) -> merged.merge(key, offset, Math::max));
        return merged;
    }

    /// Offset that a read of `partition` must include, or -1 if nothing is demanded of it.
    public long offsetOf(int partition) {
        return offsets.getOrDefault(partition, -1L);
    }

    public String toText() {
        String plain = Stream.concat(
                        offsets.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()),
                        definitions.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()))
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
        TreeMap<String, Long> definitions = new TreeMap<>();
        for (String entry : plain.substring(VERSION.length()).split(",", -1)) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                String place = entry.substring(0, equals);
                long offset = Long.parseLong(entry.substring(equals + 1));
                if (DEFINITIONS.contains(place)) {
                    definitions.put(place, offset);
                } else {
                    offsets.put(Integer.parseInt(place), offset);
                }
            } else if (!entry.isEmpty()) {
                throw new IllegalArgumentException("not a position that this installation gave out");
            }
        }
        return new LogPosition(offsets, definitions);
    }
}
