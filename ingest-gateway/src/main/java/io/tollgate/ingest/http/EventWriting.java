package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.admission.EventRecorder;
import io.tollgate.ingest.admission.Recording;
import io.tollgate.ingest.admission.Settled;
import io.tollgate.ingest.admission.Verdict;
import io.tollgate.ingest.event.DeletedTenants;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.OrganizationZones;
import io.tollgate.ingest.event.WriteObserver;
import jakarta.inject.Singleton;
import java.time.ZoneId;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the routes that record events have in common: from events taken in to events in the log, with what goes wrong
/// on the way as a [Problem]. Blocks; for virtual threads.
@Singleton
@Requires(property = "tollgate.roles.gateway", value = "true")
final class EventWriting {
    /// A gateway learns of a new organization within a second of its key.
    private static final int DEFINITIONS_RETRY_AFTER_SECONDS = 1;

    /// Brokers elect new leaders in a second or two.
    private static final int LOG_RETRY_AFTER_SECONDS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(EventWriting.class);

    private final EventRecorder recorder;
    private final OrganizationZones zones;
    private final DeletedTenants deletedTenants;
    private final WriteObserver writes;
    private final IngestMetrics metrics;

    EventWriting(
            EventRecorder recorder,
            OrganizationZones zones,
            DeletedTenants deletedTenants,
            WriteObserver writes,
            IngestMetrics metrics) {
        this.recorder = recorder;
        this.zones = zones;
        this.deletedTenants = deletedTenants;
        this.writes = writes;
        this.metrics = metrics;
    }

    /// The zone in which the organization's events count.
    ZoneId zoneOf(OrganizationId organizationId) {
        return zones.zoneOf(organizationId)
                .orElseThrow(() -> Problem.of(
                                ErrorCode.OWNER_UNAVAILABLE,
                                "The organization's definitions have not arrived here yet.")
                        .retryAfter(DEFINITIONS_RETRY_AFTER_SECONDS));
    }

    /// Which tenants take no events any more.
    DeletedTenants deletedTenants() {
        return deletedTenants;
    }

    /// Asks the owners, and hands over what they let pass.
    ///
    /// @param partial whether events may fail alone
    Recording.Underway begin(Intake.Taken taken, boolean batch, boolean partial) {
        Recording recording =
                metrics.admitting(() -> recorder.record(taken, batch && partial, ThreadLocalRandom.current()));
        return switch (recording) {
            case Verdict.Denied denied -> throw QuotaJson.problem(denied, batch);
            case Verdict.Unavailable unavailable ->
                throw Problem.of(ErrorCode.OWNER_UNAVAILABLE, unavailable.why())
                        .retryAfter(unavailable.retryAfterSeconds());
            case Recording.Underway underway -> underway;
        };
    }

    /// Waits until all of it is in the log.
    Settled.Logged finish(OrganizationId organizationId, Recording.Underway underway) {
        return switch (metrics.appending(underway.settled()).join()) {
            case Settled.Logged logged -> {
                if (!logged.records().isEmpty()) {
                    writes.written(organizationId, logged.position());
                }
                metrics.recorded(underway.written().outcomes());
                yield logged;
            }
            case Settled.NotLogged notLogged -> {
                // Counted as LOG_UNAVAILABLE; at full load a line per request would be a second failure.
                LOG.debug("Events were not acknowledged: {}", notLogged.why());
                throw unavailable("The event log does not acknowledge events now.");
            }
            case Settled.Late late -> throw unavailable("The event log took too long for events under a quota.");
        };
    }

    private static Problem unavailable(String what) {
        return Problem.of(
                        ErrorCode.LOG_UNAVAILABLE,
                        what + " Sending them again with the same idempotency keys counts nothing twice.")
                .retryAfter(LOG_RETRY_AFTER_SECONDS);
    }
}
