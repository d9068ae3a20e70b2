package io.tollgate.control.price;

import io.tollgate.metering.rating.Tier;
import io.tollgate.metering.rating.Tiers;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Changes of single tiers that leave neither gap nor overlap. Each may throw [IllegalArgumentException], saying what
/// is
/// wrong with the list that it would give.
public final class TierEdit {
    /// A tier without its end, which is the start of the next.
    private record Start(BigDecimal min, BigDecimal unitPrice, BigDecimal flatFee) {}

    private TierEdit() {}

    /// One more tier at the end.
    public static Tiers append(Tiers tiers, BigDecimal min, BigDecimal unitPrice, BigDecimal flatFee) {
        List<Start> starts = starts(tiers);
        if (min.compareTo(starts.getLast().min()) <= 0) {
            throw new IllegalArgumentException("the next tier begins beyond "
                    + starts.getLast().min().toPlainString() + ", where the last one begins");
        }
        starts.add(new Start(min, unitPrice, flatFee));
        return joined(starts);
    }

    /// @param level from 1
    public static Tiers change(
            Tiers tiers,
            int level,
            Optional<BigDecimal> min,
            Optional<BigDecimal> unitPrice,
            Optional<BigDecimal> flatFee) {
        List<Start> starts = starts(tiers);
        Start before = starts.get(level - 1);
        starts.set(
                level - 1,
                new Start(
                        min.orElse(before.min()),
                        unitPrice.orElse(before.unitPrice()),
                        flatFee.orElse(before.flatFee())));
        return joined(starts);
    }

    /// The tier before goes on.
    ///
    /// @param level from 2
    public static Tiers remove(Tiers tiers, int level) {
        List<Start> starts = starts(tiers);
        starts.remove(level - 1);
        return joined(starts);
    }

    private static List<Start> starts(Tiers tiers) {
        List<Start> starts = new ArrayList<>();
        tiers.tiers().forEach(tier -> starts.add(new Start(tier.min(), tier.unitPrice(), tier.flatFee())));
        return starts;
    }

    private static Tiers joined(List<Start> starts) {
        List<Tier> tiers = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            Start start = starts.get(i);
            Optional<BigDecimal> end =
                    i + 1 < starts.size() ? Optional.of(starts.get(i + 1).min()) : Optional.empty();
            tiers.add(new Tier(start.min(), end, start.unitPrice(), start.flatFee()));
        }
        return new Tiers(tiers);
    }
}
