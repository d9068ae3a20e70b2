package io.tollgate.metering.quantity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
    /// Vectors V2 a to d, f of the domain: what is stored for what was sent.
    @ParameterizedTest
    @CsvSource({
        "1.0000004, 1",
        "1.0000005, 1.000001",
        "-2.5000005, -2.500001",
        "0.30000000000000004, 0.3",
        "1e3, 1000",
        "1000.0, 1000",
        "0.0000004, 0",
        "99999999999999.9999994, 99999999999999.999999"
    })
    void moreThanSixPlacesAreRoundedHalfUp(String sent, String stored) {
        assertThat(Quantity.rounded(new BigDecimal(sent))).hasToString(stored);
    }

    @Test
    void fifteenIntegerDigitsAreRefused() {
        assertThatThrownBy(() -> Quantity.rounded(new BigDecimal("99999999999999.9999995")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
