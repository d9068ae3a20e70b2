package io.tollgate.billing.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettlementTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Attempt FAILED = new Attempt.Failed(OptionalInt.of(500), "", "answered with 500");

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            attempts | pause
            1        | PT5S
            2        | PT30S
            3        | PT2M
            4        | PT10M
            5        | PT30M
            6        | PT2H
            7        | PT6H
            8        | PT12H
            """)
    void pausesGrowAndJitterOnlyAdds(int attempts, Duration pause) {
        assertThat(Settlement.after(FAILED, attempts, NOW, 0)).isEqualTo(new Settlement.TryAgain(NOW.plus(pause)));
        assertThat(Settlement.after(FAILED, attempts, NOW, 1))
                .isEqualTo(new Settlement.TryAgain(NOW.plusMillis(pause.toMillis() * 11 / 10)));
    }

    @Test
    void ninthFailureIsTheLast() {
        assertThat(Settlement.after(FAILED, 9, NOW, 0)).isEqualTo(new Settlement.Dead());
    }

    @Test
    void takenIsDelivered() {
        assertThat(Settlement.after(new Attempt.Taken(204, ""), 9, NOW, 0)).isEqualTo(new Settlement.Delivered());
    }
}
