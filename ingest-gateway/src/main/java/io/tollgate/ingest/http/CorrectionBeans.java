package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import io.tollgate.ingest.admission.EventRecorder;
import io.tollgate.ingest.admission.LimitedMeters;
import io.tollgate.ingest.correction.EventCorrections;
import io.tollgate.ingest.correction.StoredEvents;
import io.tollgate.ingest.event.DeletedTenants;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.WriteObserver;
import io.tollgate.quota.admission.Admissions;
import jakarta.inject.Singleton;

/// Makes what corrections need, on instances without the gateway role as well.
@Factory
@Requires(property = "tollgate.roles.control", value = "true")
final class CorrectionBeans {
    @Singleton
    EventCorrections eventCorrections(
            StoredEvents stored,
            EventLog log,
            Admissions admissions,
            LimitedMeters limited,
            DeletedTenants deleted,
            WriteObserver writes) {
        return new EventCorrections(
                stored, new EventRecorder(log, admissions, limited, System::nanoTime), deleted, writes);
    }
}
