package io.tollgate.billing.usage;

/// What became of a batch.
public sealed interface WriteOutcome {
    /// Rows and positions are stored.
    ///
    /// @param duplicates events of the batch that were stored already, before the deduplication horizon; they are kept
    /// as rejected
    record Stored(int duplicates) implements WriteOutcome {}

    /// Another writer has moved one of the partitions; nothing is stored. Whoever gets this is not, or not alone, the
    /// partition's writer and must read the positions anew.
    record Overtaken() implements WriteOutcome {}
}
