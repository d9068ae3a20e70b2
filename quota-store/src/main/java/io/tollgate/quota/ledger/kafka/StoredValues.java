package io.tollgate.quota.ledger.kafka;

import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// How times and quantities stand in the ledger's stores: microseconds since 1970, and unscaled two's complement.
final class StoredValues {
    private StoredValues() {}

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    static byte[] unscaled(BigDecimal number) {
        return number.setScale(Quantity.SCALE).unscaledValue().toByteArray();
    }

    static BigDecimal number(byte[] unscaled) {
        return new BigDecimal(new BigInteger(unscaled), Quantity.SCALE);
    }
}
