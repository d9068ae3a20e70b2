package io.tollgate.control.cycle;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// What of a quantity can be reported to a provider that takes whole units.
///
/// @param units whole, and at least 0: what was reported is never taken back
/// @param carry what is left for the next report. Less than one unit, and negative where more was taken back than used
public record WholeUnits(BigDecimal units, BigDecimal carry) {
    /// @param carry what the report before has left
    public static WholeUnits of(BigDecimal value, BigDecimal carry) {
        BigDecimal all = value.add(carry);
        BigDecimal units = all.setScale(0, RoundingMode.FLOOR).max(BigDecimal.ZERO);
        return new WholeUnits(units, all.subtract(units));
    }
}
