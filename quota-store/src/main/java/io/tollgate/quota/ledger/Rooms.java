package io.tollgate.quota.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The hot windows of one partition.
final class Rooms {
    /// Windows kept hot. Each takes some 500 bytes.
    static final int ROOMS_MAX = 200_000;

    /// A window that nobody asked for in this time is looked up anew when somebody does.
    static final Duration HOT_FOR = Duration.ofMinutes(1);

    private final Map<String, Map<String, List<Room>>> bySubject = new HashMap<>();
    private int count;

    void add(Room room) {
        bySubject
                .computeIfAbsent(room.key.subjectKey(), subject -> new HashMap<>())
                .computeIfAbsent(room.key.meter(), meter -> new ArrayList<>(1))
                .add(room);
        count++;
    }

    @Nullable
    Room find(RoomKey key) {
        for (Room room : of(key.subjectKey(), key.meter())) {
            if (room.key.span().equals(key.span())) {
                return room;
            }
        }
        return null;
    }

    /// A window that the caller has seen to be here.
    Room hot(RoomKey key, Moment now) {
        Room room = find(key);
        if (room == null) {
            throw new IllegalStateException("window not loaded: " + key);
        }
        room.usedNanos = now.monotonicNanos();
        return room;
    }

    /// Does something to every window that holds `time`.
    void holding(String subjectKey, String meter, Instant time, Consumer<Room> action) {
        for (Room room : of(subjectKey, meter)) {
            if (room.key.span().contains(time)) {
                action.accept(room);
            }
        }
    }

    void forEach(Consumer<Room> action) {
        bySubject.values().forEach(meters -> meters.values().forEach(list -> list.forEach(action)));
    }

    /// Forgets windows that nobody has asked for lately; all that are not in use, if there are too many.
    void coolDown(Moment now, Function<Room, Boolean> inUse) {
        long before = now.monotonicNanos() - (count > ROOMS_MAX ? 0 : HOT_FOR.toNanos());
        Iterator<Map<String, List<Room>>> subjects = bySubject.values().iterator();
        while (subjects.hasNext()) {
            Map<String, List<Room>> meters = subjects.next();
            meters.values().removeIf(list -> {
                int size = list.size();
                list.removeIf(room -> room.usedNanos - before < 0 && !inUse.apply(room));
                count -= size - list.size();
                return list.isEmpty();
            });
            if (meters.isEmpty()) {
                subjects.remove();
            }
        }
    }

    private List<Room> of(String subjectKey, String meter) {
        Map<String, List<Room>> ofSubject = bySubject.get(subjectKey);
        return ofSubject == null ? List.of() : ofSubject.getOrDefault(meter, List.of());
    }
}
