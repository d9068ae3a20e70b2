package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.ingest.admission.Recording;
import io.tollgate.ingest.event.EventIntake;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.metering.quantity.Quantity;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Records an update of a metric on behalf of other parts of this instance, as its route would. Blocks; thread-safe.
@Singleton
@Requires(property = "tollgate.roles.gateway", value = "true")
public final class MetricRecorder {
    private final EventWriting writing;
    private final EventJson json;
    private final InstantSource clock;

    MetricRecorder(EventWriting writing, IngestConfig config, InstantSource clock) {
        this.writing = writing;
        this.json = new EventJson(config.eventTimeBounds());
        this.clock = clock;
    }

    /// Returns when the update is in the log.
    ///
    /// @param quantity any, zero and negative ones too
    /// @throws Problem if it is not, or cannot be known to be
    public void record(OrganizationId organizationId, SubjectId subject, MeterKey meter, Quantity quantity) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        byte[] body = ("{\"value\":" + quantity.value().toPlainString() + "}").getBytes(StandardCharsets.US_ASCII);
        Reported reported = json.readUpdate(body, meter, subject.tenantId().orElse(null), null, now);
        if (!(reported instanceof ReportedEvent event)) {
            throw new IllegalStateException("a quantity is always a valid update");
        }
        Intake intake = EventIntake.decide(
                organizationId,
                writing.deletedTenants(),
                writing.zoneOf(organizationId),
                List.of(event),
                false,
                now,
                ThreadLocalRandom.current());
        if (!(intake instanceof Intake.Taken taken)) {
            throw new IllegalStateException("a valid update is taken, not " + intake);
        }
        Recording.Underway underway = writing.begin(taken, false, false);
        writing.finish(organizationId, underway);
    }
}
