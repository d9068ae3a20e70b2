package io.tollgate.control.edition;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EditionCostTest {
    private static final Edition GROWTH = new Edition(
            "growth", "Growth", "", 9_900, 500_000, new BigDecimal("30.000000"), List.of(), Optional.empty(), true);

    /// The first row is vector V15a.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            events  | overage | percent | overage cost | estimated
            512345  | 12345   | 100     | 370          | 10270
            0       | 0       | 0.00    | 0            | 9900
            123456  | 0       | 24.69   | 0            | 9900
            500000  | 0       | 100.00  | 0            | 9900
            500016  | 16      | 100.00  | 0            | 9900
            500017  | 17      | 100.00  | 1            | 9901
            """)
    void eventsBeyondThoseIncludedCostByTheThousand(
            long events, long overage, BigDecimal percent, long overageCost, long estimated) {
        EditionCost cost = EditionCost.of(GROWTH, events);
        assertThat(cost).isEqualTo(new EditionCost(events, 500_000, overage, percent, 9_900, overageCost));
        assertThat(cost.estimated()).isEqualTo(estimated);
    }

    @Test
    void withoutAnEditionNothingCostsAnything() {
        EditionCost cost = EditionCost.withoutEdition(1_000_000);
        assertThat(cost.estimated()).isZero();
        assertThat(cost.overage()).isZero();
    }
}
