package io.tollgate.billing.divergence;

import io.tollgate.billing.divergence.Divergence.Mismatch;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Compares counters at their owners with what is stored. Both are compared at the same place of the log: a counter
/// knows the last record that changed it, and each stored event where it lay. So a system that is counting on, however
/// busy, shows no difference that is none.
public final class DivergenceCheck {
    private static final Duration STORED_WITHIN = Duration.ofSeconds(5);

    private final StoredCounters stored;
    private final OwnedCounters owners;
    private final StoreProgress progress;

    public DivergenceCheck(StoredCounters stored, OwnedCounters owners, StoreProgress progress) {
        this.stored = stored;
        this.owners = owners;
        this.progress = progress;
    }

    public Divergence run(int limit, Optional<OrganizationId> only) {
        List<HourCounter> sample = stored.sample(limit, only);
        Map<HourCounter, Owned> owned = owners.read(sample);
        if (!progress.awaitStored(furthest(owned), STORED_WITHIN)) {
            return new Divergence(0, sample.size(), List.of());
        }
        List<Mismatch> mismatches = new ArrayList<>();
        stored.read(owned).forEach((counter, found) -> {
            Owned own = owned.get(counter);
            if (own != null && differs(own, found)) {
                mismatches.add(new Mismatch(counter, own, found));
            }
        });
        return new Divergence(owned.size(), sample.size() - owned.size(), mismatches);
    }

    private static LogPosition furthest(Map<HourCounter, Owned> owned) {
        TreeMap<Integer, Long> offsets = new TreeMap<>();
        owned.values().stream()
                .filter(own -> own.offset() >= 0)
                .forEach(own -> offsets.merge(own.partition(), own.offset(), Math::max));
        return LogPosition.ofEvents(offsets);
    }

    /// A stored counter that is further than the owner's was says nothing about it; one that is not as far has lost
    /// something, since the store was waited for.
    static boolean differs(Owned own, Stored found) {
        if (!own.sum().same(found.events())) {
            return true;
        }
        return found.counter()
                .map(counter -> counter.offset() < own.offset()
                        || (counter.offset() == own.offset() && !counter.sum().same(own.sum())))
                .orElse(own.sum().eventCount() > 0);
    }
}
