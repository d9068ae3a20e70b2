package io.tollgate.ingest.event;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.SubjectKey;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/// The new events of one request, as they go into the log.
///
/// @param zone of the organization, which decides the day and month windows of the events
/// @param acceptedAt arrival of the request
/// @param batches one per subject, in the order in which the subjects first appear; empty if nothing is new
public record UsageReport(BatchId id, ZoneId zone, Instant acceptedAt, List<SubjectBatch> batches) {

    /// The new events of one subject, in request order. Never empty; one record of the log.
    public record SubjectBatch(SubjectKey subjectKey, List<NewEvent> events) {}

    public record NewEvent(EventId id, ReportedEvent event) {}
}
