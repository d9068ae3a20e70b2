package io.tollgate.server.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.PartitionStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gauges of the partitions owned here, one series per partition; those of partitions that have left go with them.
final class PartitionMetrics implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionMetrics.class);
    private static final Duration REFRESH_EVERY = Duration.ofSeconds(2);
    private static final double MILLIS_PER_SECOND = 1_000;

    private final OwnerNode node;
    private final MeterRegistry registry;
    private final Map<MultiGauge, ToDoubleFunction<PartitionStatus>> gauges = new LinkedHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("partition-metrics").factory());

    PartitionMetrics(OwnerNode node, MeterRegistry registry) {
        this.node = node;
        this.registry = registry;
        gauge(
                "open",
                "1 while the partition's ledger admits, else 0",
                status -> status.closedWhy().isEmpty() ? 1 : 0);
        gauge("lag.records", "Records in the log that are not counted yet; -1 if not known", PartitionStatus::lag);
        gauge("pending.events", "Events admitted and not counted yet", PartitionStatus::pending);
        gauge(
                "oldest.unresolved.seconds",
                "Age of the oldest admission of unknown outcome; 0 if there is none",
                status -> seconds(status.oldestUnresolved()));
        gauge(
                "backstop.rejects",
                "Events that the backstop refused since this instance took the partition over",
                PartitionStatus::backstopRejects);
        gauge(
                "late.records",
                "Limited events that reached the log too late since this instance took the partition over",
                PartitionStatus::lateRecords);
        gauge(
                "delay.min.seconds",
                "Least append time minus admission time of the last minute; below 0: this clock is ahead of the broker's",
                status -> seconds(status.delayMin()));
        gauge(
                "delay.max.seconds",
                "Greatest append time minus admission time of the last minute",
                status -> seconds(status.delayMax()));
        timer.scheduleWithFixedDelay(this::refresh, 0, REFRESH_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void gauge(String name, String description, ToDoubleFunction<PartitionStatus> value) {
        gauges.put(
                MultiGauge.builder("tollgate.partition." + name)
                        .description(description)
                        .register(registry),
                value);
    }

    private static double seconds(Optional<Duration> duration) {
        return duration.map(known -> known.toMillis() / MILLIS_PER_SECOND).orElse(0.0);
    }

    private void refresh() {
        try {
            List<PartitionStatus> owned = node.status();
            gauges.forEach((gauge, value) -> {
                List<MultiGauge.Row<?>> rows = new ArrayList<>(owned.size());
                for (PartitionStatus status : owned) {
                    rows.add(MultiGauge.Row.of(
                            Tags.of("partition", Integer.toString(status.partition())), value.applyAsDouble(status)));
                }
                gauge.register(rows, true);
            });
        } catch (RuntimeException e) {
            LOG.warn("the partitions' metrics are refreshed again shortly", e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
