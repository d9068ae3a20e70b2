package io.tollgate.ingest.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.InMemoryEventLog;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.AdmissionRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventRecorderTest {
    private final InMemoryEventLog log = new InMemoryEventLog(Reports.NOW);
    private final InMemoryAdmissions owners = new InMemoryAdmissions(Reports.NOW);
    private long nanos;
    private final EventRecorder recorder =
            new EventRecorder(log, owners, (organization, subject, meter) -> false, () -> nanos);

    @Test
    void whatLandedIsReportedBeforeItIsSettled() {
        List<CompletableFuture<Appended>> fates = new ArrayList<>();
        log.fates(record -> {
            fates.add(new CompletableFuture<>());
            return fates.getLast();
        });
        Recording.Underway underway = underway("a:1", "b:1");

        fates.getLast().complete(new Appended.Landed(0, 5, Reports.NOW));
        assertThat(told()).containsExactly("b LANDED");
        assertThat(underway.settled()).isNotDone();
        List<String> toldWhenSettled = new ArrayList<>();
        underway.settled().thenRun(() -> toldWhenSettled.addAll(told()));
        fates.getFirst().complete(new Appended.Landed(0, 6, Reports.NOW));

        assertThat(underway.settled().join()).isInstanceOf(Settled.Logged.class);
        assertThat(toldWhenSettled).containsExactly("b LANDED", "a LANDED");
        assertThat(owners.outcomes()).allMatch(outcome -> outcome.epoch().equals(InMemoryAdmissions.EPOCH));
        assertThat(owners.outcomes().stream().map(AdmissionOutcome::id))
                .containsExactlyInAnyOrderElementsOf(
                        owners.requests().stream().map(request -> request.id()).toList());
    }

    @Test
    void whatNeverReachedTheNetworkHasFailedAndWhatIsSilentIsUnknown() {
        log.fates(record -> CompletableFuture.completedFuture(
                name(record.batch().subjectKey().recordKey()).equals("a")
                        ? new Appended.NotSent("full")
                        : new Appended.Unknown("silence")));

        assertThat(underway("a:1", "b:1").settled().join()).isEqualTo(new Settled.NotLogged("full"));
        assertThat(told()).containsExactly("a FAILED", "b UNKNOWN");
    }

    @Test
    void nothingIsSentOnceHalfOfTheTimeIsGone() {
        owners.answers(request -> {
            nanos += AdmissionRules.SENT_WITHIN.toNanos() / 2 + 1;
            return owners.decided(List.of(Decisions.admitted()));
        });

        assertThat(record("a:1", "b:1")).isInstanceOf(Verdict.Unavailable.class);
        assertThat(told()).containsExactly("a FAILED", "b FAILED");
        assertThat(log.stored()).isEmpty();
    }

    @Test
    void whatIsSentWithinHalfOfTheTimeIsSent() {
        owners.answers(request -> {
            nanos += AdmissionRules.SENT_WITHIN.toNanos();
            return owners.decided(List.of(Decisions.admitted()));
        });

        underway("a:1");
        assertThat(log.stored()).hasSize(1);
    }

    @Test
    void uncheckedRecordsHaveNoSuchHaste() {
        owners.answers(request -> {
            nanos += AdmissionRules.IN_TIME.toNanos();
            return new AdmissionAnswer.NotJudged(AdmissionAnswer.Reason.HAND_OVER, "told so");
        });

        underway("a:1");
        assertThat(log.stored()).hasSize(1);
        assertThat(owners.outcomes()).isEmpty();
    }

    @Test
    void refusedRequestsAreNotWrittenAndLetGoOfWhatOthersHold() {
        owners.answers(request -> name(request.subjectKey()).equals("a")
                ? owners.decided(List.of(Decisions.admitted()))
                : owners.decided(List.of(Decisions.denied("calls", "3"))));
        assertThat(record("a:1", "b:1")).isInstanceOf(Verdict.Denied.class);
        assertThat(told()).containsExactly("a FAILED");

        owners.answers(request -> name(request.subjectKey()).equals("a")
                ? owners.decided(List.of(Decisions.admitted()))
                : new AdmissionAnswer.NotJudged(AdmissionAnswer.Reason.OVERLOADED, "told so"));
        assertThat(record("a:2", "b:2")).isInstanceOf(Verdict.Unavailable.class);
        assertThat(told()).containsExactly("a FAILED", "a FAILED");
        assertThat(log.stored()).isEmpty();
    }

    @Test
    void nothingNewAsksNobodyAndIsSettledAtOnce() {
        assertThat(underway().settled()).isCompleted();
        assertThat(owners.requests()).isEmpty();
    }

    @Test
    void aLogThatThrowsHasSentNothing() {
        EventRecorder broken = new EventRecorder(
                new EventLog() {
                    @Override
                    public int partitions() {
                        return 1;
                    }

                    @Override
                    public List<CompletableFuture<Appended>> append(UsageReport report) {
                        throw new IllegalStateException("cannot encode");
                    }
                },
                owners,
                (organization, subject, meter) -> false,
                () -> nanos);

        assertThatThrownBy(() -> broken.record(taken("a:1"), false, new SplittableRandom(1)))
                .hasMessage("cannot encode");
        assertThat(told()).containsExactly("a FAILED");
    }

    /// The caller is answered within two seconds of its request, and the owner still learns what came of it.
    @Test
    void slowOwnersLeaveTheLogLessTime() throws Exception {
        CompletableFuture<Appended> fate = new CompletableFuture<>();
        log.fates(record -> fate);
        owners.answers(request -> {
            nanos += Duration.ofMillis(800).toNanos();
            return owners.decided(List.of(Decisions.admitted()));
        });

        // The log itself stays silent here, so only the watch over the rest of the time can answer.
        assertThat(underway("a:1").settled().get(10, TimeUnit.SECONDS)).isInstanceOf(Settled.NotLogged.class);
        fate.complete(new Appended.Landed(0, 1, Reports.NOW));
        assertThat(told()).containsExactly("a LANDED");
    }

    private Recording.Underway underway(String... tenantsAndKeys) {
        return (Recording.Underway) record(tenantsAndKeys);
    }

    private Recording record(String... tenantsAndKeys) {
        return recorder.record(taken(tenantsAndKeys), false, new SplittableRandom(1));
    }

    private static Intake.Taken taken(String... tenantsAndKeys) {
        return Reports.taken(Arrays.stream(tenantsAndKeys)
                .map(text -> Reports.event(text.split(":")[0], text.split(":")[1], (String) null))
                .map(event -> (io.tollgate.ingest.event.Reported) event)
                .toList());
    }

    private List<String> told() {
        return owners.outcomes().stream()
                .map(outcome -> name(outcome.subjectKey()) + " " + fate(outcome.fate()))
                .toList();
    }

    private static String fate(Fate fate) {
        return fate.name();
    }

    private static String name(String key) {
        return key.substring(key.lastIndexOf(':') + 1);
    }
}
