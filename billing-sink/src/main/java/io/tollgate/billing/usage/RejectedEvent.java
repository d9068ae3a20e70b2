package io.tollgate.billing.usage;

import java.time.Instant;

/// A rejected event as it is read back.
///
/// @param rejectedAt when its record was appended to the log, or when the sink found it stored already
/// @param place where it lies in `usage-events`
public record RejectedEvent(StoredEvent event, Instant rejectedAt, FoundEvent.Rejection rejection, LogPlace place) {}
