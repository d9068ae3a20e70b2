package io.tollgate.server.runtime;

import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.metric.MetricKey;
import io.tollgate.control.metric.MetricUpdates;
import io.tollgate.ingest.http.MetricRecorder;
import io.tollgate.metering.quantity.Quantity;
import jakarta.inject.Singleton;
import java.util.Optional;

/// Updates recorded by the gateway of this instance.
@Singleton
final class RecordedUpdates implements MetricUpdates {
    private final Optional<MetricRecorder> recorder;

    RecordedUpdates(Optional<MetricRecorder> recorder) {
        this.recorder = recorder;
    }

    @Override
    public void record(MetricKey key, Quantity value) {
        recorder.orElseThrow(() -> Problem.of(
                        ErrorCode.NOT_CONFIGURED,
                        "The metric exists, and this instance has no gateway role to record its initial_value with:"
                                + " leave initial_value out, or send a PUT of the value."))
                .record(key.organizationId(), key.subject(), key.meter(), value);
    }
}
