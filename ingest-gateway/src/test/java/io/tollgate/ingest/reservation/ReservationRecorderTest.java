package io.tollgate.ingest.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.InMemoryEventLog;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.ReservationStep.Kind;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionRules;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReservationRecorderTest {
    private static final OrganizationId ORGANIZATION = new OrganizationId("biz_demo");
    private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");
    private static final Instant NOW = Reports.NOW;

    private final InMemoryEventLog log = new InMemoryEventLog(NOW);
    private final InMemoryReservations owner = new InMemoryReservations(NOW);
    private final List<Duration> pauses = new ArrayList<>();
    private long nanos;
    private final ReservationRecorder recorder = recorder(log);

    private ReservationRecorder recorder(EventLog to) {
        return new ReservationRecorder(to, owner, owner.admissions(), () -> nanos, pause -> {
            pauses.add(pause);
            nanos += pause.toNanos();
        });
    }

    @Test
    void whatIsHeldIsOneRecordWithItsOwnersConsent() {
        owner.limit("calls", "500");

        Reserving.Opened opened = opened(order("k", "calls:15", "free:2"));

        assertThat(opened.reservations()).allMatch(held -> held.state() == Reservation.State.OPEN);
        assertThat(opened.remaining()).containsExactly(Optional.of(new BigDecimal("485.000000")), Optional.empty());
        assertThat(opened.position().offsetOf(0)).isZero();
        assertThat(log.stored()).hasSize(1);
        UsageReport.SubjectBatch record = log.stored().getFirst().batch();
        assertThat(record.subjectKey().recordKey()).isEqualTo("biz_demo/tenant:cust_7");
        assertThat(record.events()).isEmpty();
        assertThat(record.admission()).satisfies(admission -> {
            assertThat(admission.id()).isEqualTo(owner.requests().getFirst().id());
            assertThat(admission.epoch()).isEqualTo(InMemoryReservations.EPOCH);
            assertThat(admission.admittedAt()).isEqualTo(NOW);
        });
        assertThat(record.step()).satisfies(step -> {
            assertThat(step.kind()).isEqualTo(Kind.RESERVE);
            assertThat(step.expiresAt()).isEqualTo(NOW.plusSeconds(60));
            assertThat(step.items())
                    .containsExactly(
                            new UsageReport.ReservedItem(
                                    ReservationId.derived(0, "biz_demo/tenant:cust_7", "k", 0),
                                    "calls",
                                    new BigDecimal("15.000000"),
                                    new BigDecimal("500.000000")),
                            new UsageReport.ReservedItem(
                                    ReservationId.derived(0, "biz_demo/tenant:cust_7", "k", 1),
                                    "free",
                                    new BigDecimal("2.000000"),
                                    null));
        });
        assertThat(told()).containsExactly("LANDED");
    }

    @Test
    void withoutAKeyEachRequestHoldsAnew() {
        assertThat(opened(order(null, "calls:15")).reservations().getFirst().id())
                .isNotEqualTo(opened(order(null, "calls:15"))
                        .reservations()
                        .getFirst()
                        .id());
    }

    @Test
    void aRepeatedRequestIsAnsweredWithWhatItHeldAndWritesNothing() {
        List<Reservation> first = opened(order("k", "calls:15", "free:2")).reservations();

        assertThat(reserve(order("k", "calls:15", "free:2"))).isEqualTo(new Reserving.Repeated(first));
        assertThat(log.stored()).hasSize(1);
    }

    @Test
    void aKeyThatStandsForSomethingElseIsToldApart() {
        opened(order("k", "calls:15"));

        assertThat(reserve(order("k", "calls:15.000001"))).isInstanceOf(Reserving.KeyReused.class);
        assertThat(reserve(order("k", "other:15"))).isInstanceOf(Reserving.KeyReused.class);
        assertThat(reserve(order("k", "calls:15", "calls:1"))).isInstanceOf(Reserving.KeyReused.class);
        ReservationOrder longer = new ReservationOrder(
                new TenantId("cust_7"), order("k", "calls:15").items(), Duration.ofSeconds(61));
        assertThat(reserve(longer)).isInstanceOf(Reserving.KeyReused.class);
        assertThat(log.stored()).hasSize(1);
    }

    @Test
    void deniedIsNotWritten() {
        owner.limit("calls", "500");

        assertThat(reserve(order("k", "calls:501")))
                .isInstanceOfSatisfying(
                        Reserving.Denied.class,
                        denied -> assertThat(denied.denial().decisionId()).isEqualTo("dec_calls"));
        assertThat(log.stored()).isEmpty();
    }

    @Test
    void settlingRecordsAnEventUnderTheReservationsId() {
        owner.limit("calls", "500");
        ReservationId id = open("calls:15");

        Settling settled = settle(id, "10");

        assertThat(settled).isInstanceOfSatisfying(Settling.Settled.class, answer -> {
            assertThat(answer.quantity()).isEqualByComparingTo("10");
            assertThat(answer.released()).isEqualByComparingTo("5");
            assertThat(answer.position().offsetOf(0)).isEqualTo(1);
        });
        UsageReport.SubjectBatch record = log.stored().getLast().batch();
        UsageReport.NewEvent event = record.events().getFirst();
        EventId eventId = EventId.derived(ORGANIZATION, SubjectId.tenant(new TenantId("cust_7")), id.value());
        assertThat(event.id())
                .isEqualTo(eventId)
                .isEqualTo(((Settling.Settled) settled).held().eventId());
        assertThat(event.event().idempotencyKey()).isEqualTo(id.value());
        assertThat(event.ceiling()).isEqualByComparingTo("500");
        assertThat(record.events()).hasSize(1);
        assertThat(record.step().kind()).isEqualTo(Kind.SETTLE);
        assertThat(record.step().expiresAt()).isNull();
        assertThat(record.step().items())
                .containsExactly(new UsageReport.ReservedItem(id, "calls", new BigDecimal("10.000000"), null));
        assertThat(record.admission()).isNotNull();
        assertThat(log.stored().getLast().report().zone()).isEqualTo(ZONE);
        assertThat(told()).containsExactly("LANDED", "LANDED");
    }

    @Test
    void settlingAgainIsTheSameEventOrAConflict() {
        ReservationId id = open("calls:15");
        settle(id, "10");

        assertThat(settle(id, "10")).isInstanceOfSatisfying(Settling.Settled.class, again -> {
            assertThat(again.quantity()).isEqualByComparingTo("10");
            assertThat(again.released()).isEqualByComparingTo("5");
        });
        assertThat(settle(id, "9")).isInstanceOf(WrongState.class);
        assertThat(release(id)).isInstanceOf(WrongState.class);
        assertThat(log.stored()).hasSize(2);
    }

    @Test
    void whatIsReleasedIsWrittenOnceAndCannotBeSettled() {
        ReservationId id = open("calls:15");

        assertThat(release(id))
                .isInstanceOfSatisfying(
                        Releasing.Released.class,
                        released -> assertThat(released.state()).isEqualTo(Reservation.State.RELEASED));
        UsageReport.SubjectBatch record = log.stored().getLast().batch();
        assertThat(record.events()).isEmpty();
        assertThat(record.step().kind()).isEqualTo(Kind.RELEASE);
        assertThat(record.step().items())
                .containsExactly(new UsageReport.ReservedItem(id, "calls", new BigDecimal("15.000000"), null));

        assertThat(release(id)).isInstanceOf(Releasing.Released.class);
        assertThat(settle(id, "15")).isInstanceOf(WrongState.class);
        assertThat(log.stored()).hasSize(2);
    }

    @Test
    void whatHasExpiredIsFreeAndCannotBeSettled() {
        ReservationId id = open("calls:15");
        owner.expireAll();

        assertThat(release(id))
                .isInstanceOfSatisfying(
                        Releasing.Released.class,
                        released -> assertThat(released.state()).isEqualTo(Reservation.State.EXPIRED));
        assertThat(settle(id, "15")).isInstanceOf(WrongState.class);
    }

    @Test
    void reservationsOfOthersAreNotFound() {
        ReservationId id = open("calls:15");
        OrganizationId other = new OrganizationId("biz_dem");

        assertThat(recorder.find(other, id)).isInstanceOf(NotFound.class);
        assertThat(recorder.settle(other, id, ZONE, held -> event(held, "1"), NOW, new SplittableRandom(1)))
                .isInstanceOf(NotFound.class);
        assertThat(recorder.release(other, id, ZONE, NOW, new SplittableRandom(1)))
                .isInstanceOf(NotFound.class);
        assertThat(recorder.find(ORGANIZATION, id)).isInstanceOf(Finding.Found.class);
        assertThat(log.stored()).hasSize(1);
    }

    @Test
    void nobodyIsAskedAboutPartitionsThatDoNotExist() {
        assertThat(recorder.find(ORGANIZATION, ReservationId.random(1))).isInstanceOf(NotFound.class);
        assertThat(owner.lookUps()).isZero();
        assertThat(recorder.find(ORGANIZATION, ReservationId.random(0))).isInstanceOf(NotFound.class);
        assertThat(owner.lookUps()).isEqualTo(1);
    }

    @Test
    void aStepWaitsForTheOneBeforeItAndIsThenMade() {
        ReservationId id = open("calls:15");
        int[] asked = {0};
        owner.answers(request -> ++asked[0] < 4
                ? Optional.of(new ReservationAnswer.NotJudged(Reason.KEY_IN_FLIGHT, "not counted yet"))
                : Optional.empty());

        assertThat(settle(id, "15")).isInstanceOf(Settling.Settled.class);
        assertThat(pauses).hasSize(3);
    }

    @Test
    void itDoesNotWaitForEver() {
        owner.doesNotJudge(Reason.KEY_IN_FLIGHT);

        assertThat(reserve(order("k", "calls:15"))).isInstanceOfSatisfying(Unavailable.class, unavailable -> {
            assertThat(unavailable.missing()).isEqualTo(Unavailable.Missing.OWNER);
            assertThat(unavailable.retryAfterSeconds()).isEqualTo(1);
        });
        assertThat(Duration.ofNanos(nanos))
                .isBetween(ReservationRecorder.IN_FLIGHT_WAIT, ReservationRecorder.IN_FLIGHT_WAIT.plusMillis(40));
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"KEY_IN_FLIGHT"})
    void withoutItsOwnersWordNothingIsWritten(Reason reason) {
        owner.doesNotJudge(reason);

        assertThat(reserve(order("k", "calls:15"))).isInstanceOf(Unavailable.class);
        assertThat(log.stored()).isEmpty();
        assertThat(pauses).isEmpty();
    }

    @Test
    void nothingIsSentOnceHalfOfTheTimeIsGone() {
        owner.answers(request -> {
            nanos += AdmissionRules.SENT_WITHIN.toNanos() + 1;
            return Optional.empty();
        });

        assertThat(reserve(order("k", "calls:15"))).isInstanceOf(Unavailable.class);
        assertThat(log.stored()).isEmpty();
        assertThat(told()).containsExactly("FAILED");

        owner.answers(request -> Optional.empty());
        assertThat(reserve(order("k", "calls:15"))).isInstanceOf(Reserving.Opened.class);
    }

    @Test
    void whatIsLateIsNeverAcknowledgedAndItsOwnerFindsOutByTheLog() {
        log.fates(record -> log.landAt(record, NOW.plus(AdmissionRules.IN_TIME).plusMillis(1)));

        assertThat(reserve(order("k", "calls:15")))
                .isInstanceOfSatisfying(
                        Unavailable.class,
                        unavailable -> assertThat(unavailable.missing()).isEqualTo(Unavailable.Missing.LOG));
        assertThat(told()).containsExactly("UNKNOWN");

        log.fates(record -> log.landAt(record, NOW.plus(AdmissionRules.IN_TIME)));
        assertThat(reserve(order("other", "calls:15"))).isInstanceOf(Reserving.Opened.class);
    }

    @Test
    void whatTheLogDidNotTakeIsJudgedAnew() {
        ReservationId id = open("calls:15");
        log.away(true);
        assertThat(settle(id, "10")).isInstanceOf(Unavailable.class);
        assertThat(told()).containsExactly("LANDED", "FAILED");
        log.away(false);

        assertThat(settle(id, "10")).isInstanceOf(Settling.Settled.class);
    }

    @Test
    void whatNobodyKnowsIsReportedAsSuch() {
        log.fates(record -> CompletableFuture.completedFuture(new Appended.Unknown("silence")));

        assertThat(reserve(order("k", "calls:15"))).isInstanceOf(Unavailable.class);
        assertThat(told()).containsExactly("UNKNOWN");
    }

    /// The caller is answered within two seconds of its request, and the owner still learns what came of it.
    @Test
    void slowOwnersLeaveTheLogLessTime() {
        CompletableFuture<Appended> fate = new CompletableFuture<>();
        log.fates(record -> fate);
        owner.answers(request -> {
            nanos += Duration.ofMillis(1_000).toNanos();
            return Optional.empty();
        });

        long start = System.nanoTime();
        assertThat(reserve(order("k", "calls:15"))).isInstanceOf(Unavailable.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(1_500));
        assertThat(told()).isEmpty();
        fate.complete(new Appended.Landed(0, 1, NOW));
        assertThat(told()).containsExactly("LANDED");
    }

    @Test
    void aLogThatThrowsHasSentNothing() {
        ReservationRecorder broken = recorder(new EventLog() {
            @Override
            public int partitions() {
                return 1;
            }

            @Override
            public List<CompletableFuture<Appended>> append(UsageReport report) {
                throw new IllegalStateException("cannot encode");
            }
        });

        assertThatThrownBy(
                        () -> broken.reserve(ORGANIZATION, ZONE, order("k", "calls:15"), NOW, new SplittableRandom(1)))
                .hasMessage("cannot encode");
        assertThat(told()).containsExactly("FAILED");
    }

    private ReservationId open(String meterAndQuantity) {
        return opened(order(null, meterAndQuantity)).reservations().getFirst().id();
    }

    private Reserving.Opened opened(ReservationOrder order) {
        Reserving answer = reserve(order);
        assertThat(answer).isInstanceOf(Reserving.Opened.class);
        return (Reserving.Opened) answer;
    }

    private Reserving reserve(ReservationOrder order) {
        return recorder.reserve(
                ORGANIZATION,
                ZONE,
                order,
                NOW,
                new SplittableRandom(nanos + log.stored().size()));
    }

    private Settling settle(ReservationId id, String quantity) {
        return recorder.settle(ORGANIZATION, id, ZONE, held -> event(held, quantity), NOW, new SplittableRandom(7));
    }

    private Releasing release(ReservationId id) {
        return recorder.release(ORGANIZATION, id, ZONE, NOW, new SplittableRandom(8));
    }

    private static ReportedEvent event(Held held, String quantity) {
        return Reports.event(
                "cust_7",
                held.reservation().id().value(),
                new MeterKey(held.reservation().meter()),
                quantity);
    }

    private static ReservationOrder order(@Nullable String key, String... metersAndQuantities) {
        List<ReservationOrder.Item> items = new ArrayList<>();
        for (String text : Arrays.asList(metersAndQuantities)) {
            String[] parts = text.split(":", -1);
            Optional<ReservationOrder.Key> itemKey =
                    Optional.ofNullable(key).map(known -> new ReservationOrder.Key(known, items.size()));
            items.add(new ReservationOrder.Item(
                    new MeterKey(parts[0]), Quantity.rounded(new BigDecimal(parts[1])), itemKey));
        }
        return new ReservationOrder(new TenantId("cust_7"), items, Duration.ofSeconds(60));
    }

    private List<String> told() {
        return owner.outcomes().stream().map(outcome -> outcome.fate().name()).toList();
    }
}
