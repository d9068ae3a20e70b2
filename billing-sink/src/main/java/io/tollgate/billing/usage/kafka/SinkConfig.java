package io.tollgate.billing.usage.kafka;

import java.time.Duration;

/// How the sink consumes.
///
/// @param threads consumers of each topic in this process, 1 to 64; more than the topic has partitions are idle
/// @param batchRecordsMax most records of one transaction, 1 to 100,000: more records per commit mean fewer commits,
/// and
/// more memory and more to write again after a failure
/// @param backOffMax longest pause between attempts while PostgreSQL or the registry is away, 100 ms to 1 min; a
/// consumer that pauses for longer than Kafka's poll interval would lose its partitions
public record SinkConfig(int threads, int batchRecordsMax, Duration backOffMax) {
    public static final SinkConfig DEFAULT = new SinkConfig(2, 10_000, Duration.ofSeconds(5));

    public SinkConfig {
        if (threads < 1 || threads > 64) {
            throw new IllegalArgumentException("threads must be 1 to 64, not " + threads);
        }
        if (batchRecordsMax < 1 || batchRecordsMax > 100_000) {
            throw new IllegalArgumentException("batchRecordsMax must be 1 to 100,000, not " + batchRecordsMax);
        }
        if (backOffMax.compareTo(Duration.ofMillis(100)) < 0 || backOffMax.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("backOffMax must be 100 ms to 1 min, not " + backOffMax);
        }
    }
}
