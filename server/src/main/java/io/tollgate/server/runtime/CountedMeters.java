package io.tollgate.server.runtime;

import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.metric.MeterPresence;
import io.tollgate.control.metric.MetricKey;
import io.tollgate.metering.metric.Metric;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.quota.metric.MetricReader;
import io.tollgate.quota.metric.MetricValue;
import java.util.List;
import java.util.Optional;

/// Metrics that nobody gave settings, as the owners of their counters know them.
record CountedMeters(MetricReader reads) implements MeterPresence {
    @Override
    public Optional<ImplicitMeter> find(MetricKey key) {
        return switch (reads.read(
                key.organizationId(), key.subject(), List.of(key.meter().value()), Optional.empty())) {
            case MetricReader.Outcome.Unavailable unavailable ->
                throw Problem.of(ErrorCode.OWNER_UNAVAILABLE, unavailable.why()).retryAfter(1);
            case MetricReader.Outcome.Found found -> implicit(found.metrics().getFirst());
        };
    }

    private static Optional<ImplicitMeter> implicit(MetricValue value) {
        MetricSettings settings = value.metric().settings();
        return value.exists() && value.metric().origin() != Metric.Origin.API
                ? Optional.of(new ImplicitMeter(settings.operation(), settings.type()))
                : Optional.empty();
    }
}
