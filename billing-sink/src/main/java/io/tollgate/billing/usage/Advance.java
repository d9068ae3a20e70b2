package io.tollgate.billing.usage;

/// A step of one partition: from what the writer believes to be stored to what is stored after its rows.
///
/// @param expected offset before which, as far as the writer knows, everything is stored
/// @param next the same after this step
public record Advance(String topic, int partition, long expected, long next) {
    public Advance {
        if (next <= expected) {
            throw new IllegalArgumentException("a step goes forward, not from " + expected + " to " + next);
        }
    }
}
