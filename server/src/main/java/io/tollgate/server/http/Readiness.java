package io.tollgate.server.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/// What must work for this instance to serve its roles, and whether it does.
public final class Readiness {
    /// State of one part.
    public enum Status {
        /// Works.
        UP,
        /// Works, behind or with less than it should have; requests are served.
        DEGRADED,
        /// Does not work: the instance is not ready.
        DOWN
    }

    /// One part's state.
    ///
    /// @param lag records behind, or -1 where that has no meaning
    /// @param why one sentence if it is not up, else empty
    public record Check(Status status, long lag, String why) {
        public static Check up() {
            return new Check(Status.UP, -1, "");
        }

        public static Check down(String why) {
            return new Check(Status.DOWN, -1, why);
        }
    }

    private record Part(String name, Supplier<Check> check) {}

    private final List<Part> parts = new CopyOnWriteArrayList<>();

    /// Adds a part. A supplier may ask what it watches, for a second or two at most, and is called by many threads.
    public void watch(String part, Supplier<Check> check) {
        parts.add(new Part(part, check));
    }

    /// The state of every part, by name.
    public Map<String, Check> checks() {
        Map<String, Check> checks = new LinkedHashMap<>();
        parts.forEach(part -> checks.put(part.name(), part.check().get()));
        return checks;
    }

    public boolean ready() {
        return checks().values().stream().noneMatch(check -> check.status() == Status.DOWN);
    }
}
