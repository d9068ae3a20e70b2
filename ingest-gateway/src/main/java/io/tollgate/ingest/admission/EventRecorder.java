package io.tollgate.ingest.admission;

import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.Admission;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.AdmissionRules;
import io.tollgate.quota.admission.Admissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// Brings what a request has taken in through admission into the log. Every admission ends in a report to its owner,
/// also when nobody waits for the answer any more. Thread-safe.
public final class EventRecorder {
    /// From the question to the owners to the answer: the promise of two seconds, with room for reading and answering.
    static final Duration ANSWERED_WITHIN = Duration.ofMillis(1_900);

    /// What the log itself needs at most. Only a request whose owners took longer than the rest needs its own watch.
    private static final Duration LOG_ANSWERS_WITHIN = Duration.ofMillis(1_700);

    private static final int RETRY_AFTER_SECONDS = 1;

    private final EventLog log;
    private final Admissions admissions;
    private final LimitedMeters limited;
    private final LongSupplier nanos;

    /// @param nanos the monotonic clock
    public EventRecorder(EventLog log, Admissions admissions, LimitedMeters limited, LongSupplier nanos) {
        this.log = log;
        this.admissions = admissions;
        this.limited = limited;
        this.nanos = nanos;
    }

    /// Asks the owners and, if they let it pass, hands the records to the log. Blocks while the owners are asked, for
    /// at
    /// most [Admissions#ANSWERED_WITHIN_MS]: call it off event loops.
    ///
    /// @param partial whether events may fail alone
    public Recording record(Intake.Taken taken, boolean partial, RandomGenerator random) {
        AdmissionRound round = AdmissionRound.of(taken, partial, log.partitions(), random);
        long asked = nanos.getAsLong();
        List<AdmissionRequest> requests = round.requests();
        List<AdmissionAnswer> answers = requests.isEmpty() ? List.of() : admissions.admit(requests);
        return switch (round.judge(answers, limited)) {
            case Verdict.Denied denied -> {
                report(denied.released());
                yield denied;
            }
            case Verdict.Unavailable unavailable -> {
                report(unavailable.released());
                yield unavailable;
            }
            case Verdict.Written written -> write(written, asked);
        };
    }

    /// Hands over records that no owner is asked about: those that only take events out.
    public CompletableFuture<Settled> recordUnasked(UsageReport report) {
        return settled(report, append(report), 0);
    }

    private Recording write(Verdict.Written written, long asked) {
        UsageReport report = written.report();
        long passed = nanos.getAsLong() - asked;
        if (passed > AdmissionRules.SENT_WITHIN.toNanos()) {
            List<AdmissionOutcome> released = released(report);
            if (!released.isEmpty()) {
                report(released);
                return new Verdict.Unavailable(
                        "The owners of the counters took too long to answer.", RETRY_AFTER_SECONDS, released);
            }
        }
        return new Recording.Underway(written, settled(report, append(report), passed));
    }

    private List<CompletableFuture<Appended>> append(UsageReport report) {
        try {
            return log.append(report);
        } catch (RuntimeException e) {
            // A log that throws has sent nothing; the owners must not wait for what never comes.
            report(released(report));
            throw e;
        }
    }

    private CompletableFuture<Settled> settled(
            UsageReport report, List<CompletableFuture<Appended>> fates, long passedNanos) {
        // Reported before it is answered, so that whoever sends a key again after its answer finds it settled.
        List<CompletableFuture<Appended>> reported = new ArrayList<>(fates.size());
        for (int i = 0; i < fates.size(); i++) {
            reported.add(reported(report.batches().get(i), fates.get(i)));
        }
        CompletableFuture<Settled> settled = CompletableFuture.allOf(reported.toArray(CompletableFuture[]::new))
                .thenApply(all -> Settled.of(
                        report, reported.stream().map(CompletableFuture::join).toList()));
        long leftNanos = ANSWERED_WITHIN.toNanos() - passedNanos;
        return leftNanos >= LOG_ANSWERS_WITHIN.toNanos()
                ? settled
                : settled.completeOnTimeout(
                        new Settled.NotLogged("not acknowledged in the time that admission left"),
                        leftNanos,
                        TimeUnit.NANOSECONDS);
    }

    private CompletableFuture<Appended> reported(SubjectBatch batch, CompletableFuture<Appended> fate) {
        Admission admission = batch.admission();
        return admission == null
                ? fate
                : fate.thenApply(appended -> {
                    report(List.of(outcome(batch, admission, Settled.fate(batch, appended))));
                    return appended;
                });
    }

    private static List<AdmissionOutcome> released(UsageReport report) {
        List<AdmissionOutcome> released = new ArrayList<>(report.batches().size());
        for (SubjectBatch batch : report.batches()) {
            Admission admission = batch.admission();
            if (admission != null) {
                released.add(outcome(batch, admission, Fate.FAILED));
            }
        }
        return released;
    }

    private static AdmissionOutcome outcome(SubjectBatch batch, Admission admission, Fate fate) {
        return new AdmissionOutcome(
                admission.id(), admission.partition(), batch.subjectKey().recordKey(), admission.epoch(), fate);
    }

    private void report(List<AdmissionOutcome> outcomes) {
        if (!outcomes.isEmpty()) {
            admissions.report(outcomes);
        }
    }
}
