package io.tollgate.quota.admission;

import io.tollgate.contract.EventId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;

/// One event that a gateway would write.
///
/// @param keyed whether the id stands for an idempotency key; else it is fresh and never a duplicate
/// @param fingerprint at least the first 16 bytes of the payload's digest
/// @param quantity scale 6; negative and zero ones never need room, unless they replace less
/// @param replaces the event that is taken out with the same record; empty for all but amendments
public record Candidate(
        EventId eventId,
        boolean keyed,
        byte[] fingerprint,
        String meter,
        BigDecimal quantity,
        Instant eventTime,
        Optional<Replaced> replaces) {
    public Candidate(
            EventId eventId, boolean keyed, byte[] fingerprint, String meter, BigDecimal quantity, Instant eventTime) {
        this(eventId, keyed, fingerprint, meter, quantity, eventTime, Optional.empty());
    }

    /// A counted event that counts no longer once the candidate is counted.
    public record Replaced(String meter, BigDecimal quantity, Instant eventTime) {}

    /// Whether it may need room: less than it replaces never does, but how much that is depends on the window.
    public boolean mayRaise() {
        return quantity.signum() > 0 || replaces.isPresent();
    }

    /// By how much the value of a window that holds the candidate changes with it.
    ///
    /// @param holds whether a time lies in the window
    public BigDecimal change(Predicate<Instant> holds) {
        return replaces.filter(old -> old.meter().equals(meter) && holds.test(old.eventTime()))
                .map(old -> quantity.subtract(old.quantity()))
                .orElse(quantity);
    }
}
