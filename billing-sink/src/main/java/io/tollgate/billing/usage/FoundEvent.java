package io.tollgate.billing.usage;

import java.util.Optional;

/// One event with what became of it.
///
/// @param place where it lies in `usage-events`
/// @param rejection why it does not count; absent if it does
public record FoundEvent(StoredEvent event, LogPlace place, Optional<Rejection> rejection) {
    /// @param reason a word of the contract of `rejected-events`
    public record Rejection(String reason, String detail) {}
}
