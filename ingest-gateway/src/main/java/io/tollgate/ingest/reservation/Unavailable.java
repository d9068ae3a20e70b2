package io.tollgate.ingest.reservation;

/// Nobody knows yet, or nothing was done; asking again is safe, and for what is to be reserved it is with an
/// idempotency key.
public record Unavailable(Missing missing, String why, int retryAfterSeconds)
        implements Reserving, Settling, Releasing, Finding {
    /// Whose answer is missing.
    public enum Missing {
        OWNER,
        LOG
    }
}
