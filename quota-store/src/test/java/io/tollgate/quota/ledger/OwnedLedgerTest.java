package io.tollgate.quota.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.AdmissionRules;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.EventDecision;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OwnedLedgerTest {
    private static final Instant START = Instant.parse("2026-03-04T10:00:00Z");
    private static final OrganizationId ORGANIZATION = new OrganizationId("biz_test");
    private static final SubjectId SUBJECT = SubjectId.tenant(new TenantId("cust_7"));
    private static final String SUBJECT_KEY = "biz_test/tenant:cust_7";
    private static final String METER = "calls";

    private final InMemoryBooks books = new InMemoryBooks();
    private final AtomicReference<Moment> clock = new AtomicReference<>(new Moment(START, 0));
    private final Lease lease = new Lease(0);
    private OwnedLedger ledger;
    private long nextOffset;

    @BeforeEach
    void open() {
        ledger = new OwnedLedger(3, books, new TwentyCalls(), lease, clock::get);
        pass(AdmissionRules.IN_TIME);
        ledger.end(0, clock.get());
        renew();
    }

    @Test
    void whatConsumesItsLiveEntryIsNotLookedUpAgain() {
        AdmissionRequest request =
                request(IntStream.range(0, 10).mapToObj(i -> event("k" + i, 1)).toList());
        AdmissionAnswer.Decided decided = decided(request);
        assertThat(books.lookups).hasValue(10);

        count(request, decided);

        assertThat(books.lookups).as("by the aggregator").hasValue(10);
        assertThat(decisions(request(List.of(event("k3", 1)))))
                .singleElement()
                .isInstanceOf(EventDecision.Duplicate.class);
    }

    @Test
    void whatNoEntryStandsForIsLookedUp() {
        AdmissionRequest request = request(List.of(event("k", 1)));
        AdmissionAnswer.Decided decided = decided(request);
        count(request, decided);

        assertThat(count(request, decided).fates()).singleElement().isInstanceOf(Judgement.Fate.Duplicate.class);
        assertThat(books.lookups).hasValue(2);
    }

    @Test
    void ofManyAtOnceExactlyAsManyPassAsFit() throws Exception {
        List<Callable<List<EventDecision>>> callers = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            AdmissionRequest request = request(List.of(event("k" + i, 1)));
            callers.add(() -> decisions(request));
        }
        int admitted = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            for (Future<List<EventDecision>> answer : threads.invokeAll(callers)) {
                admitted += answer.get().getFirst() instanceof EventDecision.Admitted ? 1 : 0;
            }
        }
        assertThat(admitted).isEqualTo(20);
    }

    @Test
    void aDuplicateInFlightIsAnsweredWhenTheFirstIsInTheLog() throws Exception {
        AdmissionRequest first = request(List.of(event("k", 1)));
        AdmissionAnswer.Decided decided = decided(first);
        AdmissionRequest second = request(List.of(event("k", 1)));
        CompletableFuture<AdmissionAnswer> answer = CompletableFuture.supplyAsync(() -> admit(second));

        ledger.outcome(outcome(first, decided, Fate.LANDED));

        assertThat(answer.get())
                .isInstanceOfSatisfying(
                        AdmissionAnswer.Decided.class,
                        known -> assertThat(known.decisions())
                                .singleElement()
                                .isInstanceOf(EventDecision.Duplicate.class));
    }

    @Test
    void aDuplicateOfWhatFailedIsJudgedAnew() {
        AdmissionRequest first = request(List.of(event("k", 1)));
        ledger.outcome(outcome(first, decided(first), Fate.FAILED));
        assertThat(decisions(request(List.of(event("k", 1)))))
                .singleElement()
                .isInstanceOf(EventDecision.Admitted.class);
    }

    @Test
    void whatANegativeUpdateFreesIsWaitedFor() throws Exception {
        AdmissionRequest full = request(List.of(event("a", 20)));
        count(full, decided(full));
        AdmissionRequest less = request(List.of(event("b", -5)));
        AdmissionAnswer.Decided decided = decided(less);
        ledger.outcome(outcome(less, decided, Fate.LANDED));
        AdmissionRequest more = request(List.of(event("c", 5)));
        CompletableFuture<List<EventDecision>> answer = CompletableFuture.supplyAsync(() -> decisions(more));

        count(less, decided);

        assertThat(answer.get()).singleElement().isInstanceOf(EventDecision.Admitted.class);
    }

    @Test
    void anAmendmentHoldsWhatItIsMoreAndNothingElse() {
        AdmissionRequest twelve = request(List.of(event("a", 12)));
        count(twelve, decided(twelve));

        assertThat(decisions(request(List.of(instead(12, 21)))))
                .singleElement()
                .isInstanceOf(EventDecision.Denied.class);
        AdmissionRequest eighteen = request(List.of(instead(12, 18)));
        AdmissionAnswer.Decided decided = decided(eighteen);

        assertThat(admits(3)).isFalse();
        amend(eighteen, decided, 12, true);
        assertThat(admits(3)).isFalse();
        assertThat(admits(2)).isTrue();
    }

    @Test
    void anAmendmentToLessFreesWhatItIsLessWhenItIsCounted() {
        AdmissionRequest full = request(List.of(event("a", 20)));
        count(full, decided(full));
        AdmissionRequest less = request(List.of(instead(20, 15)));
        AdmissionAnswer.Decided decided = decided(less);

        assertThat(admits(1)).isFalse();
        amend(less, decided, 20, true);
        assertThat(admits(6)).isFalse();
        assertThat(admits(5)).isTrue();
    }

    @Test
    void ofTwoAmendmentsOfAnEventTheLaterGivesBackWhatItHeld() {
        AdmissionRequest twelve = request(List.of(event("a", 12)));
        count(twelve, decided(twelve));
        AdmissionRequest first = request(List.of(instead(12, 14)));
        AdmissionRequest second = request(List.of(instead(12, 16)));
        AdmissionAnswer.Decided firstDecided = decided(first);
        AdmissionAnswer.Decided secondDecided = decided(second);

        amend(first, firstDecided, 12, true);
        Judgement refused = amend(second, secondDecided, 12, false);

        assertThat(refused.fates())
                .singleElement()
                .isInstanceOfSatisfying(
                        Judgement.Fate.Refused.class,
                        fate -> assertThat(fate.reason()).isEqualTo(Judgement.Reason.NOT_AMENDED));
        assertThat(admits(7)).isFalse();
        assertThat(admits(6)).isTrue();
    }

    /// It may be the same request, whose answer was lost.
    @Test
    void anAmendmentIsNotDeniedWhileAnotherOfItsEventIsOnItsWay() {
        AdmissionRequest twelve = request(List.of(event("a", 12)));
        count(twelve, decided(twelve));
        AdmissionRequest first = request(List.of(instead(12, 20)));
        AdmissionRequest again = request(List.of(instead(12, 20)));
        AdmissionAnswer.Decided decided = decided(first);

        assertThat(ledger.admit(List.of(again), clock.get().monotonicNanos()))
                .singleElement()
                .isInstanceOfSatisfying(
                        AdmissionAnswer.NotJudged.class,
                        answer -> assertThat(answer.reason()).isEqualTo(AdmissionAnswer.Reason.KEY_IN_FLIGHT));

        CompletableFuture<List<EventDecision>> answer = CompletableFuture.supplyAsync(() -> decisions(again));
        amend(first, decided, 12, true);
        assertThat(answer.join()).singleElement().isInstanceOf(EventDecision.Denied.class);
        // What replaces another event is denied at once.
        assertThat(decisions(request(List.of(instead(4, 21)))))
                .singleElement()
                .isInstanceOf(EventDecision.Denied.class);
    }

    @Test
    void aVoidFreesWhatItTakesOutAndTellsOfTheRecovery() {
        AdmissionRequest full = request(List.of(event("a", 20)));
        count(full, decided(full));

        Judgement judgement = ledger.judge(record(List.of(), Optional.empty(), correction(20, true)));
        ledger.finish();

        assertThat(judgement.crossings()).singleElement().satisfies(crossing -> {
            assertThat(crossing.kind()).isEqualTo(Judgement.Crossing.Kind.RECOVERY);
            assertThat(crossing.index()).isEqualTo(Judgement.Crossing.NO_EVENT);
            assertThat(crossing.value()).isZero();
        });
        assertThat(admits(20)).isTrue();
    }

    @Test
    void aVoidThatTakesNothingOutFreesNothing() {
        AdmissionRequest full = request(List.of(event("a", 20)));
        count(full, decided(full));
        ledger.judge(record(List.of(), Optional.empty(), correction(20, false)));
        ledger.finish();
        assertThat(admits(1)).isFalse();
    }

    /// Whether an event would be admitted; it holds nothing then.
    private boolean admits(int quantity) {
        AdmissionRequest request = request(List.of(event("probe-" + quantity + "-" + nextOffset, quantity)));
        AdmissionAnswer.Decided decided = decided(request);
        ledger.outcome(outcome(request, decided, Fate.FAILED));
        return decided.decisions().getFirst() instanceof EventDecision.Admitted;
    }

    private static Candidate instead(int before, int after) {
        return new Candidate(
                EventId.timeOrdered(START, new java.util.Random()),
                false,
                new byte[32],
                METER,
                BigDecimal.valueOf(after).setScale(6),
                START,
                Optional.of(
                        new Candidate.Replaced(METER, BigDecimal.valueOf(before).setScale(6), START)));
    }

    private static LoggedCorrection correction(int quantity, boolean effective) {
        return new LoggedCorrection(METER, BigDecimal.valueOf(quantity).setScale(6), START, effective);
    }

    private Judgement amend(AdmissionRequest request, AdmissionAnswer.Decided decided, int before, boolean effective) {
        Candidate event = request.events().getFirst();
        Judgement judgement = ledger.judge(record(
                List.of(new LoggedEvent(
                        event.eventId(),
                        false,
                        event.fingerprint(),
                        event.meter(),
                        event.quantity(),
                        event.eventTime(),
                        Optional.of(BigDecimal.valueOf(20)),
                        Optional.empty())),
                Optional.of(new LoggedBatch.Stamp(request.id().value(), decided.epoch(), decided.admittedAt())),
                correction(before, effective)));
        ledger.finish();
        return judgement;
    }

    private LoggedBatch record(
            List<LoggedEvent> events, Optional<LoggedBatch.Stamp> stamp, LoggedCorrection correction) {
        return new LoggedBatch(
                SUBJECT_KEY,
                ZoneOffset.UTC,
                nextOffset++,
                START.plusMillis(5),
                stamp,
                events,
                Optional.empty(),
                Optional.of(correction));
    }

    @Test
    void withoutALeaseNothingIsAdmitted() {
        pass(Lease.LENGTH);
        assertThat(admit(request(List.of(event("k", 1)))))
                .isInstanceOfSatisfying(
                        AdmissionAnswer.NotJudged.class,
                        refused -> assertThat(refused.reason()).isEqualTo(AdmissionAnswer.Reason.HAND_OVER));
        renew();
        assertThat(decisions(request(List.of(event("k", 1)))))
                .singleElement()
                .isInstanceOf(EventDecision.Admitted.class);
    }

    @Test
    void aClosedLedgerSaysThatItIsNotTheOwner() {
        ledger.close();
        assertThat(admit(request(List.of(event("k", 1)))))
                .isInstanceOfSatisfying(
                        AdmissionAnswer.NotJudged.class,
                        refused -> assertThat(refused.reason()).isEqualTo(AdmissionAnswer.Reason.NOT_OWNER));
    }

    private void pass(Duration time) {
        clock.updateAndGet(now -> new Moment(now.wall().plus(time), now.monotonicNanos() + time.toNanos()));
    }

    private void renew() {
        lease.renew(clock.get().monotonicNanos());
    }

    private static Candidate event(String key, int quantity) {
        return new Candidate(
                EventId.derived(ORGANIZATION, SUBJECT, key),
                true,
                new byte[32],
                METER,
                BigDecimal.valueOf(quantity).setScale(6),
                START);
    }

    private static AdmissionRequest request(List<Candidate> events) {
        return new AdmissionRequest(AdmissionId.random(), 3, SUBJECT_KEY, ZoneOffset.UTC, false, events);
    }

    private AdmissionAnswer.Decided decided(AdmissionRequest request) {
        return (AdmissionAnswer.Decided) admit(request);
    }

    private AdmissionAnswer admit(AdmissionRequest request) {
        long deadline = clock.get().monotonicNanos() + OwnedLedger.IN_FLIGHT_WAIT.toNanos();
        return ledger.admit(List.of(request), deadline).getFirst();
    }

    private List<EventDecision> decisions(AdmissionRequest request) {
        return decided(request).decisions();
    }

    private static AdmissionOutcome outcome(AdmissionRequest request, AdmissionAnswer.Decided decided, Fate fate) {
        return new AdmissionOutcome(request.id(), 3, SUBJECT_KEY, decided.epoch(), fate);
    }

    /// The record reaches the log and is counted.
    private Judgement count(AdmissionRequest request, AdmissionAnswer.Decided decided) {
        LoggedBatch batch = new LoggedBatch(
                SUBJECT_KEY,
                ZoneOffset.UTC,
                nextOffset++,
                decided.admittedAt().plusMillis(5),
                Optional.of(new LoggedBatch.Stamp(request.id().value(), decided.epoch(), decided.admittedAt())),
                request.events().stream()
                        .map(event -> new LoggedEvent(
                                event.eventId(),
                                true,
                                event.fingerprint(),
                                event.meter(),
                                event.quantity(),
                                event.eventTime(),
                                Optional.of(BigDecimal.valueOf(20)),
                                Optional.empty()))
                        .toList(),
                Optional.empty());
        Judgement judgement = ledger.judge(batch);
        books.store(batch, judgement);
        ledger.finish();
        return judgement;
    }

    private static final class TwentyCalls implements Quotas {
        @Override
        public Optional<Quota> quota(String subjectKey, String meter) {
            return Optional.of(new Quota(
                    "q",
                    1,
                    BigDecimal.valueOf(20),
                    new QuotaPeriod.Monthly(),
                    EnforcementMode.HARD,
                    Optional.empty(),
                    BigDecimal.ZERO,
                    Optional.empty(),
                    Optional.empty()));
        }

        @Override
        public boolean awaitApplied(long position, Duration atMost) {
            return true;
        }
    }
}
