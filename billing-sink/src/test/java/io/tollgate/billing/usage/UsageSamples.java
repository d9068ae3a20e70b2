package io.tollgate.billing.usage;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.Fingerprint;
import io.tollgate.event.UsageWindow;
import io.tollgate.event.WindowKind;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Usage for tests, and the hour counters that belong to it.
public final class UsageSamples {
    public static final OrganizationId ORGANIZATION = new OrganizationId("biz_test");
    public static final Instant RECEIVED = Instant.parse("2026-11-21T10:00:00.000001Z");

    private UsageSamples() {}

    public static SubjectKey tenant(String id) {
        return new SubjectKey(ORGANIZATION, SubjectId.tenant(new TenantId(id)));
    }

    /// An event whose key and place in the log are `number`.
    public static CountedEvent event(int number, String tenant, String meter, String quantity, String occurredAt) {
        return new CountedEvent(
                EventId.derived(ORGANIZATION, tenant(tenant).subject(), "key-" + number),
                tenant(tenant),
                new MeterKey(meter),
                new BigDecimal(quantity).setScale(6),
                Instant.parse(occurredAt),
                RECEIVED,
                Optional.of("key-" + number),
                new byte[32],
                Optional.empty(),
                new LogPlace(0, number, 0));
    }

    public static CountedEvent withMetadata(CountedEvent event, String metadata) {
        return new CountedEvent(
                event.id(),
                event.subject(),
                event.meter(),
                event.quantity(),
                event.occurredAt(),
                event.receivedAt(),
                event.idempotencyKey(),
                event.fingerprint(),
                Optional.of(metadata),
                event.place());
    }

    public static CountedEvent at(CountedEvent event, LogPlace place) {
        return new CountedEvent(
                event.id(),
                event.subject(),
                event.meter(),
                event.quantity(),
                event.occurredAt(),
                event.receivedAt(),
                event.idempotencyKey(),
                event.fingerprint(),
                event.metadata(),
                place);
    }

    /// The void of an event by a command at `offset`, whose id is told by `number`.
    public static EventCorrection voided(CountedEvent event, int number, long offset) {
        return new EventCorrection(
                new UUID(0, number),
                EventCorrection.Kind.VOID,
                event.id(),
                Optional.empty(),
                event.subject(),
                event.meter(),
                event.quantity(),
                event.occurredAt(),
                "reported twice",
                "key:k",
                Optional.of("req-1"),
                new byte[32],
                RECEIVED,
                event.place().partition(),
                offset);
    }

    /// As above, with another event in its place.
    public static EventCorrection amended(CountedEvent event, CountedEvent replacement, int number) {
        EventCorrection voided = voided(event, number, replacement.place().offset());
        return new EventCorrection(
                voided.id(),
                EventCorrection.Kind.AMEND,
                event.id(),
                Optional.of(replacement.id()),
                event.subject(),
                event.meter(),
                event.quantity(),
                event.occurredAt(),
                voided.reason(),
                voided.actor(),
                voided.requestId(),
                voided.fingerprint(),
                RECEIVED,
                voided.partition(),
                voided.offset());
    }

    public static CounterValue hour(
            String tenant, String meter, String start, String sum, long count, long sourceOffset) {
        Instant from = Instant.parse(start);
        return new CounterValue(
                tenant(tenant),
                new MeterKey(meter),
                "HOUR",
                from,
                from.plus(Duration.ofHours(1)),
                count,
                new BigDecimal(sum),
                Optional.of(BigDecimal.ONE),
                Optional.of(BigDecimal.TEN),
                0,
                0,
                0,
                sourceOffset,
                RECEIVED);
    }

    /// The hour counters of events, each as after its last event.
    public static List<CounterValue> hoursOf(List<CountedEvent> events) {
        Map<String, CounterValue> hours = new LinkedHashMap<>();
        for (CountedEvent event : events) {
            Instant start = event.occurredAt().truncatedTo(ChronoUnit.HOURS);
            String key = event.subject() + "/" + event.meter() + "/" + start;
            CounterValue before = hours.get(key);
            BigDecimal sum = before == null ? BigDecimal.ZERO : before.sum();
            long count = before == null ? 0 : before.eventCount();
            hours.put(
                    key,
                    new CounterValue(
                            event.subject(),
                            event.meter(),
                            "HOUR",
                            start,
                            start.plus(Duration.ofHours(1)),
                            count + 1,
                            sum.add(event.quantity()),
                            Optional.of(
                                    before == null
                                            ? event.quantity()
                                            : before.min().orElseThrow().min(event.quantity())),
                            Optional.of(
                                    before == null
                                            ? event.quantity()
                                            : before.max().orElseThrow().max(event.quantity())),
                            0,
                            0,
                            event.place().partition(),
                            event.place().offset(),
                            RECEIVED));
        }
        return new ArrayList<>(hours.values());
    }

    public static AcceptedEvent toAvro(CountedEvent event) {
        return AcceptedEvent.newBuilder()
                .setEventId(event.id().value())
                .setOrganizationId(event.subject().organizationId().value())
                .setSubject(event.subject().subject().value())
                .setMeter(event.meter().value())
                .setQuantity(event.quantity())
                .setEventTime(event.occurredAt())
                .setAcceptedAt(event.receivedAt())
                .setAppendedAt(event.receivedAt())
                .setIdempotencyKey(event.idempotencyKey().orElse(null))
                .setFingerprint(new Fingerprint(event.fingerprint()))
                .setMetadata(event.metadata().orElse(null))
                .setSourcePartition(event.place().partition())
                .setSourceOffset(event.place().offset())
                .setSourceIndex(event.place().index())
                .build();
    }

    public static UsageWindow toAvro(CounterValue value) {
        return UsageWindow.newBuilder()
                .setOrganizationId(value.subject().organizationId().value())
                .setSubject(value.subject().subject().value())
                .setMeter(value.meter().value())
                .setWindowKind(WindowKind.valueOf(value.windowKind()))
                .setWindowStart(value.windowStart())
                .setWindowEnd(value.windowEnd())
                .setEventCount(value.eventCount())
                .setQuantitySum(value.sum().setScale(6))
                .setDuplicateCount(value.duplicateCount())
                .setRejectedCount(value.rejectedCount())
                .setSourcePartition(value.sourcePartition())
                .setSourceOffset(value.sourceOffset())
                .setUpdatedAt(value.updatedAt())
                .build();
    }
}
