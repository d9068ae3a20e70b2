package io.tollgate.quota.metric;

import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.metric.Metric;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.CounterRead.Place;
import io.tollgate.quota.query.LastWrites;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.MeterReading;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Metrics with their numbers, asked of the owner of their subject in one question. Blocks while the owner counts what
/// was written through this entry point; on event loops ask [#atOnce()]. Thread-safe.
public final class MetricReads implements MetricReader {
    /// How long a read waits for a write that it is to include, and for an owner.
    public static final Duration WAIT_MAX = Duration.ofSeconds(2);

    private final CounterLookup lookup;
    private final Metrics metrics;
    private final Definitions definitions;
    private final LastWrites lastWrites;
    private final InstantSource clock;

    public MetricReads(
            CounterLookup lookup,
            Metrics metrics,
            Definitions definitions,
            LastWrites lastWrites,
            InstantSource clock) {
        this.lookup = lookup;
        this.metrics = metrics;
        this.definitions = definitions;
        this.lastWrites = lastWrites;
        this.clock = clock;
    }

    /// What is defined about meters.
    public Metrics metrics() {
        return metrics;
    }

    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    @Override
    public Outcome read(
            OrganizationId organizationId,
            SubjectId subject,
            Collection<String> meters,
            Optional<LogPosition> demanded) {
        Duration forOwner = demanded.isPresent() ? WAIT_MAX : CounterLookup.OWNER_AWAITED;
        return read(
                organizationId,
                subject,
                meters,
                now(),
                demanded,
                (places, afterOffset) -> lookup.read(places, afterOffset, WAIT_MAX, forOwner));
    }

    /// The same for event loops: what would have to be waited for is unavailable.
    public MetricReader atOnce() {
        return (organizationId, subject, meters, demanded) -> read(
                organizationId,
                subject,
                meters,
                now(),
                demanded,
                (places, afterOffset) -> lookup.atOnce(places, afterOffset)
                        .<LookupOutcome>map(found -> found)
                        .orElseGet(() -> new LookupOutcome.OwnerUnavailable("The counters cannot be read at once.")));
    }

    /// As [#read], of the windows that hold `at`, which lies in the past: definitions are those of now.
    public Outcome readAt(OrganizationId organizationId, SubjectId subject, String meter, Instant at) {
        return read(
                organizationId,
                subject,
                List.of(meter),
                at,
                Optional.empty(),
                (places, afterOffset) -> lookup.read(places, afterOffset, WAIT_MAX, CounterLookup.OWNER_AWAITED));
    }

    private interface Asking {
        LookupOutcome ask(CounterRead.Places places, long afterOffset);
    }

    private Outcome read(
            OrganizationId organizationId,
            SubjectId subject,
            Collection<String> meters,
            Instant now,
            Optional<LogPosition> demanded,
            Asking asking) {
        if (meters.isEmpty()) {
            return new Outcome.Found(List.of(), true, false);
        }
        ZoneId zone = definitions.zone(organizationId).orElse(ZoneOffset.UTC);
        List<MetricPlaces> asked = meters.stream()
                .map(meter -> {
                    Metric metric = metrics.metric(organizationId, subject, meter, now);
                    return new MetricPlaces(metric, now, zone);
                })
                .toList();
        Set<Place> places = new LinkedHashSet<>();
        asked.forEach(metric -> places.addAll(metric.places()));
        String subjectKey = new SubjectKey(organizationId, subject).recordKey();
        LogPosition after = demanded.orElse(LogPosition.START)
                .max(lastWrites.lastOf(organizationId).orElse(LogPosition.START));
        LookupOutcome outcome = asking.ask(
                new CounterRead.Places(subjectKey, List.copyOf(places)),
                after.offsetOf(lookup.partitionOf(subjectKey)));
        return switch (outcome) {
            case LookupOutcome.OwnerUnavailable unavailable -> new Outcome.Unavailable(unavailable.why());
            case LookupOutcome.Found found -> {
                Map<Place, MeterReading> counted = new HashMap<>();
                found.readings().forEach(reading -> place(reading).ifPresent(place -> counted.put(place, reading)));
                yield new Outcome.Found(
                        asked.stream()
                                .map(metric -> metric.value(place -> Optional.ofNullable(counted.get(place))))
                                .toList(),
                        found.caughtUp(),
                        found.stale());
            }
        };
    }

    private static Optional<Place> place(MeterReading reading) {
        return reading.window().map(window -> new Place(reading.meter(), window.size(), window.start()));
    }
}
