package io.tollgate.billing.usage.kafka;

import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.EventCorrected;

/// Counted events as the log has them, for whoever reads it beside the sink.
public final class CountedEvents {
    private CountedEvents() {}

    /// @throws IllegalArgumentException for what the contract allows in form but not in meaning
    public static CountedEvent read(AcceptedEvent event) {
        return UsageAvro.fromAvro(event);
    }

    /// @throws IllegalArgumentException as above
    public static EventCorrection read(EventCorrected corrected) {
        return UsageAvro.fromAvro(corrected);
    }
}
