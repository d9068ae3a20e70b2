package io.tollgate.quota.ledger;

import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;

/// One window of a quota while it is hot: what is counted in it, what is admitted and on its way, and what is reserved.
/// What moves from admitted to counted changes no sum.
final class Room {
    static final BigDecimal ZERO = BigDecimal.ZERO.setScale(Quantity.SCALE);

    final RoomKey key;
    BigDecimal counted;
    BigDecimal held = ZERO;
    BigDecimal reserved = ZERO;
    QuotaMark mark;
    long usedNanos;

    Room(RoomKey key, BigDecimal counted, QuotaMark mark, long usedNanos) {
        this.key = key;
        this.counted = counted;
        this.mark = mark;
        this.usedNanos = usedNanos;
    }

    /// Counted and on its way.
    BigDecimal total() {
        return counted.add(held);
    }

    /// All that a new event finds taken.
    BigDecimal taken() {
        return counted.add(held).add(reserved);
    }
}
