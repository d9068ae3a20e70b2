package io.tollgate.quota.ledger;

/// The rules that keep the books right. All hold wherever Tollgate runs; the simulation leaves out one at a time and
/// shows
/// that the books are then wrong, so that nobody takes one for a formality.
enum Rule {
    /// Only a record that consumes its own live entry skips the look-up and the backstop, once.
    LIVE_ENTRY_PROVES_ADMISSION,
    /// A copy of a request that arrives when its admission is over is not admitted anew: what is reported of the first
    /// would be
    /// taken for the second.
    ADMISSION_HAPPENS_ONCE,
    /// A key that is counted by another record than the admitted one takes the admitted one's entry away.
    COUNTED_KEY_REMOVES_ENTRY,
    /// A duplicate of a key in flight waits until the first is known to be in the log.
    DUPLICATE_WAITS_FOR_LOG,
    /// A bounded event that reached the log too late is not counted, and not acknowledged.
    LATE_IS_NOT_COUNTED,
    /// An admission of unknown outcome keeps its room until it can no longer arrive in time.
    UNKNOWN_KEEPS_ROOM,
    /// What a negative update frees is free when it is counted, not when it is admitted or in the log: another record
    /// with its
    /// key may be counted in its place.
    FREED_WHEN_LOGGED,
    /// A record without a live entry is judged before it counts.
    BACKSTOP,
    /// The ceiling that a record carries decides where it is higher than today's.
    CARRIED_CEILING,
    /// The highest ceiling that a window was counted under is remembered with the window.
    GRANTED_CEILING,
    /// While the ledger is closed, what no owner admitted takes no room from what some owner did.
    CLOSED_REFUSES_UNADMITTED,
    /// A ledger opens only when it has counted whatever its predecessors may have let in.
    OPENS_AFTER_CATCH_UP,
    /// An owner that has not committed lately does not admit.
    LEASE,
    /// A key stays known to the ledger until every admission that may have looked it up too early has ended.
    MARKS_OUTLIVE_READERS
}
