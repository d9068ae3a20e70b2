package io.tollgate.metering.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotaTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:00:00Z");
    private static final BigDecimal LIMIT = new BigDecimal("500");

    private static Quota quota(EnforcementMode mode, String overage) {
        return quota(mode, overage, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Quota quota(
            EnforcementMode mode,
            String overage,
            Optional<BigDecimal> soft,
            Optional<Duration> graceLength,
            Optional<Instant> graceEnd) {
        return new Quota(
                "q", 1, LIMIT, new QuotaPeriod.Monthly(), mode, soft, new BigDecimal(overage), graceLength, graceEnd);
    }

    /// The rows of V8 that are single decisions, and their neighbours. A ceiling of `-` is none.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        mode     | overage | used | requested | passes | ceiling | warns of overage
        HARD     | 0       | 480  | 20        | true   | 500     | false
        HARD     | 0       | 480  | 20.000001 | false  |         |
        HARD     | 50      | 480  | 20.000001 | false  |         |
        HARD     | 0       | 480  | 29        | false  |         |
        SOFT     | 50      | 480  | 20        | true   | 550     | false
        SOFT     | 50      | 480  | 20.000001 | true   | 550     | true
        SOFT     | 50      | 480  | 70        | true   | 550     | true
        SOFT     | 50      | 480  | 71        | false  |         |
        SOFT     | 0       | 480  | 20        | true   | 500     | false
        SOFT     | 0       | 480  | 21        | false  |         |
        DISABLED | 0       | 480  | 1000      | true   | -       | false
        HARD     | 0       | 480  | -30       | true   | 500     | false
        HARD     | 0       | 450  | 50        | true   | 500     | false
        HARD     | 0       | 500  | 0         | true   | 500     | false
        HARD     | 0       | 900  | 0         | true   | 500     | false
        HARD     | 0       | 900  | -1        | true   | 500     | false
        HARD     | 0       | 900  | 0.000001  | false  |         |
        HARD     | 0       | -20  | 520       | true   | 500     | false
        HARD     | 0       | -20  | 520.5     | false  |         |
        """)
    void eventIsJudgedByModeLimitAndOverage(
            EnforcementMode mode,
            String overage,
            BigDecimal used,
            BigDecimal requested,
            boolean passes,
            String ceiling,
            Boolean warned) {
        QuotaVerdict verdict = quota(mode, overage).judge(used, requested, Optional.empty(), NOW);

        if (passes) {
            Optional<BigDecimal> bound = ceiling.equals("-") ? Optional.empty() : Optional.of(new BigDecimal(ceiling));
            assertThat(verdict)
                    .isEqualTo(new QuotaVerdict.Passes(bound, false, warned, Optional.empty(), Optional.empty()));
        } else {
            assertThat(verdict).isEqualTo(new QuotaVerdict.Exceeds(used.add(requested)));
        }
    }

    /// The soft limit of V8 is 90 % of 500.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        mode     | used | requested | soft
        HARD     | 440  | 10        | false
        HARD     | 440  | 10.5      | true
        HARD     | 490  | 10        | true
        SOFT     | 440  | 10.5      | true
        DISABLED | 440  | 10        | false
        DISABLED | 440  | 1000      | true
        HARD     | 460  | -5        | true
        HARD     | 460  | -10       | false
        """)
    void everyRequestPastTheSoftLimitIsWarned(
            EnforcementMode mode, BigDecimal used, BigDecimal requested, boolean soft) {
        Quota quota = quota(mode, "0", Optional.of(new BigDecimal("450")), Optional.empty(), Optional.empty());

        assertThat(quota.judge(used, requested, Optional.empty(), NOW))
                .isInstanceOfSatisfying(
                        QuotaVerdict.Passes.class,
                        passes -> assertThat(passes.soft()).isEqualTo(soft));
    }

    /// A window's own grace: times are relative to its start, and `-` is a window whose grace has not begun.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        mode | overage | hours | began before now | requested | passes | by grace
        HARD | 0       | 24    | -                | 21        | true   | true
        HARD | 0       | 24    | PT23H59M59S      | 5         | true   | false
        HARD | 0       | 24    | PT23H59M59S      | 25        | true   | true
        HARD | 0       | 24    | PT24H            | 25        | false  |
        HARD | 0       | 24    | PT24H            | 5         | true   | false
        HARD | 0       | 24    | PT0S             | 9999      | true   | true
        HARD | 0       | 0     | -                | 21        | false  |
        SOFT | 50      | 24    | -                | 70        | true   | false
        SOFT | 50      | 24    | -                | 71        | true   | true
        """)
    void graceOfAWindowBeginsWithTheFirstEventThatWouldBeDenied(
            EnforcementMode mode,
            String overage,
            int hours,
            String began,
            BigDecimal requested,
            boolean passes,
            Boolean byGrace) {
        Quota quota = quota(mode, overage, Optional.empty(), Optional.of(Duration.ofHours(hours)), Optional.empty());
        Optional<Instant> start = began.equals("-") ? Optional.empty() : Optional.of(NOW.minus(Duration.parse(began)));

        QuotaVerdict verdict = quota.judge(new BigDecimal("480"), requested, start, NOW);

        if (!passes) {
            assertThat(verdict).isInstanceOf(QuotaVerdict.Exceeds.class);
        } else if (byGrace) {
            Instant from = start.orElse(NOW);
            assertThat(verdict)
                    .isEqualTo(new QuotaVerdict.Passes(
                            Optional.empty(),
                            false,
                            false,
                            Optional.of(from.plus(Duration.ofHours(hours))),
                            Optional.of(from)));
        } else {
            assertThat(verdict).isInstanceOfSatisfying(QuotaVerdict.Passes.class, passed -> {
                assertThat(passed.ceiling()).isPresent();
                assertThat(passed.graceEnd()).isEmpty();
                assertThat(passed.graceStart()).isEmpty();
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"PT1S, 100, true", "PT0.000001S, 100, true", "PT0S, 100, false", "PT-1S, 100, false", "PT-1S, 20, true"
    })
    void everythingPassesBeforeTheGraceEnd(String left, BigDecimal requested, boolean passes) {
        Instant end = NOW.plus(Duration.parse(left));
        Quota quota = quota(EnforcementMode.HARD, "0", Optional.empty(), Optional.empty(), Optional.of(end));

        QuotaVerdict verdict = quota.judge(new BigDecimal("480"), requested, Optional.empty(), NOW);

        if (!passes) {
            assertThat(verdict).isEqualTo(new QuotaVerdict.Exceeds(new BigDecimal("580")));
        } else if (requested.intValueExact() == 100) {
            assertThat(verdict)
                    .isEqualTo(new QuotaVerdict.Passes(
                            Optional.empty(), false, false, Optional.of(end), Optional.empty()));
        } else {
            assertThat(verdict)
                    .isEqualTo(new QuotaVerdict.Passes(
                            Optional.of(LIMIT), false, false, Optional.empty(), Optional.empty()));
        }
    }

    @Test
    void windowsOwnGraceFollowsTheGraceEnd() {
        Quota quota =
                quota(EnforcementMode.HARD, "0", Optional.empty(), Optional.of(Duration.ofHours(1)), Optional.of(NOW));

        assertThat(quota.judge(LIMIT, BigDecimal.ONE, Optional.empty(), NOW.minusNanos(1)))
                .isEqualTo(new QuotaVerdict.Passes(Optional.empty(), false, false, Optional.of(NOW), Optional.empty()));
        assertThat(quota.judge(LIMIT, BigDecimal.ONE, Optional.empty(), NOW))
                .isEqualTo(new QuotaVerdict.Passes(
                        Optional.empty(), false, false, Optional.of(NOW.plus(Duration.ofHours(1))), Optional.of(NOW)));
    }

    @Test
    void limitOfZeroDeniesEverythingThatCounts() {
        Quota none = new Quota(
                "q",
                1,
                BigDecimal.ZERO,
                new QuotaPeriod.Lifetime(),
                EnforcementMode.HARD,
                Optional.empty(),
                BigDecimal.ZERO,
                Optional.empty(),
                Optional.empty());

        assertThat(none.judge(BigDecimal.ZERO, new BigDecimal("0.000001"), Optional.empty(), NOW))
                .isInstanceOf(QuotaVerdict.Exceeds.class);
        assertThat(none.judge(BigDecimal.ZERO, BigDecimal.ZERO, Optional.empty(), NOW))
                .isInstanceOf(QuotaVerdict.Passes.class);
    }

    @Test
    void onlyDisabledQuotasCannotDeny() {
        assertThat(quota(EnforcementMode.HARD, "9").ceiling()).contains(LIMIT);
        assertThat(quota(EnforcementMode.SOFT, "9").ceiling()).contains(new BigDecimal("509"));
        assertThat(quota(EnforcementMode.DISABLED, "9").ceiling()).isEmpty();
        assertThat(quota(EnforcementMode.HARD, "0").limiting()).isTrue();
        assertThat(quota(EnforcementMode.SOFT, "0").limiting()).isTrue();
        assertThat(quota(EnforcementMode.DISABLED, "0").limiting()).isFalse();
    }

    @Test
    void negativeOverageIsNoQuota() {
        assertThatIllegalArgumentException().isThrownBy(() -> quota(EnforcementMode.SOFT, "-0.000001"));
    }

    /// Whatever is asked in whatever order: without grace the window never holds more than the ceiling, unless it did
    /// so before; and what is denied does not fit.
    @Test
    void admittedEventsNeverPassTheCeiling() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < 200; run++) {
            EnforcementMode mode = random.nextBoolean() ? EnforcementMode.HARD : EnforcementMode.SOFT;
            Quota quota = quota(mode, Integer.toString(random.nextInt(60)));
            BigDecimal ceiling = quota.ceiling().orElseThrow();
            BigDecimal used = BigDecimal.ZERO;
            for (int i = 0; i < 200; i++) {
                BigDecimal requested = BigDecimal.valueOf(random.nextLong(-50_000_000, 120_000_000), 6);
                switch (quota.judge(used, requested, Optional.empty(), NOW)) {
                    case QuotaVerdict.Passes passes -> used = used.add(requested);
                    case QuotaVerdict.Exceeds exceeds ->
                        assertThat(exceeds.projected()).as("seed %s", seed).isGreaterThan(ceiling);
                }
                assertThat(used).as("seed %s", seed).isLessThanOrEqualTo(ceiling);
            }
        }
    }
}
