package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.metering.metric.MetricSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The metrics with settings of their own. Any thread looks up; one thread changes.
final class MetricTable {
    private record Row(OrganizationId organizationId, SubjectId subject, String meter) {}

    private final Map<OrganizationId, Map<SubjectId, Map<String, MetricSettings>>> metrics = new ConcurrentHashMap<>();
    private final Map<String, Row> rows = new HashMap<>();
    private volatile int size;

    Optional<MetricSettings> find(OrganizationId organizationId, SubjectId subject, String meter) {
        Map<SubjectId, Map<String, MetricSettings>> ofOrganization = metrics.get(organizationId);
        if (ofOrganization == null) {
            return Optional.empty();
        }
        Map<String, MetricSettings> ofSubject = ofOrganization.get(subject);
        return ofSubject == null ? Optional.empty() : Optional.ofNullable(ofSubject.get(meter));
    }

    Set<String> meters(OrganizationId organizationId, SubjectId subject) {
        return Set.copyOf(metrics.getOrDefault(organizationId, Map.of())
                .getOrDefault(subject, Map.of())
                .keySet());
    }

    boolean any(OrganizationId organizationId) {
        return metrics.containsKey(organizationId);
    }

    /// Calls `each` with every setting that a subject of the organization has for one of `meters`.
    void forEach(OrganizationId organizationId, Set<String> meters, BiConsumer<String, MetricSettings> each) {
        for (Map<String, MetricSettings> ofSubject :
                metrics.getOrDefault(organizationId, Map.of()).values()) {
            ofSubject.forEach((meter, settings) -> {
                if (meters.contains(meter)) {
                    each.accept(meter, settings);
                }
            });
        }
    }

    void forEach(BiConsumer<OrganizationId, Map<SubjectId, Map<String, MetricSettings>>> each) {
        metrics.forEach(each);
    }

    int size() {
        return size;
    }

    void apply(String recordKey, @Nullable MetricDefinition definition) {
        if (definition == null) {
            Row row = rows.remove(recordKey);
            if (row != null) {
                remove(row);
            }
        } else {
            Row row = new Row(
                    new OrganizationId(definition.getOrganizationId()),
                    new SubjectId(definition.getSubject()),
                    definition.getName());
            MetricSettings settings = LimitAvro.fromAvro(definition);
            rows.put(recordKey, row);
            metrics.computeIfAbsent(row.organizationId(), id -> new ConcurrentHashMap<>())
                    .computeIfAbsent(row.subject(), id -> new ConcurrentHashMap<>())
                    .put(row.meter(), settings);
        }
        size = rows.size();
    }

    private void remove(Row row) {
        Map<SubjectId, Map<String, MetricSettings>> ofOrganization = metrics.get(row.organizationId());
        Map<String, MetricSettings> ofSubject = ofOrganization == null ? null : ofOrganization.get(row.subject());
        if (ofOrganization != null && ofSubject != null) {
            ofSubject.remove(row.meter());
            if (ofSubject.isEmpty()) {
                ofOrganization.remove(row.subject());
            }
            if (ofOrganization.isEmpty()) {
                metrics.remove(row.organizationId());
            }
        }
    }
}
