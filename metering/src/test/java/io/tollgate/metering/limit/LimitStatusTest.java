package io.tollgate.metering.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Vectors V5a to V5d and the order of reporting.
class LimitStatusTest {
    private static final long[] SEEDS = {1, 7, 42, 20_261_122};
    private static final int CASES = 200;

    private static LimitStatus status(LimitOperator operator, String limit, String usage) {
        return LimitStatus.of(
                LimitTables.limit("m", limit, LimitPeriod.MONTHLY, operator, BreachAction.DENY), new BigDecimal(usage));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        operator | below | at    | above | remaining below | remaining at
        GTE      | false | true  | true  | 0.5             | 0
        GT       | false | false | true  | 0.5             | 0
        LTE      | true  | true  | false |                 |
        LT       | true  | false | false |                 |
        EQ       | false | true  | false |                 |
        """)
    void operatorsCompareUsageSoFar(
            LimitOperator operator, boolean below, boolean at, boolean above, BigDecimal left, BigDecimal leftAt) {
        assertThat(status(operator, "250", "249.5").breached()).isEqualTo(below);
        assertThat(status(operator, "250", "250.000000").breached()).isEqualTo(at);
        assertThat(status(operator, "250", "250.5").breached()).isEqualTo(above);
        assertThat(status(operator, "250", "249.5").remaining()).isEqualTo(Optional.ofNullable(left));
        assertThat(status(operator, "250", "250").remaining()).isEqualTo(Optional.ofNullable(leftAt));
        assertThat(status(operator, "250", "250.5").remaining())
                .isEqualTo(Optional.ofNullable(left).map(any -> BigDecimal.ZERO));
    }

    @Test
    void limitOfZeroIsARealLimit() {
        assertThat(status(LimitOperator.GTE, "0", "0").denies()).isTrue();
        assertThat(status(LimitOperator.GT, "0", "0").denies()).isFalse();
        assertThat(status(LimitOperator.GTE, "0", "-1").denies()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"640, false, 360", "1000, true, 0", "1075, true, 0"})
    void remainingCountsDownToZero(String usage, boolean breached, BigDecimal remaining) {
        LimitStatus status = status(LimitOperator.GTE, "1000", usage);

        assertThat(status.breached()).isEqualTo(breached);
        assertThat(status.remaining().orElseThrow()).isEqualByComparingTo(remaining);
    }

    @ParameterizedTest
    @EnumSource(BreachAction.class)
    void onlyDenyDenies(BreachAction action) {
        LimitStatus status = LimitStatus.of(
                LimitTables.limit("m", "10", LimitPeriod.MONTHLY, LimitOperator.GTE, action), BigDecimal.TEN);

        assertThat(status.breached()).isTrue();
        assertThat(status.denies()).isEqualTo(action == BreachAction.DENY);
        assertThat(action.signals()).isEqualTo(action != BreachAction.ALLOW && action != BreachAction.DISABLED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        operator | usage | reserved | count | breached | remaining
        GTE      | 996   | 2        | 2     | false    | 2
        GTE      | 996   | 2        | 3     | true     | 2
        GT       | 996   | 2        | 2     | false    | 2
        GT       | 996   | 2        | 3     | true     | 2
        GTE      | 1000  | 0        | 0.5   | true     | 0
        LTE      | 996   | 2        | 3     | true     |
        LTE      | 1001  | 0        | 1     | false    |
        LT       | 999   | 0        | 1     | true     |
        EQ       | 999   | 0        | 1     | false    |
        EQ       | 1000  | 0        | 5     | true     |
        """)
    void countIsProjectedOnUpperBoundsOnly(
            LimitOperator operator,
            BigDecimal usage,
            BigDecimal reserved,
            BigDecimal count,
            boolean breached,
            BigDecimal remaining) {
        PlanLimit limit = LimitTables.limit("m", "1000", LimitPeriod.MONTHLY, operator, BreachAction.DENY);

        LimitStatus status = LimitStatus.projected(limit, usage, reserved, count);

        assertThat(status.breached()).isEqualTo(breached);
        assertThat(status.remaining()).isEqualTo(Optional.ofNullable(remaining));
        assertThat(status.usage()).isEqualTo(usage);
    }

