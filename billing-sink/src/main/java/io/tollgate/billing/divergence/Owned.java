package io.tollgate.billing.divergence;

/// A counter as its owner has it.
///
/// @param sum of everything that the log has for the counter up to `offset`, and of nothing after it
/// @param partition of `usage-events` that it is counted from
/// @param offset in that partition
public record Owned(Sum sum, int partition, long offset) {}
