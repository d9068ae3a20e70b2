package io.tollgate.ingest.correction;

import io.tollgate.contract.EventId;
import io.tollgate.ingest.admission.Verdict;
import java.util.Optional;

/// What became of the request to correct one event.
public sealed interface CorrectionOutcome {
    /// The event counts no longer, by this request or by the same one before.
    ///
    /// @param billedBy the finalized invoice that bills it; a later one gives it back
    record Corrected(EventId id, StoredEvent.Made made, Optional<String> billedBy) implements CorrectionOutcome {}

    /// The organization has no such event.
    record NotFound() implements CorrectionOutcome {}

    /// It was logged and never counted.
    record NeverCounted(String reason) implements CorrectionOutcome {}

    /// Another request has corrected it.
    record CorrectedBefore(StoredEvent.Made made) implements CorrectionOutcome {}

    /// It may be the value of a window whose other events are not kept one by one, so that what would be left is not
    /// known; see ADR 0019.
    record NotKept() implements CorrectionOutcome {}

    /// A quota has no room for the replacement.
    record Denied(Verdict.Denied verdict) implements CorrectionOutcome {}

    /// The tenant takes no events any more, so none can replace another.
    record TenantDeleted() implements CorrectionOutcome {}

    /// What became of it is not known, or nothing did; the same request again is safe and tells.
    record Unavailable(Missing missing, String why, int retryAfterSeconds) implements CorrectionOutcome {}

    /// Whose word is missing.
    enum Missing {
        OWNER,
        LOG,
        STORE
    }
}
