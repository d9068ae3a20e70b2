package io.tollgate.quota.admission;

import java.util.List;

/// Asks the owners, wherever they are: one call per owner. Blocks while it waits; call it off event loops. Thread-safe.
public interface Admissions {
    /// One answer per request, in order; within [#ANSWERED_WITHIN_MS]. An owner that cannot be found or does not answer
    /// counts as [AdmissionAnswer.Reason#HAND_OVER].
    List<AdmissionAnswer> admit(List<AdmissionRequest> requests);

    /// Tells the owners what became of admitted records. Never blocks and may be lost: the owner reads back from the
    /// log what
    /// it is not told.
    void report(List<AdmissionOutcome> outcomes);

    /// Longest wait for an answer, in milliseconds: half of what a record may take from admission to the log.
    long ANSWERED_WITHIN_MS = 800;
}
