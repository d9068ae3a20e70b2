package io.tollgate.server.runtime;

import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.meter.Operation;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.Metrics;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// How meters are counted, as definitions tell of them.
record DefinedOperations(Definitions definitions, InstantSource clock) implements MeterOperations {
    @Override
    public Operation of(SubjectKey subject, String meter) {
        return new Metrics(definitions)
                .metric(subject.organizationId(), subject.subject(), meter, clock.instant())
                .settings()
                .operation();
    }

    @Override
    public Map<String, Operation> agreed(OrganizationId organizationId, Collection<String> meters) {
        Map<String, Operation> agreed = new HashMap<>();
        definitions.operations(organizationId, Set.copyOf(meters)).forEach((meter, operations) -> {
            if (operations.size() == 1) {
                agreed.put(meter, operations.iterator().next());
            }
        });
        return agreed;
    }
}
