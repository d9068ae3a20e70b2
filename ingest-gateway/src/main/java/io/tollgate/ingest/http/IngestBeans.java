package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import io.tollgate.ingest.admission.EventRecorder;
import io.tollgate.ingest.admission.LimitedMeters;
import io.tollgate.ingest.capacity.InFlightBytes;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.reservation.ReservationRecorder;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.Reservations;
import jakarta.inject.Singleton;
import java.util.concurrent.locks.LockSupport;

/// Makes what this module shares between its filters and its controllers.
@Factory
@Requires(property = "tollgate.roles.gateway", value = "true")
final class IngestBeans {
    @Singleton
    InFlightBytes inFlightBytes(IngestConfig config) {
        return new InFlightBytes(config.inFlightBytesMax());
    }

    @Singleton
    EventRecorder eventRecorder(EventLog log, Admissions admissions, LimitedMeters limited) {
        return new EventRecorder(log, admissions, limited, System::nanoTime);
    }

    @Singleton
    ReservationRecorder reservationRecorder(EventLog log, Reservations owners, Admissions admissions) {
        return new ReservationRecorder(
                log, owners, admissions, System::nanoTime, pause -> LockSupport.parkNanos(pause.toNanos()));
    }
}
