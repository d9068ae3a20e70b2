package io.tollgate.control.provider;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/// Counts what comes in at the routes for providers.
public final class ReceivedEvents {
    private final Counter stored;
    private final Counter duplicates;
    private final Counter refused;

    public ReceivedEvents(MeterRegistry metrics) {
        this.stored =
                counter("tollgate.provider.events.stored", "Events of payment providers that were stored", metrics);
        this.duplicates =
                counter("tollgate.provider.events.duplicates", "Events of payment providers that came again", metrics);
        this.refused = counter(
                "tollgate.provider.events.refused",
                "Requests at webhook routes with a wrong signature or body",
                metrics);
    }

    private static Counter counter(String name, String description, MeterRegistry metrics) {
        return Counter.builder(name).description(description).register(metrics);
    }

    public void stored(boolean isNew) {
        (isNew ? stored : duplicates).increment();
    }

    public void refused() {
        refused.increment();
    }
}
