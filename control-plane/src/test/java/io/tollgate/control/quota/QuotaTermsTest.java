package io.tollgate.control.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.QuotaPeriod;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuotaTermsTest {
    private static final Instant AT = Instant.parse("2026-11-22T09:30:20.500001Z");

    private static Quantity quantity(String text) {
        return Quantity.rounded(new BigDecimal(text));
    }

    private static QuotaTerms terms(String limit, Optional<Quantity> soft, Optional<Integer> percent) {
        return new QuotaTerms(
                quantity(limit),
                new QuotaPeriod.Monthly(),
                EnforcementMode.HARD,
                soft,
                percent,
                quantity("0"),
                Optional.empty(),
                Optional.empty());
    }

    /// A share of the limit is cut off, so that 0.000001 is above half of 0.000001 and nothing that is not above it is.
    @ParameterizedTest
    @CsvSource({
        "500, 90, 450",
        "500, 100, 500",
        "0, 50, 0",
        "0.000001, 50, 0",
        "0.000003, 50, 0.000001",
        "99999999999999.999999, 100, 99999999999999.999999",
        "99999999999999.999999, 1, 999999999999.999999"
    })
    void softLimitMayBeAShareOfTheLimit(String limit, int percent, String soft) {
        assertThat(terms(limit, Optional.empty(), Optional.of(percent)).softLimit())
                .contains(quantity(soft));
        assertThat(terms(limit, Optional.of(quantity("7")), Optional.of(percent))
                        .softLimit())
                .contains(quantity("7"));
        assertThat(terms(limit, Optional.empty(), Optional.empty()).softLimit()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 101, -1})
    void percentageIsWithinItsBounds(int percent) {
        assertThatIllegalArgumentException().isThrownBy(() -> terms("1", Optional.empty(), Optional.of(percent)));
    }

    @ParameterizedTest
    @CsvSource({
        "PT1H, PT1H",
        "PT24H, P1D",
        "P1DT30M, PT24H30M",
        "PT8784H, P366D",
        "P2W, P14D",
        "P014W, P98D",
        "pt90m, PT1H30M"
    })
    void lengthsAreWrittenOneWay(String text, String written) {
        assertThat(WindowLength.toText(WindowLength.fromText(text))).isEqualTo(written);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "P1M", "P1Y", "1 day", "P1W2D", "P9999W", "PT1000000000000000000000H", "7"})
    void whatHasNoExactLengthIsNone(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> WindowLength.fromText(text));
    }

    @Test
    void cursorComesBackAndNothingElseIsOne() {
        QuotaCursor cursor = new QuotaCursor(AT, "5cc6ba42-6c77-414d-8105-0151d99a29d1");

        assertThat(QuotaCursor.fromText(cursor.toText())).isEqualTo(cursor);
        for (String text :
                new String[] {"", "x", "MTp4fHk", new QuotaCursor(AT, "no-uuid").toText(), "A".repeat(201)}) {
            assertThatIllegalArgumentException().isThrownBy(() -> QuotaCursor.fromText(text));
        }
    }
}
