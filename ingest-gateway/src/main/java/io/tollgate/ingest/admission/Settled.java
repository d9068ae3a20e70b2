package io.tollgate.ingest.admission;

import io.tollgate.contract.LogPosition;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.Admission;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.AdmissionRules;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// How the writing of a report ended.
public sealed interface Settled {
    /// Everything is in the log, and counts.
    ///
    /// @param records where, in the order of the report's batches
    record Logged(LogPosition position, List<Appended.Landed> records) implements Settled {}

    /// Not all of it is known to be in the log.
    record NotLogged(String why) implements Settled {}

    /// All of it is in the log, but a record with bounded events came there too late for them to count.
    record Late() implements Settled {}

    /// @param fates one per batch of the report, in order
    static Settled of(UsageReport report, List<Appended> fates) {
        List<Appended.Landed> landed = new ArrayList<>(fates.size());
        TreeMap<Integer, Long> offsets = new TreeMap<>();
        for (Appended fate : fates) {
            switch (fate) {
                case Appended.Landed record -> {
                    landed.add(record);
                    offsets.merge(record.partition(), record.offset(), Math::max);
                }
                case Appended.NotSent notSent -> {
                    return new NotLogged(notSent.why());
                }
                case Appended.Unknown unknown -> {
                    return new NotLogged(unknown.why());
                }
            }
        }
        for (int i = 0; i < landed.size(); i++) {
            if (late(report.batches().get(i), landed.get(i))) {
                return new Late();
            }
        }
        return new Logged(LogPosition.ofEvents(offsets), landed);
    }

    /// What the owner is told of its record. What is late counts for nothing, but the owner finds that out by the log
    /// alone: told that it had landed, it would call a retry of it a duplicate.
    static Fate fate(SubjectBatch batch, Appended appended) {
        return switch (appended) {
            case Appended.Landed landed -> late(batch, landed) ? Fate.UNKNOWN : Fate.LANDED;
            case Appended.NotSent notSent -> Fate.FAILED;
            case Appended.Unknown unknown -> Fate.UNKNOWN;
        };
    }

    private static boolean late(SubjectBatch batch, Appended.Landed landed) {
        Admission admission = batch.admission();
        return admission != null
                && AdmissionRules.late(admission.admittedAt(), landed.appendedAt())
                && batch.events().stream().anyMatch(NewEvent::bounded);
    }
}
