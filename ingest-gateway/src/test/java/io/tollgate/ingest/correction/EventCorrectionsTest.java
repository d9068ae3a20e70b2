package io.tollgate.ingest.correction;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.EventId;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.ingest.admission.Decisions;
import io.tollgate.ingest.admission.EventRecorder;
import io.tollgate.ingest.admission.InMemoryAdmissions;
import io.tollgate.ingest.correction.CorrectionOutcome.Corrected;
import io.tollgate.ingest.correction.CorrectionOutcome.CorrectedBefore;
import io.tollgate.ingest.correction.CorrectionOutcome.Missing;
import io.tollgate.ingest.correction.CorrectionOutcome.Unavailable;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.InMemoryEventLog;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.event.UsageReport.Correction;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.Candidate;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class EventCorrectionsTest {
    private static final OrganizationId ORGANIZATION = new OrganizationId("biz_demo");
    private static final OrganizationId FOREIGN = new OrganizationId("biz_other");
    private static final SubjectKey TENANT = new SubjectKey(ORGANIZATION, SubjectId.tenant(new TenantId("t")));

    private final InMemoryEventLog log = new InMemoryEventLog(Reports.NOW);
    private final InMemoryAdmissions owners = new InMemoryAdmissions(Reports.NOW);
    private final DecidedEvents stored = new DecidedEvents(log);
    private final List<LogPosition> written = new ArrayList<>();
    private boolean deleted;
    private final EventCorrections corrections = new EventCorrections(
            stored,
            new EventRecorder(log, owners, (organization, subject, meter) -> false, () -> 0),
            (organization, tenant) -> deleted,
            (organization, position) -> written.add(position));
    private int requests;

    // ---- voids ----

    @Test
    void aVoidIsOneRecordThatSaysWhatTheEventWasCountedAs() {
        StoredEvent event = counted(1);

        EventCorrections.Answer answer = corrections.takeOut(request("twice"), List.of(id(1)));

        assertThat(answer.outcomes()).singleElement().isInstanceOf(Corrected.class);
        assertThat(answer.position()).isEqualTo(LogPosition.of(0, 0));
        assertThat(written).containsExactly(LogPosition.of(0, 0));
        assertThat(log.stored()).singleElement().satisfies(record -> {
            assertThat(record.batch().subjectKey()).isEqualTo(TENANT);
            assertThat(record.batch().events()).isEmpty();
            Correction correction = record.batch().correction();
            assertThat(correction).isNotNull();
            assertThat(correction.kind()).isEqualTo(Correction.Kind.VOID);
            assertThat(correction.eventId()).isEqualTo(event.id());
            assertThat(correction.quantity()).isEqualTo(event.quantity());
            assertThat(correction.eventTime()).isEqualTo(event.eventTime());
            assertThat(correction.offset()).isEqualTo(event.offset());
            assertThat(correction.reason()).isEqualTo("twice");
            assertThat(correction.actor()).isEqualTo("key:k");
        });
        assertThat(owners.requests()).isEmpty();
    }

    @Test
    void theSameVoidAgainHasTheSameAnswerAndWritesNothing() {
        counted(1);
        CorrectionOutcome first = takeOut("twice");
        assertThat(takeOut("twice")).isEqualTo(first);
        assertThat(takeOut("for another reason")).isInstanceOf(CorrectedBefore.class);
        assertThat(log.stored()).hasSize(1);
    }

    /// A process that dies between the log and its answer leaves a caller who asks again.
    @Test
    void aVoidWhoseAnswerWasLostIsMadeOnce() {
        counted(1);
        log.fates(record -> {
            var unused = log.land(record);
            return CompletableFuture.completedFuture(new Appended.Unknown("the answer was lost"));
        });
        assertThat(takeOut("twice"))
                .isInstanceOfSatisfying(
                        Unavailable.class,
                        unavailable -> assertThat(unavailable.missing()).isEqualTo(Missing.LOG));
        log.away(false);

        assertThat(takeOut("twice")).isInstanceOf(Corrected.class);
        assertThat(log.stored()).hasSize(1);
    }

    /// As above, and the retry comes before the first record is stored.
    @Test
    void aSecondRecordOfTheSameVoidIsAnsweredWithTheFirst() {
        counted(1);
        takeOut("twice");
        Instant first = log.stored().getFirst().report().acceptedAt();
        StoredEvent.Made made = ((Corrected) takeOut("twice")).made();
        var unused = log.land(log.stored().getFirst());
        assertThat(((Corrected) takeOut("twice")).made()).isEqualTo(made);
        assertThat(made.at()).isEqualTo(first);
    }

    @Test
    void whatIsNotStoredYetIsNotAnswered() {
        counted(1);
        stored.behind(true);
        assertThat(takeOut("twice"))
                .isInstanceOfSatisfying(
                        Unavailable.class,
                        unavailable -> assertThat(unavailable.missing()).isEqualTo(Missing.STORE));
        assertThat(log.stored()).isEmpty();
    }

    @Test
    void nothingIsKnownOfForeignUnknownAndMalformedEvents() {
        counted(1);
        List<String> ids = List.of(id(2), "evt_1", "", "\u0000");
        assertThat(corrections.takeOut(request("twice"), ids).outcomes())
                .containsOnly(new CorrectionOutcome.NotFound());
        assertThat(corrections
                        .takeOut(request(FOREIGN, "twice"), List.of(id(1)))
                        .outcomes())
                .containsOnly(new CorrectionOutcome.NotFound());
        assertThat(corrections
                        .amend(request(FOREIGN, "twice"), id(1), event -> instead("1"))
                        .outcomes())
                .containsOnly(new CorrectionOutcome.NotFound());
        assertThat(log.stored()).isEmpty();
    }

    @Test
    void aRejectedEventWasNeverCounted() {
        stored.reject(new EventId(id(1)), "LATE");
        assertThat(takeOut("twice")).isEqualTo(new CorrectionOutcome.NeverCounted("LATE"));
    }

    @Test
    void whatCannotBeFoundAnewIsToldOfThatEventAlone() {
        counted(1);
        stored.decides(false);
        assertThat(takeOut("twice")).isInstanceOf(CorrectionOutcome.NotKept.class);
        assertThat(amend("1")).isInstanceOf(CorrectionOutcome.NotKept.class);
    }

    @Test
    void theInvoiceThatBillsAnEventIsToldWheneverThatIsTakenOut() {
        counted(1, Optional.of("inv_1"));
        counted(2);
        List<String> ids = List.of(id(1), id(2));
        for (int i = 0; i < 2; i++) {
            assertThat(corrections.takeOut(request("twice"), ids).outcomes())
                    .extracting(outcome -> ((Corrected) outcome).billedBy())
                    .containsExactly(Optional.of("inv_1"), Optional.empty());
        }
    }

    @Test
    void anEventThatIsNamedTwiceIsTakenOutOnce() {
        counted(1);
        counted(2);
        EventCorrections.Answer answer = corrections.takeOut(request("twice"), List.of(id(1), id(2), id(1), id(3)));
        assertThat(answer.outcomes().subList(0, 3)).allMatch(Corrected.class::isInstance);
        assertThat(answer.outcomes().get(0)).isEqualTo(answer.outcomes().get(2));
        assertThat(answer.outcomes().get(3)).isInstanceOf(CorrectionOutcome.NotFound.class);
        assertThat(log.stored()).hasSize(2);
    }

    // ---- amendments ----

    @Test
    void anAmendmentAsksTheOwnerForWhatItIsMore() {
        StoredEvent event = counted(1);

        assertThat(amend("7")).isInstanceOf(Corrected.class);

        assertThat(owners.requests()).singleElement().satisfies(request -> {
            Candidate candidate = request.events().getFirst();
            assertThat(candidate.keyed()).isFalse();
            assertThat(candidate.replaces())
                    .contains(new Candidate.Replaced(
                            event.meter().value(), event.quantity().value(), event.eventTime()));
        });
        assertThat(log.stored()).singleElement().satisfies(record -> {
            assertThat(record.batch().events()).hasSize(1);
            assertThat(record.batch().admission()).isNotNull();
            assertThat(record.batch().correction()).isNotNull();
        });
    }

    @Test
    void theSameAmendmentAgainHasTheSameReplacement() {
        counted(1);
        CorrectionOutcome first = amend("7");
        assertThat(amend("7")).isEqualTo(first);
        assertThat(amend("8")).isInstanceOf(CorrectedBefore.class);
        assertThat(takeOut("typo")).isInstanceOf(CorrectedBefore.class);
        assertThat(log.stored()).hasSize(1);
    }

    @Test
    void anAmendmentThatTheOwnerDeniesLeavesTheEvent() {
        counted(1);
        owners.decides(candidate -> Decisions.denied("calls", "4.5"));
        assertThat(amend("7")).isInstanceOf(CorrectionOutcome.Denied.class);
        assertThat(log.stored()).isEmpty();
    }

    /// The first took the room that the same request, sent again, asks for.
    @Test
    void anAmendmentWhoseAnswerWasLostIsNotDeniedForItself() {
        counted(1);
        loseTheAnswerTo("7");

        assertThat(amend("7"))
                .isInstanceOfSatisfying(
                        Corrected.class,
                        corrected -> assertThat(corrected.made().replacementId())
                                .contains(log.stored()
                                        .getFirst()
                                        .batch()
                                        .events()
                                        .getFirst()
                                        .id()));
        assertThat(log.stored()).hasSize(1);
    }

    @Test
    void anAmendmentThatIsDeniedAfterAnotherIsToldOfThat() {
        counted(1);
        loseTheAnswerTo("7");

        assertThat(amend("8")).isInstanceOf(CorrectedBefore.class);
    }

    @Test
    void anAmendmentIsNotDeniedBeforeAllThatWasWrittenIsStored() {
        counted(1);
        owners.answers(request -> {
            stored.behind(true);
            return owners.decided(List.of(Decisions.denied("calls", "4.5")));
        });
        assertThat(amend("7"))
                .isInstanceOfSatisfying(
                        Unavailable.class,
                        unavailable -> assertThat(unavailable.missing()).isEqualTo(Missing.STORE));
    }

    @Test
    void anAmendmentWaitsForOneOfTheSameEventThatIsOnItsWay() {
        counted(1);
        owners.doesNotJudge(AdmissionAnswer.Reason.KEY_IN_FLIGHT);
        assertThat(amend("7")).isInstanceOfSatisfying(Unavailable.class, unavailable -> {
            assertThat(unavailable.missing()).isEqualTo(Missing.OWNER);
            assertThat(unavailable.why()).isEqualTo("Another amendment of the event is on its way.");
        });
    }

    @Test
    void nothingReplacesAnEventOfADeletedTenant() {
        counted(1);
        deleted = true;
        assertThat(amend("7")).isInstanceOf(CorrectionOutcome.TenantDeleted.class);
        assertThat(takeOut("twice")).isInstanceOf(Corrected.class);
    }

    // ---- one call each ----

    /// Writes an amendment that fills the quota, and dies before it is answered.
    private void loseTheAnswerTo(String quantity) {
        log.fates(record -> {
            var unused = log.land(record);
            return CompletableFuture.completedFuture(new Appended.Unknown("the answer was lost"));
        });
        assertThat(amend(quantity)).isInstanceOf(Unavailable.class);
        log.away(false);
        stored.storedWhenAwaited();
        owners.decides(candidate -> Decisions.denied("calls", "4.5"));
    }

    private CorrectionOutcome takeOut(String reason) {
        return corrections.takeOut(request(reason), List.of(id(1))).outcomes().getFirst();
    }

    private CorrectionOutcome amend(String quantity) {
        return corrections
                .amend(request("typo"), id(1), event -> instead(quantity))
                .outcomes()
                .getFirst();
    }

    private EventCorrections.Request request(String reason) {
        return request(ORGANIZATION, reason);
    }

    /// Each a second after the one before.
    private EventCorrections.Request request(OrganizationId organizationId, String reason) {
        requests++;
        return new EventCorrections.Request(
                organizationId,
                ZoneOffset.UTC,
                reason,
                new Requester("key:k", Optional.of("req-" + requests)),
                Reports.NOW.plusSeconds(requests),
                new SplittableRandom(requests));
    }

    private static ReportedEvent instead(String quantity) {
        return Reports.event("t", null, new MeterKey("calls"), quantity);
    }

    private StoredEvent counted(int number) {
        return counted(number, Optional.empty());
    }

    private StoredEvent counted(int number, Optional<String> billedBy) {
        StoredEvent event = new StoredEvent(
                new EventId(id(number)),
                TENANT,
                new MeterKey("calls"),
                Quantity.rounded(new BigDecimal("2.5")),
                Reports.NOW.minusSeconds(number),
                "{}",
                40 + number,
                Optional.empty(),
                billedBy);
        stored.add(event);
        return event;
    }

    private static String id(int number) {
        return EventId.derived(ORGANIZATION, TENANT.subject(), "key-" + number).value();
    }
}
