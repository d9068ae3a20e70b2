package io.tollgate.quota.admission;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// The owner's answer to one [AdmissionRequest].
public sealed interface AdmissionAnswer {
    /// Judged. What is [EventDecision.Admitted] holds its room until the outcome is known. Nothing is held when the
    /// request
    /// is not partial and an event is denied.
    ///
    /// @param epoch of the ledger that judged, to be written into the record
    /// @param admittedAt the owner's clock, to be written into the record
    /// @param decisions one per candidate, in order
    record Decided(UUID epoch, Instant admittedAt, List<EventDecision> decisions) implements AdmissionAnswer {}

    /// Not judged; nothing is held. Asking again, perhaps elsewhere, may help.
    record NotJudged(Reason reason, String why) implements AdmissionAnswer {}

    /// Why a request is not judged.
    enum Reason {
        /// The partition is not owned there.
        NOT_OWNER,
        /// The owner has taken the partition over and does not know yet everything that its predecessor admitted, or
        /// its
        /// lease has run out.
        HAND_OVER,
        /// Too much is admitted and not counted yet.
        OVERLOADED,
        /// The owner has not applied the definitions yet that the gateway has.
        DEFINITIONS_BEHIND,
        /// A key of the request, or the event that it amends, is on its way in another request of unknown outcome.
        KEY_IN_FLIGHT
    }
}
