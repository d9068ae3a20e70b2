package io.tollgate.ingest.kafka;

import io.tollgate.event.Fingerprint;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import java.util.ArrayList;
import java.util.List;

/// Reports as records of `usage-events`.
final class EventAvro {
    private EventAvro() {}

    static UsageBatch toAvro(UsageReport report, SubjectBatch batch) {
        List<UsageEvent> events = new ArrayList<>(batch.events().size());
        for (NewEvent event : batch.events()) {
            events.add(toAvro(event));
        }
        return new UsageBatch(
                report.id().value(),
                batch.subjectKey().organizationId().value(),
                batch.subjectKey().subject().value(),
                report.zone().getId(),
                report.acceptedAt(),
                events);
    }

    private static UsageEvent toAvro(NewEvent entry) {
        ReportedEvent event = entry.event();
        return new UsageEvent(
                entry.id().value(),
                event.idempotencyKey(),
                new Fingerprint(event.fingerprint().bytes()),
                event.meter().value(),
                event.quantity().value(),
                event.eventTime(),
                event.metadata());
    }
}
