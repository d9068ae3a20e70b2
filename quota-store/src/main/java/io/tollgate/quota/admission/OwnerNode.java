package io.tollgate.quota.admission;

import java.util.List;

/// An instance that owns partitions, as gateways talk to it: by a method call in the same process, over the internal
/// port
/// elsewhere. Methods block for at most a second; call them off event loops. Thread-safe.
public interface OwnerNode {
    /// Judges each request; all of them are of partitions that the caller thinks are owned there.
    ///
    /// @param definitionsPosition offset of the last record of `definitions.quotas` that the caller has applied; -1 for
    /// none
    /// @return one answer per request, in order
    List<AdmissionAnswer> admit(long definitionsPosition, List<AdmissionRequest> requests);

    /// What became of admitted records.
    void report(List<AdmissionOutcome> outcomes);

    /// @param definitionsPosition as in [#admit]
    /// @param stale whether to answer from a copy that the instance keeps as a standby, where it is not the owner
    /// @return one answer per check, in order
    List<CheckAnswer> check(long definitionsPosition, List<QuotaCheck> checks, boolean stale);

    /// Every partition owned there.
    List<PartitionStatus> status();
}