    /// Limits as `action period limit:usage`, the reported one named by its place.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        case                                | limits                                                      | reported | denied
        a breached deny before others       | ALLOW DAILY 10:99, DENY YEARLY 100:100, DENY DAILY 10:9     | 1        | true
        another breached before the rest    | DENY DAILY 100:99, WEBHOOK YEARLY 10:10                     | 1        | false
        least share left, not least left    | DENY MONTHLY 10:2, DENY MONTHLY 1000:900                    | 1        | false
        equal shares: the shorter period    | DENY YEARLY 100:50, DENY MONTHLY 50:25, DENY DAILY 10:5     | 2        | false
        equal breaches: the shorter period  | DENY REALTIME 10:10, DENY YEARLY 10:10                      | 1        | true
        exports has room, api_calls has not | DENY MONTHLY 1000:1000, DENY MONTHLY 5:2                    | 0        | true
        exports alone                       | DENY MONTHLY 5:2                                            | 0        | false
        """)
    void worstLimitIsReported(String label, String limits, int reported, boolean denied) {
        List<LimitStatus> statuses = new ArrayList<>();
        for (String text : limits.split(", ", -1)) {
            String[] words = text.split("[ :]", -1);
            PlanLimit limit = LimitTables.limit(
                    "m", words[2], LimitPeriod.valueOf(words[1]), LimitOperator.GTE, BreachAction.valueOf(words[0]));
            statuses.add(LimitStatus.of(limit, new BigDecimal(words[3])));
        }

        LimitReport report = LimitReport.worst(statuses).orElseThrow();

        assertThat(report.reported()).as(label).isEqualTo(statuses.get(reported));
        assertThat(report.denied()).isEqualTo(denied);
        assertThat(LimitReport.worst(statuses.reversed()).orElseThrow()).isEqualTo(report);
    }

    @Test
    void whatIsNoUpperBoundComesAfterWhatHasAShare() {
        LimitStatus floor = status(LimitOperator.LT, "10", "20");
        LimitStatus roomy = status(LimitOperator.GTE, "10", "0");

        assertThat(LimitReport.worst(List.of(floor, roomy)).orElseThrow().reported())
                .isEqualTo(roomy);
        assertThat(LimitReport.worst(List.of())).isEmpty();
    }

    /// Whatever the order in which limits are given: the same one is reported, and denied is what any of them denies.
    @Test
    void reportDoesNotDependOnTheOrder() {
        for (long seed : SEEDS) {
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < CASES; i++) {
                List<LimitStatus> statuses = new ArrayList<>();
                for (int j = random.nextInt(1, 6); j > 0; j--) {
                    statuses.add(any(random, j));
                }
                LimitReport report = LimitReport.worst(statuses).orElseThrow();
                List<LimitStatus> shuffled = new ArrayList<>(statuses);
                for (int j = shuffled.size() - 1; j > 0; j--) {
                    Collections.swap(shuffled, j, random.nextInt(j + 1));
                }

                assertThat(LimitReport.worst(shuffled))
                        .as("seed %d case %d", seed, i)
                        .hasValue(report);
                assertThat(report.denied())
                        .as("seed %d case %d", seed, i)
                        .isEqualTo(statuses.stream().anyMatch(LimitStatus::denies));
                if (report.denied()) {
                    assertThat(report.reported().denies())
                            .as("seed %d case %d", seed, i)
                            .isTrue();
                }
            }
        }
    }

    private static LimitStatus any(SplittableRandom random, int place) {
        PlanLimit limit = LimitTables.limit(
                "m" + place,
                Integer.toString(random.nextInt(0, 4)),
                LimitPeriod.values()[random.nextInt(LimitPeriod.values().length)],
                LimitOperator.values()[random.nextInt(LimitOperator.values().length)],
                BreachAction.values()[random.nextInt(BreachAction.values().length)]);
        return LimitStatus.of(limit, BigDecimal.valueOf(random.nextInt(-1, 5)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gte", "gt", "lte", "lt", "eq"})
    void operatorsHaveTheirWords(String word) {
        assertThat(LimitOperator.ofWord(word).orElseThrow().word()).isEqualTo(word);
        assertThat(LimitOperator.ofWord(word + " ")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "deny, DENY",
        "block, DENY",
        "allow_overage, ALLOW_OVERAGE",
        "webhook, WEBHOOK",
        "scale, SCALE",
        "allow, ALLOW",
        "disabled, DISABLED",
        "DENY,",
        "stop,"
    })
    void actionsHaveTheirWords(String word, BreachAction action) {
        assertThat(BreachAction.ofWord(word)).isEqualTo(Optional.ofNullable(action));
    }

    @ParameterizedTest
    @CsvSource({"reset, MONTHLY", "checkpoint, REALTIME", "stripe_billing, REALTIME"})
    void periodOfALimitFollowsItsMetricType(String type, LimitPeriod period) {
        assertThat(LimitPeriod.defaultFor(MetricType.ofWord(type).orElseThrow()))
                .isEqualTo(period);
        assertThat(LimitPeriod.ofWord(period.word())).hasValue(period);
    }
}
