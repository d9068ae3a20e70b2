package io.tollgate.billing.usage;

import java.time.Instant;
import java.util.Optional;

/// One event with what became of it.
///
/// @param place where it lies in `usage-events`
/// @param rejection why it was never counted; absent if it was
/// @param correction why it counts no longer; absent if it does
public record FoundEvent(
        StoredEvent event, LogPlace place, Optional<Rejection> rejection, Optional<Correction> correction) {
    /// @param at when the request was taken
    /// @param replacementId the event that counts in its place
    public record Correction(String reason, String actor, Instant at, Optional<String> replacementId) {}

    /// @param reason a word of the contract of `rejected-events`
    public record Rejection(String reason, String detail) {}
}
