package io.tollgate.server.runtime;

import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.meter.Operation;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.Metrics;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

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
    public Set<String> notSummed(OrganizationId organizationId, Collection<String> meters) {
        return definitions.operations(organizationId, Set.copyOf(meters)).entrySet().stream()
                .filter(meter -> !meter.getValue().equals(EnumSet.of(Operation.SUM)))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }
}
