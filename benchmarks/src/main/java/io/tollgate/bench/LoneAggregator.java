package io.tollgate.bench;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.aggregate.usage.topology.AggregatorConfig;
import io.tollgate.aggregate.usage.topology.UsageAggregator;
import io.tollgate.aggregate.usage.topology.UsageMetrics;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.quota.ledger.Quotas;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.server.embedded.DataFolder;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The aggregator and its ledgers in this process, without a server around them. One quota, or none, covers everything.
final class LoneAggregator implements AutoCloseable {
    private static final Duration HORIZON = Duration.ofDays(35);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(20);
    /// Nobody is asked at it.
    private static final String ADDRESS = "127.0.0.1:1";

    private final DataFolder folder;
    private final Ledgers ledgers;
    private final UsageAggregator aggregator;

    /// Starts counting.
    LoneAggregator(Rig rig, int threads, Optional<Quota> quota) {
        this.folder = rig.instanceFolder();
        this.ledgers = new Ledgers(
                new OneForAll(quota),
                InstantSource.system(),
                rig.logEnds(),
                (partition, id, epoch, admittedAt, reservation) ->
                        CompletableFuture.completedFuture(AdmissionOutcome.Fate.FAILED),
                ADDRESS,
                partition -> Optional.empty());
        this.aggregator = new UsageAggregator(
                new AggregatorConfig(
                        rig.bootstrapServers(),
                        folder.streams(),
                        ADDRESS,
                        threads,
                        0,
                        HORIZON,
                        (short) 1,
                        Rig.PARTITIONS),
                rig.schemaRegistry(),
                new UsageMetrics(new SimpleMeterRegistry()),
                ledgers,
                new Metrics(new Definitions(InstantSource.system())));
        aggregator.start();
    }

    Ledgers ledgers() {
        return ledgers;
    }

    boolean running() {
        return aggregator.running();
    }

    /// Ends in order: what is counted is committed.
    void stop() throws IOException {
        if (!aggregator.close(CLOSE_WITHIN)) {
            throw new IOException("the aggregator did not stop");
        }
    }

    @Override
    public void close() {
        aggregator.close();
        ledgers.close();
        folder.close();
    }

    private record OneForAll(Optional<Quota> quota) implements Quotas {
        @Override
        public Optional<Quota> quota(String subjectKey, String meter) {
            return quota;
        }

        @Override
        public boolean awaitApplied(long position, Duration atMost) {
            return true;
        }
    }
}
