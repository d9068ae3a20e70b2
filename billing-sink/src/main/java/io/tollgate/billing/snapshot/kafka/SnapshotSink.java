package io.tollgate.billing.snapshot.kafka;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.billing.snapshot.Snapshot;
import io.tollgate.billing.snapshot.SnapshotStore;
import io.tollgate.billing.usage.kafka.SinkConfig;
import io.tollgate.billing.usage.kafka.UsageSink;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.event.MetricSnapshots;
import io.tollgate.metering.limit.MetricType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The consumer of `metric-snapshots`.
public final class SnapshotSink {
    /// A record holds the windows of one metric in one batch interval: few rows each.
    private static final SinkConfig CONFIG = new SinkConfig(1, 1_000, Duration.ofSeconds(5));

    private SnapshotSink() {}

    public static UsageSink sink(
            SnapshotStore store, String bootstrapServers, SchemaRegistry registry, MeterRegistry metrics) {
        return UsageSink.ofTopic(
                Topics.METRIC_SNAPSHOTS,
                SnapshotSink::fromAvro,
                store::store,
                store,
                bootstrapServers,
                registry,
                CONFIG,
                metrics);
    }

    /// Throws [IllegalArgumentException] for what can never be stored.
    static List<Snapshot> fromAvro(MetricSnapshots record) {
        SubjectKey subject =
                new SubjectKey(new OrganizationId(record.getOrganizationId()), new SubjectId(record.getSubject()));
        MeterKey meter = new MeterKey(record.getMeter());
        MetricType type = type(record.getMetricType());
        return record.getRows().stream()
                .map(row -> new Snapshot(
                        subject,
                        meter,
                        row.getWindowStart(),
                        row.getWindowEnd(),
                        row.getValue(),
                        Optional.ofNullable(row.getDelta()),
                        type,
                        record.getFlushedAt()))
                .toList();
    }

    private static MetricType type(io.tollgate.definition.MetricType type) {
        return switch (type) {
            case RESET -> MetricType.RESET;
            case CHECKPOINT -> MetricType.CHECKPOINT;
            case STRIPE_BILLING -> MetricType.STRIPE_BILLING;
            case UNKNOWN ->
                throw new IllegalArgumentException("the type of the metric is not one that this version knows");
        };
    }
}
