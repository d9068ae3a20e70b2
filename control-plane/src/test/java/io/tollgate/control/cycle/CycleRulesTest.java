package io.tollgate.control.cycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.UsageReportId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CycleRulesTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    /// Vector V11a.
    @Test
    void wholeUnitsAreReportedAndTheRestIsCarried() {
        List<String> reported = new ArrayList<>();
        BigDecimal carry = BigDecimal.ZERO;
        for (String value : List.of("10.4", "7.3", "0.5")) {
            WholeUnits units = WholeUnits.of(new BigDecimal(value), carry);
            reported.add(units.units() + " " + units.carry());
            carry = units.carry();
        }
        assertThat(reported).containsExactly("10 0.4", "7 0.7", "1 0.2");
    }

    @Test
    void whatIsTakenBackIsSubtractedFromTheNextReport() {
        WholeUnits first = WholeUnits.of(new BigDecimal("-2.5"), new BigDecimal("0.2"));
        assertThat(first.units()).isEqualByComparingTo("0");
        WholeUnits next = WholeUnits.of(new BigDecimal("10"), first.carry());
        assertThat(next.units()).isEqualByComparingTo("7");
        assertThat(next.carry()).isEqualByComparingTo("0.7");
    }

    @Test
    void noUnitIsLostOrInventedOverAnyCycles() {
        for (long seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            BigDecimal used = BigDecimal.ZERO;
            BigDecimal reported = BigDecimal.ZERO;
            BigDecimal carry = BigDecimal.ZERO;
            for (int cycle = 0; cycle < 50; cycle++) {
                BigDecimal value = BigDecimal.valueOf(random.nextLong(-3_000_000, 9_000_000), 6);
                WholeUnits units = WholeUnits.of(value, carry);
                used = used.add(value);
                reported = reported.add(units.units());
                carry = units.carry();
                assertThat(units.units().signum()).as("seed %d", seed).isNotNegative();
            }
            assertThat(reported.add(carry)).as("seed %d", seed).isEqualByComparingTo(used);
        }
    }

    /// Vector V11b.
    @Test
    void overageIsBilledInFullUnits() {
        BigDecimal limit = new BigDecimal("2000");
        List<Integer> due = new ArrayList<>();
        for (String value : List.of("2249", "2250", "2600", "2300", "2750", "12")) {
            due.add(OverageUnits.due(new BigDecimal(value), limit, new BigDecimal("250"))
                    .intValueExact());
        }
        assertThat(due).containsExactly(0, 1, 2, 1, 3, 0);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            case                                          | known | period | created | end
            the end that was known                        | 20    | 21     | 22      | 20
            known, and told in the same second            | 20    |        | 20      | 20
            invoiced before the known end                 | 20    | 15     | 16      | 15
            invoiced before, and the period ends later    | 20    | 30     | 16      | 16
            nothing known, a period that has ended        |       | 15     | 16      | 15
            nothing known at all                          |       |        | 16      | 16
            a period that ended before the cycle began    |       | 5      | 16      | 16
            told before the cycle began                   |       | 5      | 8       |
            """)
    void cyclesEndWhereTheInvoiceSays(String name, Integer known, Integer period, int created, Integer end) {
        assertThat(CycleEnd.by(at(10), at(known), at(period), at(created))).isEqualTo(at(end));
    }

    private static Instant at(int second) {
        return Instant.ofEpochSecond(second);
    }

    private static Optional<Instant> at(Integer second) {
        return Optional.ofNullable(second).map(Instant::ofEpochSecond);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            case                                   | stamped hours ago | unsure hours ago | step
            it has never left                      | 1                 |                  | SEND
            never left, and 35 days old            | 840               |                  | SEND
            never left, and older                  | 841               |                  | GIVE_UP
            the identifier is known                | 24                | 22               | SEND
            the identifier may be forgotten        | 24                | 23               | LOOK_UP
            may have arrived, and is too old now   | 841               | 1                | LOOK_UP
            """)
    void whatMayHaveArrivedIsLookedUpWhenStripeForgetsIt(String name, int stamped, Integer unsure, NextStep step) {
        UsageReport report = new UsageReport(
                UsageReportId.of(List.of("x")),
                new CycleKey(new OrganizationId("biz_1"), new TenantId("t"), new MeterKey("m")),
                new ReportTarget(
                        Optional.empty(),
                        Optional.of("m"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false),
                BigDecimal.ONE,
                NOW.minus(Duration.ofHours(stamped)),
                Optional.of("cus_1"),
                Optional.empty(),
                Optional.empty(),
                1,
                Optional.ofNullable(unsure).map(hours -> NOW.minus(Duration.ofHours(hours))));
        assertThat(NextStep.of(report, NOW)).isEqualTo(step);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            added | sent | unknown | units | arrival
            0     | 0    | 0       | 7     | MISSING
            7     | 0    | 0       | 7     | ARRIVED
            12    | 5    | 0       | 7     | ARRIVED
            5     | 5    | 3       | 7     | MISSING
            12    | 5    | 3       | 7     | UNDECIDED
            15    | 5    | 3       | 7     | ARRIVED
            3     | 5    | 0       | 7     | UNDECIDED
            9     | 0    | 0       | 7     | UNDECIDED
            """)
    void sumsTellWhetherAReportHasArrived(
            BigDecimal added, BigDecimal sent, BigDecimal unknown, BigDecimal units, Arrival arrival) {
        assertThat(Arrival.of(added, sent, unknown, units)).isEqualTo(arrival);
    }

    @Test
    void pausesGrowAndWhatStripeAsksIsRespected() {
        assertThat(ReportRetries.pause(1, Optional.empty(), 0)).isEqualTo(Duration.ofSeconds(5));
        assertThat(ReportRetries.pause(3, Optional.empty(), 1)).isEqualTo(Duration.ofSeconds(24));
        assertThat(ReportRetries.pause(1_000_000, Optional.empty(), 1)).isEqualTo(Duration.ofMinutes(36));
        assertThat(ReportRetries.pause(1, Optional.of(Duration.ofSeconds(90)), 0.5))
                .isEqualTo(Duration.ofMillis(90_500));
        assertThat(ReportRetries.pause(1, Optional.of(Duration.ofSeconds(1)), 0))
                .isEqualTo(Duration.ofSeconds(5));
        assertThat(ReportRetries.pause(1, Optional.of(Duration.ofDays(400)), 0)).isEqualTo(Duration.ofDays(1));
    }

    /// The identifier is derived, so that it is the same whoever makes the report: a change of this form would send
    /// what
    /// was sent.
    @Test
    void identifiersAreTheirKeys() {
        UsageReportId id = UsageReportId.of(List.of("biz_1", "cust_7", "api_calls", "2026-11-01T00:00:00Z"));
        assertThat(id.value()).matches("tg_[0-9a-hjkmnp-tv-z]{26}").isEqualTo("tg_31g7ghrtc7wte4e74qm0fjk3g8");
        assertThat(UsageReportId.of(List.of("biz_1", "cust_7", "api_calls", "2026-12-01T00:00:00Z")))
                .isNotEqualTo(id);
    }
}
