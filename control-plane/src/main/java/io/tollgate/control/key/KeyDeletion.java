package io.tollgate.control.key;

/// What became of the wish to delete a key.
public sealed interface KeyDeletion {
    record Deleted() implements KeyDeletion {}

    /// The holder does not exist, or no key of this name is active.
    record NoKey() implements KeyDeletion {}

    /// Another tenant of the organization has the key of this name.
    record OfAnotherTenant() implements KeyDeletion {}
}
