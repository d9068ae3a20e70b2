package io.tollgate.quota.admission;

/// The reservations of the partitions that an instance owns, as gateways talk to it. Blocks for at most a second.
/// Thread-safe.
public interface ReservationNode {
    /// Judges a step in the life of reservations. What is granted is held until the outcome is reported, as for events.
    ///
    /// @param definitionsPosition offset of the last record of `definitions.quotas` that the caller has applied; -1 for
    /// none
    ReservationAnswer reserve(long definitionsPosition, ReservationRequest request);

    /// A reservation as it stands, or that nobody knows it: [ReservationAnswer.Made], [ReservationAnswer.Unknown] or
    /// [ReservationAnswer.NotJudged].
    ReservationAnswer reservation(ReservationId id);
}
