package io.tollgate.quota.admission;

import java.util.UUID;

/// What became of an admitted record, as its gateway knows.
///
/// @param epoch as answered; an outcome of a dead epoch means nothing
public record AdmissionOutcome(AdmissionId id, int partition, String subjectKey, UUID epoch, Fate fate) {
    /// The fates of a record.
    public enum Fate {
        /// Acknowledged by the log.
        LANDED,
        /// It never reached the network, and never will.
        FAILED,
        /// It may or may not be in the log, or may still come.
        UNKNOWN
    }
}
