package io.tollgate.quota.ledger;

import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.admission.Reservation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/// What becomes of the events of a record, and what the aggregator has to keep beside the counters.
///
/// @param fates one per event, in order
/// @param marks windows of quotas whose mark has changed
/// @param crossings thresholds that counted values have crossed, in order
/// @param reservations that have changed, as they are now
public record Judgement(
        List<Fate> fates, List<Marked> marks, List<Crossing> crossings, List<Reservation> reservations) {

    /// What becomes of one event.
    public sealed interface Fate {
        /// It is counted. `remember`: its key is new and must be remembered.
        record Counted(boolean remember) implements Fate {}

        record Duplicate() implements Fate {}

        record Refused(Reason reason, String detail) implements Fate {}
    }

    /// Why an event is refused.
    public enum Reason {
        /// Its key was counted before with another payload.
        KEY_REUSED,
        /// Nobody admitted it, or not in a way that can be proven, and it would pass a quota.
        BACKSTOP,
        /// It reached the log too long after its admission.
        LATE,
        /// It was to take the place of an event that is not taken out.
        NOT_AMENDED
    }

    /// A window's mark after the record.
    public record Marked(RoomKey room, QuotaMark mark) {}

    /// A threshold that was crossed.
    ///
    /// @param index of the event that crossed it; [#NO_EVENT] if taking one out did
    /// @param value counted in the window with that event
    public record Crossing(Kind kind, RoomKey room, Quota quota, BigDecimal value, int index, Instant at) {
        public static final int NO_EVENT = -1;

        /// The thresholds. Each is signalled at most once per quota and window.
        public enum Kind {
            /// The value has passed the soft limit.
            SOFT,
            /// The value has reached the limit.
            HARD,
            /// The value has passed the limit.
            BREACH,
            /// The value is back at or below the limit.
            RECOVERY,
            /// The window's grace has begun.
            GRACE_STARTED
        }
    }
}
