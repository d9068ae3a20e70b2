package io.tollgate.server.runtime;

import io.tollgate.server.http.Readiness.Check;
import java.time.Duration;
import java.util.function.Supplier;

/// A check that asks at most once a second however often health is asked for; in between, and while one caller asks,
/// the
/// others get the last answer.
final class AskedRarely implements Supplier<Check> {
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Supplier<Check> check;
    private volatile Check last = Check.down("not asked yet");
    private long askedNanos = System.nanoTime() - EVERY.toNanos();
    private boolean asking;

    AskedRarely(Supplier<Check> check) {
        this.check = check;
    }

    @Override
    public Check get() {
        synchronized (this) {
            if (asking || System.nanoTime() - askedNanos < EVERY.toNanos()) {
                return last;
            }
            asking = true;
        }
        try {
            last = check.get();
        } finally {
            synchronized (this) {
                asking = false;
                askedNanos = System.nanoTime();
            }
        }
        return last;
    }
}
