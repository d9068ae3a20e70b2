package io.tollgate.server.runtime;

import io.tollgate.contract.SubjectId;
import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.cycle.OverageReads;
import io.tollgate.metering.limit.BreachAction;
import io.tollgate.quota.metric.MetricReader;
import io.tollgate.quota.metric.MetricReads;
import io.tollgate.quota.metric.MetricValue;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/// Use beyond limits, asked of the owners of the counters.
record OverageUse(MetricReads reads) implements OverageReads {
    private static final Comparator<MetricValue.Tested> LONGEST = Comparator.comparing(
                    (MetricValue.Tested tested) -> tested.status().limit().period())
            .thenComparing(tested -> tested.status().limit().id());

    @Override
    public Optional<Use> use(CycleKey key, Instant at) throws UnavailableException {
        return switch (reads.readAt(
                key.organizationId(),
                SubjectId.tenant(key.tenantId()),
                key.meter().value(),
                at)) {
            case MetricReader.Outcome.Unavailable unavailable -> throw new UnavailableException(unavailable.why());
            case MetricReader.Outcome.Found found -> {
                // A copy may lag behind; units that it does not know of yet would come later, or with a window's end
                // not.
                if (found.stale()) {
                    throw new UnavailableException("the counters are changing hands");
                }
                yield found.metrics().getFirst().limits().stream()
                        .filter(tested -> tested.status().limit().action() == BreachAction.ALLOW_OVERAGE
                                && tested.status().limit().operator().boundsAbove())
                        .max(LONGEST)
                        .map(tested -> new Use(
                                tested.status().usage(),
                                tested.status().limit().value(),
                                tested.since(),
                                tested.resetsAt()));
            }
        };
    }
}
