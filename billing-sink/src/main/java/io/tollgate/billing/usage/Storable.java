package io.tollgate.billing.usage;

import java.math.BigDecimal;
import java.time.Instant;

/// What the store can hold; beyond it a record is invalid.
final class Storable {
    /// Years 1 to 9999: what ISO 8601 writes with four digits, and PostgreSQL holds to the microsecond.
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    /// 14 integer digits.
    private static final BigDecimal QUANTITY_BOUND = new BigDecimal("100000000000000");

    /// 32 integer digits.
    private static final BigDecimal TOTAL_BOUND = BigDecimal.TEN.pow(32);

    private Storable() {}

    static void time(String what, Instant time) {
        if (time.isBefore(EARLIEST) || time.isAfter(LATEST)) {
            throw new IllegalArgumentException(what + " " + time + " is outside the years 1 to 9999");
        }
    }

    static void quantity(BigDecimal quantity) {
        bounded("quantity", quantity, QUANTITY_BOUND);
    }

    static void total(BigDecimal total) {
        bounded("total", total, TOTAL_BOUND);
    }

    private static void bounded(String what, BigDecimal value, BigDecimal bound) {
        if (value.abs().compareTo(bound) >= 0) {
            throw new IllegalArgumentException(what + " " + value + " is out of range");
        }
    }
}
