package io.tollgate.control.key;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Uses of keys that are not written down yet. Noting one costs a look into a map, for a request must not wait for a
/// database. Thread-safe.
public final class KeyUses {
    /// How precise the time of a use is: a key is written down at most once in it.
    public static final Duration PRECISION = Duration.ofMinutes(1);

    /// Keys that are noted between two writings; uses of more keys than that are not noted.
    public static final int KEYS_MAX = 10_000;

    private final InstantSource clock;
    private final Map<String, Instant> noted = new ConcurrentHashMap<>();

    public KeyUses(InstantSource clock) {
        this.clock = clock;
    }

    /// A request with the key passed authentication.
    public void used(String keyId) {
        if (!noted.containsKey(keyId) && noted.size() < KEYS_MAX) {
            noted.put(keyId, clock.instant());
        }
    }

    /// What was noted since the last call, by the id of the key.
    public Map<String, Instant> drain() {
        Map<String, Instant> drained = new HashMap<>(noted);
        drained.forEach(noted::remove);
        return drained;
    }
}
