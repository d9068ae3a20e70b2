package io.tollgate.aggregate.usage.topology;

import java.nio.file.Path;
import java.time.Duration;

/// How the aggregator runs.
///
/// @param bootstrapServers where Kafka is
/// @param stateDir folder for the state stores; rebuilt from the log when lost
/// @param advertisedAddress `host:port` at which other instances ask this one for its counters
/// @param streamThreads threads that process, 1 to 64; more than partitions are idle
/// @param standbys copies of each store on other instances, 0 to 3; a copy shortens hand-over to seconds
/// @param dedupHorizon how long an idempotency key is recognised after its arrival, 1 minute to 400 days; longer costs
///     about 60 bytes of disk per event for up to three times the horizon, shorter counts a client twice that replays
/// an
/// older
///     queue
/// @param replication copies of each internal topic, as of the topics of the catalogue
/// @param partitions how many partitions `usage-events` has, fixed for the installation
public record AggregatorConfig(
        String bootstrapServers,
        Path stateDir,
        String advertisedAddress,
        int streamThreads,
        int standbys,
        Duration dedupHorizon,
        short replication,
        int partitions) {
    public AggregatorConfig {
        check(streamThreads >= 1 && streamThreads <= 64, "stream threads: 1 to 64");
        check(standbys >= 0 && standbys <= 3, "standbys: 0 to 3");
        check(
                dedupHorizon.compareTo(Duration.ofMinutes(1)) >= 0 && dedupHorizon.compareTo(Duration.ofDays(400)) <= 0,
                "deduplication horizon: 1 minute to 400 days");
        check(replication >= 1, "replication: at least 1");
        check(partitions >= 1, "partitions: at least 1");
    }

    private static void check(boolean ok, String bound) {
        if (!ok) {
            throw new IllegalArgumentException(bound);
        }
    }
}
