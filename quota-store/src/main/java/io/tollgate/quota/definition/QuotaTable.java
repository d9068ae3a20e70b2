package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.metering.quota.Quota;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The quotas in force. Any thread looks up, in constant time and without allocating; one thread changes.
final class QuotaTable {
    /// The quotas of one meter of one organization. Values are kept as look-ups answer them.
    private static final class OfMeter {
        private final Map<SubjectId, Optional<Quota>> own = new ConcurrentHashMap<>();
        private volatile Optional<Quota> others = Optional.empty();
    }

    /// A row's place, by which it is found again when it changes or goes.
    private record Place(OrganizationId organizationId, Optional<SubjectId> subject, String meter) {}

    private record Row(Place place, int reading) {}

    private final Map<OrganizationId, Map<String, OfMeter>> byMeter = new ConcurrentHashMap<>();
    private final Map<String, Row> rows = new HashMap<>();
    private volatile int size;
    private int reading;
    private boolean rereading;

    Optional<Quota> find(OrganizationId organizationId, SubjectId subject, String meter) {
        Map<String, OfMeter> meters = byMeter.get(organizationId);
        if (meters == null) {
            return Optional.empty();
        }
        OfMeter quotas = meters.get(meter);
        if (quotas == null || !subject.ofTenant()) {
            return Optional.empty();
        }
        Optional<Quota> own = quotas.own.get(subject);
        return own != null ? own : quotas.others;
    }

    int size() {
        return size;
    }

    void put(QuotaAvro.Covering row) {
        Place place = new Place(row.organizationId(), row.subject(), row.meter());
        Row before = rows.put(row.quota().id(), new Row(place, reading));
        if (before != null && !before.place().equals(place)) {
            clear(before.place(), row.quota().id());
        }
        OfMeter quotas = byMeter.computeIfAbsent(place.organizationId(), id -> new ConcurrentHashMap<>())
                .computeIfAbsent(place.meter(), meter -> new OfMeter());
        Optional<Quota> quota = Optional.of(row.quota());
        if (place.subject().isPresent()) {
            quotas.own.put(place.subject().get(), quota);
        } else {
            quotas.others = quota;
        }
        size = rows.size();
    }

    void remove(String id) {
        Row row = rows.remove(id);
        if (row != null) {
            clear(row.place(), id);
            size = rows.size();
        }
    }

    /// From here on the topic is read anew. What is known stays in force until all of it is read: a limit must not be
    /// off
    /// while somebody reads.
    void readAnew() {
        reading++;
        rereading = true;
    }

    /// The topic is read to its end: what was not met since [#readAnew] is gone.
    void readToTheEnd() {
        if (rereading) {
            rereading = false;
            rows.entrySet().stream()
                    .filter(row -> row.getValue().reading() != reading)
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(this::remove);
        }
    }

    // The place may be another quota's by now: one was deleted and one made for the same tenant and meter.
    private void clear(Place place, String id) {
        Map<String, OfMeter> meters = byMeter.get(place.organizationId());
        OfMeter quotas = meters == null ? null : meters.get(place.meter());
        if (meters == null || quotas == null) {
            return;
        }
        if (place.subject().isEmpty()) {
            if (has(quotas.others, id)) {
                quotas.others = Optional.empty();
            }
        } else if (has(quotas.own.get(place.subject().get()), id)) {
            quotas.own.remove(place.subject().get());
        }
        if (quotas.own.isEmpty() && quotas.others.isEmpty()) {
            meters.remove(place.meter());
            if (meters.isEmpty()) {
                byMeter.remove(place.organizationId());
            }
        }
    }

    @SuppressWarnings("OptionalAssignedToNull") // Absent from the map.
    private static boolean has(@Nullable Optional<Quota> quota, String id) {
        return quota != null && quota.isPresent() && quota.get().id().equals(id);
    }
}
