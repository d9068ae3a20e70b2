package io.tollgate.control.cycle;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Use beyond a limit, in the units that are billed.
public final class OverageUnits {
    private OverageUnits() {}

    /// The full units of size `threshold` by which `value` is beyond `limit`.
    public static BigDecimal due(BigDecimal value, BigDecimal limit, BigDecimal threshold) {
        return value.subtract(limit).max(BigDecimal.ZERO).divide(threshold, 0, RoundingMode.FLOOR);
    }
}
