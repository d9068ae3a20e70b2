package io.tollgate.billing.divergence;

import java.util.List;

/// What a comparison came to.
///
/// @param checked counters that were compared
/// @param skipped counters that could not be, because their owner did not answer or the store did not get as far as it
///     in time
public record Divergence(int checked, int skipped, List<Mismatch> mismatches) {
    public Divergence {
        mismatches = List.copyOf(mismatches);
    }

    /// A counter about which its owner and the store do not agree.
    public record Mismatch(HourCounter counter, Owned owned, Stored stored) {}
}
