package io.tollgate.quota.admission;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What the owner decided about one candidate.
public sealed interface EventDecision {
    /// New, and there is room.
    ///
    /// @param ceiling what the quota's window may hold at most, to be written with the event; empty: nothing bounds it
    /// @param graceStart when the window's grace began, to be written with the event; empty: it uses none
    record Admitted(Optional<BigDecimal> ceiling, Optional<Instant> graceStart, List<QuotaWarning> warnings)
            implements EventDecision {}

    /// Its key is in the log with the same payload.
    record Duplicate(Instant firstArrival) implements EventDecision {}

    /// Its key is in the log with another payload.
    record Conflict(Instant firstArrival) implements EventDecision {}

    /// It would pass a quota.
    record Denied(Denial denial) implements EventDecision {}

    /// Its key is on its way in another request whose outcome is not known; only in partial requests.
    record Unresolved() implements EventDecision {}
}
