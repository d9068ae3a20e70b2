package io.tollgate.aggregate.usage.topology;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.aggregate.usage.Verdict.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/// How many events met which verdict in this process. After an aborted transaction events are judged again and counted
/// here
/// again: for watching, not for billing.
public final class UsageMetrics {
    private final Counter counted;
    private final Counter duplicates;
    private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);

    public UsageMetrics(MeterRegistry registry) {
        this.counted = outcome(registry, "counted", "");
        this.duplicates = outcome(registry, "duplicate", "");
        for (Reason reason : Reason.values()) {
            rejected.put(reason, outcome(registry, "rejected", reason.name()));
        }
    }

    void counted(int events) {
        counted.increment(events);
    }

    void duplicates(int events) {
        duplicates.increment(events);
    }

    void rejected(Reason reason) {
        Objects.requireNonNull(rejected.get(reason)).increment();
    }

    private static Counter outcome(MeterRegistry registry, String outcome, String reason) {
        return Counter.builder("tollgate.aggregator.events")
                .description("Events judged by this process, by outcome")
                .tag("outcome", outcome)
                .tag("reason", reason)
                .register(registry);
    }
}
