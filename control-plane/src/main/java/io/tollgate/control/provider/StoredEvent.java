package io.tollgate.control.provider;

import java.time.Instant;

/// An event that was stored.
///
/// @param status `pending`, `completed`, `failed` or `discarded`
/// @param retries attempts that failed
/// @param error why the last of them failed; empty if none did
public record StoredEvent(
        EventSource source, String id, String type, String status, int retries, String error, Instant receivedAt) {}
