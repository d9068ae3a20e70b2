package io.tollgate.metering.rating;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Tiers without gap or overlap, from 0 without end.
public record Tiers(List<Tier> tiers) {
    /// Keeps a price list readable and a breakdown small.
    public static final int TIERS_MAX = 100;

    public Tiers {
        tiers = List.copyOf(tiers);
        if (tiers.isEmpty() || tiers.size() > TIERS_MAX) {
            throw new IllegalArgumentException("a price has 1 to " + TIERS_MAX + " tiers, not " + tiers.size());
        }
        BigDecimal next = BigDecimal.ZERO;
        for (int i = 0; i < tiers.size(); i++) {
            Tier tier = tiers.get(i);
            if (tier.min().compareTo(next) != 0) {
                throw new IllegalArgumentException("tier " + (i + 1) + " starts at " + next.toPlainString()
                        + ", where the one before ends, not at " + tier.min().toPlainString());
            }
            boolean last = i == tiers.size() - 1;
            if (last != tier.max().isEmpty()) {
                throw new IllegalArgumentException("the last tier, and no other, has no max_quantity");
            }
            next = tier.max().orElse(next);
        }
    }

    /// Reads lists that name the first and the last whole unit of each tier, 0–1000, 1001–10000, as 0, 1000, 10000;
    /// lists of any other form as they stand.
    public static Tiers read(List<Tier> written) {
        List<Tier> joined = new ArrayList<>();
        Optional<BigDecimal> end = Optional.empty();
        for (Tier tier : written) {
            boolean nextWhole = end.isPresent()
                    && isWhole(end.get())
                    && tier.min().compareTo(end.get().add(BigDecimal.ONE)) == 0;
            joined.add(nextWhole ? new Tier(end.get(), tier.max(), tier.unitPrice(), tier.flatFee()) : tier);
            end = tier.max();
        }
        return new Tiers(joined);
    }

    private static boolean isWhole(BigDecimal number) {
        return number.setScale(0, RoundingMode.DOWN).compareTo(number) == 0;
    }

    /// Index of the tier that holds the last unit of `quantity`; the first for 0.
    int indexOfLast(BigDecimal quantity) {
        for (int i = 0; i < tiers.size(); i++) {
            if (tiers.get(i).endsAt(quantity)) {
                return i;
            }
        }
        return 0;
    }
}
