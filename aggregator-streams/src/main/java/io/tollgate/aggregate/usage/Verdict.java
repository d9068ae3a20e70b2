package io.tollgate.aggregate.usage;

/// What became of one logged event. Exactly one of these for every event in the log: logged = counted + duplicate +
/// rejected.
public sealed interface Verdict {
    /// Counted, and passed on to `accepted-events`.
    record Counted() implements Verdict {}

    /// Its key was seen before with the same payload; nothing is counted and nothing passed on.
    record Duplicate() implements Verdict {}

    /// Not counted; goes to `rejected-events` with the reason.
    record Rejected(Reason reason, String detail) implements Verdict {}

    /// Why an event is rejected.
    enum Reason {
        /// Its key was seen before with another payload.
        IDEMPOTENCY_KEY_REUSED,
        /// It breaks a bound that gateways hold.
        MALFORMED,
        /// Its record lies in another partition than that of its subject.
        MISROUTED,
        /// No owner's live admission stands for it, and it would pass a quota.
        QUOTA_BACKSTOP,
        /// It is bounded by a quota and reached the log too long after its admission.
        LATE,
        /// It was to take the place of an event that is not taken out.
        NOT_AMENDED
    }

    Verdict COUNTED = new Counted();
    Verdict DUPLICATE = new Duplicate();
}
