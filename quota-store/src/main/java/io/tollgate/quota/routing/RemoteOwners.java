package io.tollgate.quota.routing;

import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The instances in other processes, as they are asked what [io.tollgate.quota.admission.OwnerNode] answers. Every
/// method
/// blocks, for `atMost` at most, and is empty (or false) if the instance cannot be reached or does not answer by then;
/// one
/// that
/// refuses the connection is found out at once. Thread-safe.
public interface RemoteOwners {
    Optional<List<AdmissionAnswer>> admit(
            Owner owner, long definitionsPosition, List<AdmissionRequest> requests, Duration atMost);

    /// @return whether the owner has taken the outcomes
    boolean report(Owner owner, List<AdmissionOutcome> outcomes, Duration atMost);

    Optional<List<CheckAnswer>> check(
            Owner owner, long definitionsPosition, List<QuotaCheck> checks, boolean stale, Duration atMost);

    Optional<List<PartitionStatus>> status(Owner owner, Duration atMost);

    /// As [io.tollgate.quota.admission.ReservationNode#reserve].
    Optional<ReservationAnswer> reserve(
            Owner owner, long definitionsPosition, ReservationRequest request, Duration atMost);

    /// As [io.tollgate.quota.admission.ReservationNode#reservation].
    Optional<ReservationAnswer> reservation(Owner owner, ReservationId id, Duration atMost);
}
