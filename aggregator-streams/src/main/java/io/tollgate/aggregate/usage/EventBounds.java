package io.tollgate.aggregate.usage;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// The bounds that every event in the log keeps. Gateways hold stricter ones; this is the last line against records
/// that
/// were written to the log directly.
public final class EventBounds {
    /// Earliest event time that is counted: the epoch.
    static final Instant EARLIEST = Instant.EPOCH;

    /// Event times from here on are not counted: year 10000, past what calendars and stores take.
    static final Instant END = Instant.parse("9999-12-31T00:00:00Z");

    private EventBounds() {}

    /// What is wrong with an event, if anything.
    public static Optional<String> violation(String eventId, String meter, BigDecimal quantity, Instant eventTime) {
        try {
            new EventId(eventId).bytes();
            new MeterKey(meter);
            new Quantity(quantity);
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        return eventTime.isBefore(EARLIEST) || !eventTime.isBefore(END)
                ? Optional.of("the event time lies outside 1970 to 9999")
                : Optional.empty();
    }
}
