package io.tollgate.control.key;

/// What became of the wish for a new key.
public sealed interface KeyCreation {
    /// The key is active and, unless waiting for that was given up, applied at this instance.
    record Created(ApiKey key, KeyText text) implements KeyCreation {}

    /// An active key has this name.
    record NameTaken() implements KeyCreation {}

    /// [ApiKeys#ACTIVE_MAX] keys are active.
    record LimitReached() implements KeyCreation {}

    /// No such organization or tenant, or a deleted one.
    record NoHolder() implements KeyCreation {}
}
