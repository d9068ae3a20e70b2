package io.tollgate.quota.ledger;

import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.Reservation;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// Where owners write that the time of reservations has passed. Never blocks.
public interface ExpiryLog {
    /// Appends the end of a reservation to its subject's partition, as admitted by the ledger of `epoch`. Completes
    /// with what became
    /// of the record.
    CompletableFuture<Fate> expire(
            int partition, AdmissionId id, UUID epoch, Instant admittedAt, Reservation reservation);
}
