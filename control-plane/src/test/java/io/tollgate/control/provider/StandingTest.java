package io.tollgate.control.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StandingTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final Instant PERIOD_END = Instant.parse("2026-12-22T10:00:00Z");
    private static final Instant CANCEL_AT = Instant.parse("2027-01-05T00:00:00Z");
    private static final Standing GOLD = new Standing(
            Optional.of("active"),
            Optional.of("gold"),
            Optional.of("price_gold"),
            Optional.of("sub_1"),
            Optional.empty(),
            Optional.of(PERIOD_END));

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, nullValues = "-", textBlock = """
            case                        | subscription | status             | at period end | cancel at | status after       | plan   | ends
            renews                      | sub_1        | active             | false         | false     | active             | silver | -
            on trial                    | sub_1        | trialing           | false         | false     | trialing           | silver | -
            is late                     | sub_1        | past_due           | false         | false     | past_due           | silver | -
            will end with the period    | sub_1        | active             | true          | false     | active             | silver | 2026-12-22T10:00:00Z
            will end on a day           | sub_1        | active             | false         | true      | active             | silver | 2027-01-05T00:00:00Z
            is given up                 | sub_1        | unpaid             | false         | false     | unpaid             | silver | 2026-11-22T10:00:00Z
            was never paid              | sub_1        | incomplete_expired | false         | false     | incomplete_expired | silver | 2026-11-22T10:00:00Z
            waits for the first payment | sub_1        | incomplete         | false         | false     | incomplete         | gold   | -
            another one begins          | sub_2        | active             | false         | false     | active             | silver | -
            another one ends            | sub_2        | canceled           | false         | false     | active             | gold   | -
            """)
    void subscriptionsTellPlanStatusAndEnd(
            String name,
            String subscription,
            String status,
            boolean atPeriodEnd,
            boolean cancels,
            String statusAfter,
            String plan,
            String ends) {
        Standing after = GOLD.subscribed(
                new ProviderFact.Subscribed(
                        subscription,
                        status,
                        Optional.of("price_silver"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(PERIOD_END),
                        cancels ? Optional.of(CANCEL_AT) : Optional.empty(),
                        atPeriodEnd,
                        Optional.empty()),
                Optional.of("silver"),
                false,
                NOW);
        assertThat(after.status()).as(name).contains(statusAfter);
        assertThat(after.plan()).contains(plan);
        assertThat(after.endsAt()).isEqualTo(Optional.ofNullable(ends).map(Instant::parse));
    }

    @Test
    void whatHasEndedDoesNotEndAnew() {
        ProviderFact.Unsubscribed told = new ProviderFact.Unsubscribed("sub_1", Optional.empty());
        Standing ended = GOLD.unsubscribed(told, false, NOW);
        assertThat(ended.unsubscribed(told, false, NOW.plusSeconds(60))).isEqualTo(ended);
        assertThat(ended.endsAt()).contains(NOW);
    }

    @Test
    void paymentsDoNotReviveWhatIsOver() {
        Standing over = GOLD.unsubscribed(new ProviderFact.Unsubscribed("sub_1", Optional.of(NOW)), false, NOW);
        assertThat(over.withStatus("active").status()).contains("canceled");
    }

    @Test
    void aPaidPeriodNeverMovesBack() {
        assertThat(GOLD.paidUntil(NOW).periodEnd()).contains(PERIOD_END);
        assertThat(GOLD.paidUntil(CANCEL_AT).periodEnd()).contains(CANCEL_AT);
    }

    @Test
    void attemptsAreMadeAfterThePublishedPauses() {
        List<Duration> pauses = new ArrayList<>();
        for (int failures = 1; RetryPlan.next(failures, NOW).isPresent(); failures++) {
            pauses.add(Duration.between(NOW, RetryPlan.next(failures, NOW).orElseThrow()));
        }
        assertThat(pauses)
                .containsExactly(
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(2),
                        Duration.ofMinutes(10),
                        Duration.ofHours(1),
                        Duration.ofHours(6));
    }
}
