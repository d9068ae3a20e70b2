package io.tollgate.control.idempotency;

/// What is to be done with a request that carries a key.
public sealed interface Attempt {
    /// It is the first: carry it out, then [IdempotentRequests#keep] or [IdempotentRequests#forget].
    record First() implements Attempt {}

    /// It was answered before.
    record Answered(StoredAnswer answer) implements Attempt {}

    /// It was answered before, but the answer held a secret that is kept nowhere.
    record AnsweredSecretly() implements Attempt {}

    /// It was carried out, but the process died before it answered.
    record Unanswered() implements Attempt {}

    /// The first is still being carried out.
    record Running() implements Attempt {}

    /// The key was used for another body, or by another caller.
    record Reused() implements Attempt {}
}
