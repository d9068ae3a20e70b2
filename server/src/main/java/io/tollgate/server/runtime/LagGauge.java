package io.tollgate.server.runtime;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// The last known lag of counting, refreshed in the background so that health checks and scrapes answer at once.
final class LagGauge implements AutoCloseable {
    private static final Duration REFRESH_EVERY = Duration.ofSeconds(2);

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("lag-gauge").factory());
    private volatile long records = -1;

    LagGauge(PipelineLag lag) {
        timer.scheduleWithFixedDelay(
                () -> records = lag.uncounted().orElse(-1), 0, REFRESH_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Records behind; -1 while the broker does not answer.
    long records() {
        return records;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
