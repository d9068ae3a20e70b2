package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventIntakeTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:15:30Z");
    private static final OrganizationId DEMO = new OrganizationId("biz_demo");
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @ParameterizedTest
    @CsvSource({"cust_7,evt_2rtphs4de9r778kbtm2pezgxmd", "cust_8,evt_23v5fd9fcgq8n48tqwwvbyeafe"})
    void keyedEventsHaveDerivedIds(String tenant, String id) {
        Intake.Taken taken = taken(event(tenant, "order-1001", 1));

        assertThat(taken.outcomes())
                .containsExactly(new IntakeOutcome.Recorded(new EventId(id), event(tenant, "order-1001", 1)));
        assertThat(EventId.derived(DEMO, SubjectId.tenant(new TenantId(tenant)), "order-1001"))
                .hasToString(id);
    }

    @Test
    void eventsWithoutKeyAreNeverDuplicates() {
        Intake.Taken taken = taken(event("t", null, 1), event("t", null, 1));

        List<EventId> ids = newIds(taken);
        assertThat(ids).hasSize(2).doesNotHaveDuplicates();
    }

    /// V7 g
    @Test
    void batchHasNewDuplicateAndConflictingEvents() {
        Intake.Taken taken = taken(event("t", "k1", 1), event("t", "k2", 2), event("t", "k1", 1), event("t", "k2", 3));

        EventId k1 = derived("t", "k1");
        EventId k2 = derived("t", "k2");
        assertThat(taken.outcomes())
                .containsExactly(
                        new IntakeOutcome.Recorded(k1, event("t", "k1", 1)),
                        new IntakeOutcome.Recorded(k2, event("t", "k2", 2)),
                        new IntakeOutcome.Duplicate(k1, event("t", "k1", 1)),
                        new IntakeOutcome.Conflict(event("t", "k2", 3), k2, NOW));
        assertThat(newIds(taken)).containsExactly(k1, k2);
    }

    @Test
    void sameKeyOfTwoTenantsIsTwoEvents() {
        Intake.Taken taken = taken(event("t", "k", 1), event("u", "k", 1));

        assertThat(newIds(taken)).containsExactly(derived("t", "k"), derived("u", "k"));
    }

    @Test
    void eachSubjectHasOneBatchInRequestOrder() {
        Intake.Taken taken = taken(
                event("b", "1", 1), event("a", "2", 1), event("b", "3", 1), event("a", "2", 1), event("a", "4", 1));

        assertThat(taken.report().zone()).isEqualTo(BERLIN);
        assertThat(taken.report().acceptedAt()).isEqualTo(NOW);
        assertThat(taken.report().batches())
                .containsExactly(
                        new SubjectBatch(
                                key("b"),
                                List.of(
                                        new NewEvent(derived("b", "1"), event("b", "1", 1)),
                                        new NewEvent(derived("b", "3"), event("b", "3", 1)))),
                        new SubjectBatch(
                                key("a"),
                                List.of(
                                        new NewEvent(derived("a", "2"), event("a", "2", 1)),
                                        new NewEvent(derived("a", "4"), event("a", "4", 1)))));
    }

    @Test
    void oneInvalidEventRefusesAll() {
        Reported.Invalid invalid = invalid("events[1].quantity", ErrorCode.QUANTITY_OUT_OF_RANGE);

        assertThat(decide(false, event("t", "k", 1), invalid))
                .isEqualTo(new Intake.Refused(ErrorCode.QUANTITY_OUT_OF_RANGE, invalid.errors()));
    }

    @Test
    void differentFaultsHaveTheCommonCode() {
        Intake intake = decide(
                false,
                invalid("events[0].quantity", ErrorCode.QUANTITY_OUT_OF_RANGE),
                invalid("events[1].timestamp", ErrorCode.TIMESTAMP_IN_FUTURE));

        assertThat(intake).isInstanceOfSatisfying(Intake.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION_FAILED);
            assertThat(refused.errors()).hasSize(2);
        });
    }

    @Test
    void errorsAreBounded() {
        List<Reported> events = Collections.nCopies(1_000, invalid("x", ErrorCode.VALIDATION_FAILED));

        assertThat(decide(false, events.toArray(Reported[]::new)))
                .isInstanceOfSatisfying(
                        Intake.Refused.class,
                        refused -> assertThat(refused.errors()).hasSize(EventIntake.ERRORS_MAX));
    }

    @Test
    void invalidEventsFailAloneIfTheyMay() {
        Reported.Invalid invalid = invalid("events[0].quantity", ErrorCode.VALIDATION_FAILED);

        assertThat(decide(true, invalid, event("t", "k", 1))).isInstanceOfSatisfying(Intake.Taken.class, taken -> {
            assertThat(taken.outcomes())
                    .containsExactly(
                            new IntakeOutcome.Rejected(invalid),
                            new IntakeOutcome.Recorded(derived("t", "k"), event("t", "k", 1)));
            assertThat(newIds(taken)).containsExactly(derived("t", "k"));
        });
    }

    @Test
    void nothingNewIsAnEmptyReport() {
        assertThat(decide(true, invalid("events[0]", ErrorCode.VALIDATION_FAILED)))
                .isInstanceOfSatisfying(
                        Intake.Taken.class,
                        taken -> assertThat(taken.report().batches()).isEmpty());
    }

    /// Whatever the batch: each (tenant, key) is logged once, with the payload that came first, and every other event
    /// under it is answered by comparing with that one.
    @Test
    void firstEventOfEachKeyIsTheOneLogged() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 200; round++) {
            ReportedEvent[] events = new ReportedEvent[1 + random.nextInt(60)];
            for (int i = 0; i < events.length; i++) {
                events[i] = event("t" + random.nextInt(3), "k" + random.nextInt(6), 1 + random.nextInt(3));
            }
            Intake.Taken taken = taken(events);
            List<ReportedEvent> firsts = new ArrayList<>();
            for (int i = 0; i < events.length; i++) {
                ReportedEvent event = events[i];
                ReportedEvent first = firsts.stream()
                        .filter(seen -> seen.tenantId().equals(event.tenantId())
                                && String.valueOf(seen.idempotencyKey()).equals(event.idempotencyKey()))
                        .findFirst()
                        .orElse(event);
                Class<?> expected = first == event
                        ? IntakeOutcome.Recorded.class
                        : first.quantity().equals(event.quantity())
                                ? IntakeOutcome.Duplicate.class
                                : IntakeOutcome.Conflict.class;
                assertThat(taken.outcomes().get(i))
                        .as("seed %d, event %d", seed, i)
                        .isInstanceOf(expected);
                if (first == event) {
                    firsts.add(event);
                }
            }
            List<ReportedEvent> logged = taken.report().batches().stream()
                    .flatMap(batch -> batch.events().stream())
                    .map(NewEvent::event)
                    .toList();
            assertThat(logged).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(firsts);
        }
    }

    private static Intake.Taken taken(ReportedEvent... events) {
        return (Intake.Taken) decide(false, events);
    }

    private static Intake decide(boolean partial, Reported... events) {
        return EventIntake.decide(
                DEMO, (organization, tenant) -> false, BERLIN, List.of(events), partial, NOW, new SplittableRandom(1));
    }

    private static List<EventId> newIds(Intake.Taken taken) {
        return taken.report().batches().stream()
                .flatMap(batch -> batch.events().stream())
                .map(NewEvent::id)
                .toList();
    }

    private static SubjectKey key(String tenant) {
        return new SubjectKey(DEMO, SubjectId.tenant(new TenantId(tenant)));
    }

    private static EventId derived(String tenant, String key) {
        return EventId.derived(DEMO, SubjectId.tenant(new TenantId(tenant)), key);
    }

    private static ReportedEvent event(String tenant, @Nullable String key, int quantity) {
        Quantity amount = Quantity.rounded(BigDecimal.valueOf(quantity));
        MeterKey meter = new MeterKey("calls");
        return new ReportedEvent(
                new TenantId(tenant),
                meter,
                amount,
                NOW,
                key,
                null,
                new Fingerprint.Maker().of(meter, null, amount, null));
    }

    private static Reported.Invalid invalid(String path, ErrorCode code) {
        return new Reported.Invalid(
                null, null, null, code, List.of(new Problem.FieldError(path, code.name(), "is wrong")));
    }
}
