package io.tollgate.metering.meter;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CounterStateTest {
    /// Vector V3 of the domain: updates 4, -1.5, 9, 0.25.
    @ParameterizedTest
    @CsvSource({"SUM, 11.75", "COUNT, 4", "AVG, 2.9375", "MAX, 9", "MIN, -1.5"})
    void eachOperationHasItsValue(Operation operation, BigDecimal expected) {
        CounterState state = CounterState.ZERO;
        long offset = 0;
        for (String quantity : List.of("4", "-1.5", "9", "0.25")) {
            Instant at = Instant.EPOCH.plusSeconds(offset);
            state = state.plus(new BigDecimal(quantity).setScale(6), at, at, offset++);
        }
        assertThat(state.value(operation))
                .hasValueSatisfying(value -> assertThat(value).isEqualByComparingTo(expected));
        assertThat(state.lastOffset()).isEqualTo(3);
    }

    @Test
    void averageIsRoundedHalfUpWhenShown() {
        CounterState state = CounterState.ZERO
                .plus(new BigDecimal("1.000000"), Instant.EPOCH.plusSeconds(0), Instant.EPOCH.plusSeconds(0), 0)
                .plus(new BigDecimal("1.000000"), Instant.EPOCH.plusSeconds(1), Instant.EPOCH.plusSeconds(1), 1)
                .plus(new BigDecimal("0.000000"), Instant.EPOCH.plusSeconds(2), Instant.EPOCH.plusSeconds(2), 2);
        assertThat(state.value(Operation.AVG)).contains(new BigDecimal("0.666667"));
    }

    @Test
    void nothingCountedHasNoExtremesAndNoAverage() {
        assertThat(CounterState.ZERO.value(Operation.MIN)).isEmpty();
        assertThat(CounterState.ZERO.value(Operation.MAX)).isEmpty();
        assertThat(CounterState.ZERO.value(Operation.AVG)).isEmpty();
        assertThat(CounterState.ZERO.value(Operation.SUM))
                .hasValueSatisfying(sum -> assertThat(sum).isEqualByComparingTo(BigDecimal.ZERO));
    }

    /// Vector V2m: a million millionths are one.
    @Test
    void aMillionMillionthsAreExactlyOne() {
        CounterState state = CounterState.ZERO;
        for (int i = 0; i < 1_000_000; i++) {
            state = state.plus(
                    new BigDecimal("0.000001"), Instant.EPOCH.plusSeconds(i), Instant.EPOCH.plusSeconds(i), i);
        }
        assertThat(state.sum()).isEqualByComparingTo(BigDecimal.ONE);
    }

    /// Any order, and any split into parts that are added afterwards, gives the same state.
    @Test
    void orderAndSplitDoNotMatter() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<BigDecimal> quantities = new ArrayList<>();
            for (int i = random.nextInt(1, 20); i > 0; i--) {
                quantities.add(BigDecimal.valueOf(random.nextLong(-99_999_999_999L, 99_999_999_999L), 6));
            }
            CounterState inOrder = sum(quantities);
            List<BigDecimal> shuffled = new ArrayList<>(quantities);
            Collections.shuffle(shuffled, random);
            int split = random.nextInt(shuffled.size() + 1);
            CounterState inParts = sum(shuffled.subList(0, split)).plus(sum(shuffled.subList(split, shuffled.size())));
            assertThat(inParts).as("seed %s", seed).isEqualTo(inOrder);
        }
    }

    private static CounterState sum(List<BigDecimal> quantities) {
        CounterState state = CounterState.ZERO;
        for (BigDecimal quantity : quantities) {
            // Of one event time there is one quantity: between several, the order in the log decides.
            Instant at = Instant.EPOCH.plusMillis(quantity.unscaledValue().longValue());
            state = state.plus(quantity, at, at, 7);
        }
        return state;
    }
}
