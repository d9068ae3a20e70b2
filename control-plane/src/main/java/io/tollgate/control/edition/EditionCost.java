package io.tollgate.control.edition;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// What events of a period cost in an edition. Money is cents of a US dollar.
///
/// @param overage events beyond those included
/// @param percentUsed of those included, at most 100
/// @param overageCost rounded to the cent
public record EditionCost(
        long total, long included, long overage, BigDecimal percentUsed, long base, long overageCost) {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1_000);
    private static final int PERCENT_SCALE = 2;

    /// Without an edition nothing is included, and nothing costs anything.
    public static EditionCost withoutEdition(long total) {
        return new EditionCost(total, 0, 0, BigDecimal.ZERO, 0, 0);
    }

    public static EditionCost of(Edition edition, long total) {
        long included = edition.includedEvents();
        long overage = Math.max(0, total - included);
        BigDecimal percent = included == 0
                ? HUNDRED
                : BigDecimal.valueOf(total)
                        .multiply(HUNDRED)
                        .divide(BigDecimal.valueOf(included), PERCENT_SCALE, RoundingMode.HALF_UP)
                        .min(HUNDRED);
        long cost = BigDecimal.valueOf(overage)
                .multiply(edition.overageRate())
                .divide(THOUSAND, 0, RoundingMode.HALF_UP)
                .longValueExact();
        return new EditionCost(total, included, overage, percent, edition.basePrice(), cost);
    }

    public long estimated() {
        return Math.addExact(base, overageCost);
    }
}
