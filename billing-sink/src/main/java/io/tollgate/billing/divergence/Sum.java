package io.tollgate.billing.divergence;

import java.math.BigDecimal;

/// What somebody says was counted.
public record Sum(long eventCount, BigDecimal quantity) {
    public static final Sum NOTHING = new Sum(0, BigDecimal.ZERO);

    /// Quantities are compared by value: scales differ between stores.
    boolean same(Sum other) {
        return eventCount == other.eventCount && quantity.compareTo(other.quantity) == 0;
    }
}
