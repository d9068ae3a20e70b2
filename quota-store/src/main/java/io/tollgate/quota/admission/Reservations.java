package io.tollgate.quota.admission;

/// Asks the owners, wherever they are, about reservations. What is granted is reported by [Admissions#report]. Blocks
/// while it waits, for [Admissions#ANSWERED_WITHIN_MS] at most; call it off event loops. An owner that cannot be found
/// or does not answer counts as [AdmissionAnswer.Reason#HAND_OVER]. Thread-safe.
public interface Reservations {
    /// Judges a step, at the owner of the subject's partition.
    ReservationAnswer reserve(ReservationRequest request);

    /// A reservation as it stands, or that nobody knows it: [ReservationAnswer.Made], [ReservationAnswer.Unknown] or
    /// [ReservationAnswer.NotJudged].
    ///
    /// @param id of a partition that exists
    ReservationAnswer reservation(ReservationId id);
}
