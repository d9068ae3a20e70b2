package io.tollgate.control.cycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.control.credential.postgres.PostgresCredentials;
import io.tollgate.control.cycle.postgres.CycleRows;
import io.tollgate.control.cycle.postgres.PostgresCycles;
import io.tollgate.control.cycle.postgres.PostgresOverages;
import io.tollgate.control.cycle.postgres.PostgresReportedCycles;
import io.tollgate.control.cycle.postgres.PostgresReports;
import io.tollgate.control.cycle.stripe.StripeUsageReporter;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.key.KeyName;
import io.tollgate.control.stripe.StripeApi;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Cycles and their reports over real tables, against an account that answers as Stripe does.
class UsageReportsIT {
    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");
    private static final Instant END = Instant.parse("2026-12-01T00:00:00Z");
    private static final TenantId TENANT = new TenantId("t1");
    private static final TestControl CONTROL = new TestControl(START);
    private static final String BY_EVENT_NAME = "{\"meter_event_name\":\"calls\"}";

    private static final PostgresCredentials CREDENTIALS = new PostgresCredentials(
            CONTROL.changes(), Optional.of(new SecretBox("an-encryption-key-0123456789", List.of())));

    private final Clock clock = new Clock();
    private final InMemoryCycleUsage log = new InMemoryCycleUsage();
    private CycleUsage usage = log;
    private StripeDouble stripe;
    private PostgresReports queue;
    private ReportWorker worker;
    private OrganizationId organization;

    private static final class Clock implements InstantSource {
        private volatile Instant now = START;

        @Override
        public Instant instant() {
            return now;
        }
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void open() {
        CONTROL.jdbi()
                .useHandle(
                        handle -> handle.execute("TRUNCATE stripe_cycles, stripe_reports, stripe_overages, metrics"));
        stripe = new StripeDouble(clock);
        queue = new PostgresReports(CONTROL.jdbi(), clock);
        organization = CONTROL.newOrganization();
        CREDENTIALS.create(
                Actor.SYSTEM,
                organization,
                CredentialType.STRIPE,
                new KeyName("main"),
                Map.of("secret_key", StripeDouble.KEY, "webhook_secret", "whsec_1"));
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO tenants (organization_id, tenant_id, name, status, created_at, stripe_customer_id,"
                                + " stripe_subscription_id, cycle_end) VALUES (?, 't1', 't1', 'ACTIVE', ?, 'cus_1', 'sub_1', ?)",
                        organization.value(),
                        START.atOffset(ZoneOffset.UTC),
                        END.atOffset(ZoneOffset.UTC)));
        worker = worker(reporter(Duration.ofSeconds(20)));
    }

    @AfterEach
    void close() {
        stripe.close();
    }

    private UsageReporter reporter(Duration readTimeout) {
        return new StripeUsageReporter(CREDENTIALS, new StripeApi(Optional.of(stripe.base()), readTimeout));
    }

    private ReportWorker worker(UsageReporter reporter) {
        return worker(new PostgresCycles(CONTROL.jdbi(), usage), reporter);
    }

    private ReportWorker worker(BillingCycles cycles, UsageReporter reporter) {
        return new ReportWorker(
                cycles,
                new PostgresOverages(CONTROL.jdbi(), (key, at) -> over(key, at)),
                queue,
                reporter,
                clock,
                new Random(1),
                new SimpleMeterRegistry());
    }

    private void metric(String integration) {
        metric("SUM", integration);
    }

    private void metric(String operation, String integration) {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        """
                        INSERT INTO metrics (organization_id, subject, name, operation, metric_type, flush_seconds, batch_seconds,
                            initial_value, limit_operator, breach_action, limit_period, metadata, created_at)
                        VALUES (?, 'tenant:t1', 'calls', ?, 'stripe_billing', 60, 60, 0, 'gte', 'disabled', 'realtime',
                            jsonb_build_object('integrations', jsonb_build_object('stripe', ?::jsonb)), ?)
                        """, organization.value(), operation, integration, START.atOffset(ZoneOffset.UTC)));
    }

    private void renewed(Instant end) {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE tenants SET cycle_end = ? WHERE organization_id = ?",
                        end.atOffset(ZoneOffset.UTC),
                        organization.value()));
    }

    private void invoiced(Instant periodEnd, Instant created) {
        CONTROL.jdbi()
                .useTransaction(handle -> new CycleRows(handle, clock.now)
                        .invoiced(organization, TENANT, Optional.of(periodEnd), created));
    }

    /// Works until `end`, looking every so often.
    private void until(Instant end, Duration step) {
        while (clock.now.isBefore(end)) {
            clock.now = clock.now.plus(step);
            worker.workDue();
        }
    }

    private List<String> reports() {
        return CONTROL.texts(
                organization,
                "SELECT kind || ' ' || to_char(cycle_start AT TIME ZONE 'UTC', 'MM-DD') || ' ' || coalesce(units::text, '-') || ' ' || state"
                        + " FROM stripe_reports WHERE organization_id = :id ORDER BY stamped_at, id");
    }

    private List<String> taken() {
        return stripe.taken().stream()
                .map(use -> use.target() + " " + use.customer() + " " + use.units() + " " + use.stampedAt())
                .toList();
    }

    @Test
    void aCycleIsReportedAMinuteAfterItsKnownEnd() {
        metric(BY_EVENT_NAME);
        log.add(START, "3.25");
        log.add(END.minusMillis(1), "7.5");
        log.add(END, "100");
        log.add(START.minusMillis(1), "1000");
        clock.now = END.plusSeconds(59);
        assertThat(worker.workDue()).isZero();
        clock.now = END.plusSeconds(60);
        assertThat(worker.workDue()).isEqualTo(1);
        assertThat(taken()).containsExactly("mtr_calls cus_1 10 2026-11-30T23:59:59Z");
        assertThat(reports()).containsExactly("cycle 11-01 10 sent");
        assertThat(worker.workDue()).isZero();
    }

    /// Stripe tells of the next period before it tells of the invoice; the invoice then closes what the clock closed.
    @Test
    void theInvoiceOfACycleThatTheClockHasClosedClosesNothingMore() {
        metric(BY_EVENT_NAME);
        log.add(START, "10");
        renewed(END.plus(Duration.ofDays(31)));
        until(END.plusSeconds(90), Duration.ofSeconds(90).plus(Duration.between(START, END)));
        log.add(END.plusSeconds(95), "5");
        invoiced(END, END.plusSeconds(100));
        until(END.plusSeconds(200), Duration.ofSeconds(50));
        assertThat(reports()).containsExactly("cycle 11-01 10 sent");
        clock.now = END.plus(Duration.ofDays(31)).plusSeconds(5);
        invoiced(END.plus(Duration.ofDays(31)), clock.now);
        worker.workDue();
        assertThat(reports()).containsExactly("cycle 11-01 10 sent", "cycle 12-01 5 sent");
    }

    @Test
    void anInvoiceBeforeTheKnownEndClosesTheCycleWhereItSays() {
        metric(BY_EVENT_NAME);
        Instant changed = START.plus(Duration.ofDays(10));
        log.add(START, "4");
        log.add(changed, "8");
        clock.now = changed.plusSeconds(20);
        invoiced(changed, clock.now);
        worker.workDue();
        assertThat(taken()).containsExactly("mtr_calls cus_1 4 2026-11-10T23:59:59Z");
        until(END.plusSeconds(70), Duration.ofDays(1));
        assertThat(stripe.sum()).isEqualByComparingTo("12");
    }

    @Test
    void aCycleWaitsUntilAllOfItIsStored() {
        metric(BY_EVENT_NAME);
        log.add(START, "4");
        log.behind(true);
        clock.now = END.plusSeconds(61);
        worker.workDue();
        assertThat(reports()).containsExactly("cycle 11-01 - pending");
        log.behind(false);
        log.add(START.plusSeconds(1), "2");
        until(END.plusSeconds(70), Duration.ofSeconds(3));
        assertThat(reports()).containsExactly("cycle 11-01 6 sent");
    }

    @Test
    void lateEventsAreReportedWithTheirTimeOrInTheRunningCycle() {
        metric(BY_EVENT_NAME);
        log.add(START, "4.4");
        until(END.plusSeconds(70), Duration.ofDays(30).plusSeconds(70));
        log.add(END.minusSeconds(10), "2.5");
        log.add(START.plusSeconds(30), "0.5");
        until(END.plus(Duration.ofMinutes(70)), Duration.ofMinutes(70));
        assertThat(taken())
                .containsExactlyInAnyOrder(
                        "mtr_calls cus_1 4 2026-11-30T23:59:59Z",
                        "mtr_calls cus_1 2 2026-11-30T23:59:50Z",
                        "mtr_calls cus_1 1 2026-11-01T00:00:30Z");
        assertThat(reports()).contains("late 11-30 2 sent", "late 11-01 1 sent");
    }

    @Test
    void laterUsageMakesUpForWhatIsTakenOutOfAReportedCycle() {
        metric(BY_EVENT_NAME);
        log.add(START, "4");
        log.add(START.plusSeconds(1), "6");
        log.add(START.plusSeconds(2), "100");
        log.takeOut(START.plusSeconds(2));
        renewed(END.plus(Duration.ofDays(31)));
        until(END.plusSeconds(70), Duration.ofDays(30).plusSeconds(70));
        assertThat(reports()).containsExactly("cycle 11-01 10 sent");
        log.amend(START, "5");
        log.takeOut(START.plusSeconds(1));
        log.add(END.minusSeconds(5), "50");
        log.takeOut(END.minusSeconds(5));
        until(END.plus(Duration.ofMinutes(140)), Duration.ofMinutes(70));
        assertThat(stripe.sum()).isEqualByComparingTo("11");
        assertThat(reconciliation(new ArrayList<>())
                        .compare(Optional.of(organization), Optional.empty(), START, clock.now, 10, Optional.empty()))
                .extracting(row -> row.log().toPlainString(), row -> row.status())
                .containsExactly(tuple("5", UsageReconciliation.Status.MATCH));
        log.add(END.minusSeconds(5), "2");
        log.add(END.plusSeconds(1_000), "20");
        until(END.plus(Duration.ofDays(31)).plusSeconds(70), Duration.ofDays(8));
        assertThat(stripe.sum()).isEqualByComparingTo(log.sum(START, END.plus(Duration.ofDays(31))));
    }

    /// One transaction accounts for 2,000 late events.
    @Test
    void whatIsTakenOutBehindAPageOfLateEventsIsReportedWithItAndMadeUpForAfterwards() {
        metric(BY_EVENT_NAME);
        until(END.plusSeconds(70), Duration.ofDays(30).plusSeconds(70));
        log.add(START, "3");
        for (int i = 1; i < 2_000; i++) {
            log.add(START.plusSeconds(i), "0");
        }
        log.takeOut(START);
        until(END.plus(Duration.ofMinutes(70)), Duration.ofMinutes(70));
        assertThat(stripe.sum()).isEqualByComparingTo("3");
        assertThat(CONTROL.texts(organization, "SELECT carry::text FROM stripe_cycles WHERE organization_id = :id"))
                .containsExactly("-3.000000");
    }

    @Test
    void eachEventThatIsTakenOutIsOneLess() {
        metric("COUNT", BY_EVENT_NAME);
        log.add(START, "4");
        log.add(START.plusSeconds(1), "6");
        until(END.plusSeconds(70), Duration.ofDays(30).plusSeconds(70));
        log.takeOut(START);
        until(END.plus(Duration.ofMinutes(70)), Duration.ofMinutes(70));
        assertThat(CONTROL.texts(organization, "SELECT carry::text FROM stripe_cycles WHERE organization_id = :id"))
                .containsExactly("-1.000000");
    }

    @Test
    void whatComesTooLateForStripeCountsInTheRunningCycle() {
        metric(BY_EVENT_NAME);
        log.add(START, "4");
        until(END.plusSeconds(70), Duration.ofDays(30).plusSeconds(70));
        renewed(END.plus(Duration.ofDays(31)));
        clock.now = END.plus(Duration.ofDays(20));
        log.add(START.plusSeconds(5), "3");
        log.add(clock.now, "5");
        until(END.plus(Duration.ofDays(31)).plusSeconds(70), Duration.ofDays(12));
        assertThat(reports()).containsExactly("cycle 11-01 4 sent", "cycle 12-01 8 sent");
    }

    @Test
    void olderAccountsGetUsageRecordsOnce() {
        metric("{\"price_id\":\"price_legacy\"}");
        log.add(START, "9");
        stripe.fault(StripeDouble.Fault.FAILS_AFTER, StripeDouble.Fault.LOST_ANSWER);
        clock.now = END.plusSeconds(60);
        worker.workDue();
        until(END.plus(Duration.ofHours(3)), Duration.ofHours(1));
        assertThat(reports()).containsExactly("cycle 11-01 9 unknown");
        // The key keeps the error; the sums tell.
        until(END.plus(Duration.ofHours(27)), Duration.ofHours(6));
        assertThat(reports()).containsExactly("cycle 11-01 9 sent");
        assertThat(taken()).containsExactly("si_legacy  9 2026-11-30T23:59:59Z");
    }

    @Test
    void thePriceOfAMeterLeadsToIt() {
        metric("{\"price_id\":\"price_metered\"}");
        log.add(START, "9");
        until(END.plusSeconds(70), Duration.ofDays(30).plusSeconds(70));
        assertThat(taken()).containsExactly("mtr_calls cus_1 9 2026-11-30T23:59:59Z");
    }

    @Test
    void aLostAnswerIsAskedForUnderTheSameIdentifier() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        stripe.fault(StripeDouble.Fault.LOST_ANSWER, StripeDouble.Fault.FAILS_AFTER, StripeDouble.Fault.LOST_REQUEST);
        clock.now = END.plusSeconds(60);
        worker.workDue();
        assertThat(reports()).containsExactly("cycle 11-01 9 unknown");
        until(END.plusSeconds(300), Duration.ofSeconds(20));
        assertThat(reports()).containsExactly("cycle 11-01 9 sent");
        assertThat(stripe.sum()).isEqualByComparingTo("9");
    }

    @Test
    void anAnswerThatDoesNotComeInTimeIsUnknown() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        stripe.fault(StripeDouble.Fault.HANGS);
        clock.now = END.plusSeconds(60);
        worker(reporter(Duration.ofMillis(300))).workDue();
        assertThat(reports()).containsExactly("cycle 11-01 9 unknown");
        stripe.answerAll();
        until(END.plusSeconds(120), Duration.ofSeconds(20));
        assertThat(reports()).containsExactly("cycle 11-01 9 sent");
        assertThat(stripe.sum()).isEqualByComparingTo("9");
    }

    @Test
    void whatStripeMayHaveForgottenIsLookedUpBeforeItIsSentAgain() {
        for (StripeDouble.Fault fault : List.of(StripeDouble.Fault.LOST_ANSWER, StripeDouble.Fault.LOST_REQUEST)) {
            close();
            open();
            metric(BY_EVENT_NAME);
            log.add(START, "9");
            clock.now = END.plusSeconds(60);
            stripe.fault(fault);
            worker.workDue();
            // Nobody works for two days.
            clock.now = END.plus(Duration.ofDays(2));
            worker.workDue();
            assertThat(reports()).as("%s", fault).containsExactly("cycle 11-01 9 sent");
            assertThat(stripe.requests()).as("%s", fault).contains("GET /v1/billing/meters/mtr_calls/event_summaries");
            assertThat(stripe.sum()).as("%s", fault).isEqualByComparingTo(log.sum(START, END));
            log.add(START, "-" + log.sum(START, END));
            clock.now = START;
        }
    }

    @Test
    void whatSomebodyElseHasReportedLeavesItUndecided() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        clock.now = END.plusSeconds(60);
        stripe.fault(StripeDouble.Fault.LOST_REQUEST);
        worker.workDue();
        stripe.took(new StripeDouble.Taken("mtr_calls", "cus_1", new BigDecimal("4"), END.minusSeconds(2)));
        until(END.plus(Duration.ofDays(3)), Duration.ofHours(30));
        assertThat(reports()).containsExactly("cycle 11-01 9 unknown");
        assertThat(stripe.taken()).hasSize(1);
        assertThat(queue.backlog().unknown()).isEqualTo(1);
    }

    @Test
    void tooManyRequestsRestTheWholeAccount() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        stripe.fault(StripeDouble.Fault.TOO_MANY);
        clock.now = END.plusSeconds(60);
        worker.workDue();
        assertThat(reports()).containsExactly("cycle 11-01 9 pending");
        clock.now = END.plusSeconds(60 + 89);
        assertThat(worker.workDue()).isZero();
        clock.now = END.plusSeconds(60 + 92);
        assertThat(worker.workDue()).isEqualTo(1);
        assertThat(reports()).containsExactly("cycle 11-01 9 sent");
    }

    @Test
    void aDayWithoutStripeLosesNothing() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        UsageReporter away = new StripeUsageReporter(
                CREDENTIALS,
                // Nobody listens there.
                new StripeApi(Optional.of(URI.create("http://127.0.0.1:1")), Duration.ofSeconds(1)));
        ReportWorker waiting = worker(away);
        clock.now = END.plusSeconds(60);
        for (int i = 0; i < 15; i++) {
            waiting.workDue();
            clock.now = clock.now.plus(Duration.ofMinutes(100));
        }
        assertThat(reports()).containsExactly("cycle 11-01 9 pending");
        worker.workDue();
        assertThat(reports()).containsExactly("cycle 11-01 9 sent");
        assertThat(stripe.sum()).isEqualByComparingTo("9");
    }

    @Test
    void whatStripeRefusesIsADeadLetterThatCanBeSentAgain() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        stripe.fault(StripeDouble.Fault.NO_SUCH_CUSTOMER);
        until(END.plusSeconds(70), Duration.ofDays(30).plusSeconds(70));
        assertThat(reports()).containsExactly("cycle 11-01 9 failed");
        String id = queue.list(10, Optional.empty()).getFirst().id();
        assertThat(queue.list(10, Optional.empty()).getFirst().error()).contains("No such customer");
        assertThat(queue.retry(id)).isTrue();
        worker.workDue();
        assertThat(reports()).containsExactly("cycle 11-01 9 sent");
        assertThat(queue.retry(id)).isFalse();
    }

    @Test
    void whatIsTooOldIsSaidToBe() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        CONTROL.jdbi().useHandle(handle -> handle.execute("UPDATE tenants SET stripe_customer_id = NULL"));
        until(END.plus(Duration.ofDays(1)), Duration.ofDays(31));
        assertThat(reports()).containsExactly("cycle 11-01 9 pending");
        clock.now = END.plus(Duration.ofDays(36));
        worker.workDue();
        assertThat(reports()).containsExactly("cycle 11-01 9 failed");
        assertThat(queue.list(10, Optional.empty()).getFirst().error()).startsWith("TOO_OLD");
    }

    @Test
    void aDeletedMetricsLastCycleIsReported() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        CONTROL.jdbi()
                .useHandle(handle ->
                        handle.execute("DELETE FROM metrics WHERE organization_id = ?", organization.value()));
        until(END.plusSeconds(70), Duration.ofDays(30).plusSeconds(70));
        assertThat(reports()).containsExactly("cycle 11-01 9 sent");
        assertThat(CONTROL.texts(organization, "SELECT meter FROM stripe_cycles WHERE organization_id = :id"))
                .isEmpty();
    }

    private UsageReconciliation reconciliation(List<String> told) {
        return new UsageReconciliation(
                new PostgresReportedCycles(CONTROL.jdbi()),
                log,
                reporter(Duration.ofSeconds(20)),
                (row, now) -> told.add(row.cycle().key().meter() + " " + row.difference()),
                clock);
    }

    private List<String> compared() {
        return reconciliation(new ArrayList<>())
                .compare(Optional.of(organization), Optional.empty(), START, clock.now, 10, Optional.empty())
                .stream()
                .map(row -> row.log().toPlainString() + " "
                        + row.cycle().reported() + " "
                        + row.provider().map(BigDecimal::toPlainString).orElse("-") + " "
                        + row.status().word())
                .toList();
    }

    @Test
    void comparisonTellsWhatIsMissingAndSendsItSooner() {
        metric(BY_EVENT_NAME);
        log.add(START, "9.5");
        stripe.fault(StripeDouble.Fault.TOO_MANY);
        clock.now = END.plusSeconds(60);
        worker.workDue();
        // The way is fixed when something leaves, which nothing has.
        assertThat(compared()).containsExactly("9.5 0 0 pending");
        worker = worker(reporter(Duration.ofSeconds(20)));
        assertThat(worker.workDue()).isEqualTo(1);
        assertThat(compared()).containsExactly("9.5 9 9 match");

        log.add(END.minusSeconds(100), "2");
        assertThat(compared()).containsExactly("11.5 9 9 pending");
        worker.workDue();
        assertThat(compared()).containsExactly("11.5 11 11 match");

        stripe.took(new StripeDouble.Taken("mtr_calls", "cus_1", new BigDecimal("3"), END.minusSeconds(1_000)));
        assertThat(compared()).containsExactly("11.5 11 14 drift");
        List<String> told = new ArrayList<>();
        reconciliation(told).daily();
        assertThat(told).containsExactly("calls Optional[3]");
        assertThat(reconciliation(told)
                        .compare(
                                Optional.of(CONTROL.newOrganization()),
                                Optional.empty(),
                                START,
                                clock.now,
                                10,
                                Optional.empty()))
                .isEmpty();
        CREDENTIALS.delete(Actor.SYSTEM, organization, CredentialType.STRIPE, new KeyName("main"));
        assertThat(compared()).containsExactly("11.5 11 - unreachable");
    }

    @Test
    void whatNobodyKnowsOfAndWhatWasRefusedIsSaid() {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        stripe.fault(StripeDouble.Fault.LOST_REQUEST);
        clock.now = END.plusSeconds(60);
        worker.workDue();
        assertThat(compared()).containsExactly("9 0 0 unreachable");
        stripe.fault(StripeDouble.Fault.NO_SUCH_CUSTOMER, StripeDouble.Fault.NO_SUCH_CUSTOMER);
        until(END.plus(Duration.ofDays(4)), Duration.ofHours(30));
        assertThat(compared()).containsExactly("9 0 0 drift");
    }

    private static final Duration WINDOW = Duration.ofDays(1);
    private BigDecimal used = BigDecimal.ZERO;
    private BigDecimal usedAtEnd = BigDecimal.ZERO;
    private boolean limited = true;

    /// Days against a limit of 2,000; the use of a day that has ended is `usedAtEnd`.
    private Optional<OverageReads.Use> over(CycleKey key, Instant at) {
        if (key.tenantId().equals(BROKEN)) {
            throw new IllegalStateException("cannot be read");
        }
        if (!limited) {
            return Optional.empty();
        }
        Instant start = at.truncatedTo(ChronoUnit.DAYS);
        boolean ended = !clock.now.isBefore(start.plus(WINDOW));
        return Optional.of(new OverageReads.Use(
                ended ? usedAtEnd : used, new BigDecimal("2000"), start, Optional.of(start.plus(WINDOW))));
    }

    private String lookAt(String value) {
        used = new BigDecimal(value);
        clock.now = clock.now.plusSeconds(61);
        worker.workDue();
        return stripe.sum().toPlainString();
    }

    /// Vector V11b.
    @Test
    void risingOverageUnitsAreReportedOnceAndNeverLowered() {
        metric("{\"overage_threshold\":250,\"overage_item_id\":\"si_metered\"}");
        assertThat(lookAt("2249")).isEqualTo("0");
        assertThat(lookAt("2250")).isEqualTo("1");
        assertThat(lookAt("2600")).isEqualTo("2");
        assertThat(lookAt("2300")).isEqualTo("2");
        worker = worker(reporter(Duration.ofSeconds(20)));
        assertThat(lookAt("2750")).isEqualTo("3");
        assertThat(reports()).containsExactly("overage 11-01 1 sent", "overage 11-01 1 sent", "overage 11-01 1 sent");
        assertThat(stripe.taken().getFirst().target()).isEqualTo("mtr_calls");
    }

    @Test
    void aWindowThatHasEndedIsLookedAtOnceMoreAndTheNextBeginsAtNothing() {
        metric("{\"overage_threshold\":250,\"overage_product_id\":\"prod_1\"}");
        assertThat(lookAt("2300")).isEqualTo("1");
        usedAtEnd = new BigDecimal("3000");
        clock.now = START.plus(WINDOW).minusSeconds(60);
        assertThat(lookAt("2260")).isEqualTo("1");
        assertThat(lookAt("2260")).isEqualTo("5");
        assertThat(stripe.taken())
                .extracting(StripeDouble.Taken::units, StripeDouble.Taken::stampedAt)
                .contains(tuple(new BigDecimal("3"), START.plus(WINDOW).minusSeconds(1)));
        assertThat(lookAt("2500")).isEqualTo("6");
    }

    @Test
    void aLimitThatIsGoneForAWhileBillsNoUnitAgain() {
        metric("{\"overage_threshold\":250,\"overage_item_id\":\"si_metered\"}");
        assertThat(lookAt("2500")).isEqualTo("2");
        limited = false;
        assertThat(lookAt("2600")).isEqualTo("2");
        limited = true;
        assertThat(lookAt("2750")).isEqualTo("3");
        limited = false;
        clock.now = START.plus(WINDOW);
        assertThat(lookAt("0")).isEqualTo("3");
        usedAtEnd = new BigDecimal("3000");
        limited = true;
        assertThat(lookAt("0")).isEqualTo("4");
    }

    private static final TenantId BROKEN = new TenantId("broken");

    /// Another tenant with the same metric, whose turn is first.
    private void brokenMetric(String integration) {
        metric(integration);
        CONTROL.jdbi().useHandle(handle -> handle.execute("""
                        INSERT INTO metrics (organization_id, subject, name, operation, metric_type, flush_seconds, batch_seconds,
                            initial_value, limit_operator, breach_action, limit_period, metadata, created_at)
                        SELECT organization_id, 'tenant:broken', name, operation, metric_type, flush_seconds, batch_seconds,
                            initial_value, limit_operator, breach_action, limit_period, metadata, created_at - interval '1 second'
                        FROM metrics WHERE organization_id = ?
                        """, organization.value()));
        usage = new BrokenUsage(log);
        worker = worker(reporter(Duration.ofSeconds(20)));
    }

    /// Fails for one tenant.
    private record BrokenUsage(CycleUsage usage) implements CycleUsage {
        @Override
        public OptionalLong stored(CycleKey key) {
            if (key.tenantId().equals(BROKEN)) {
                throw new IllegalStateException("cannot be read");
            }
            return usage.stored(key);
        }

        @Override
        public BigDecimal value(CycleKey key, Operation operation, Instant from, Instant to, long before) {
            return usage.value(key, operation, from, to, before);
        }

        @Override
        public List<Counted> events(CycleKey key, Instant from, Instant to, long first, long before, int limit) {
            return usage.events(key, from, to, first, before, limit);
        }
    }

    @Test
    void aTenantWhoseUseCannotBeReadKeepsNobodyWaiting() {
        brokenMetric("{\"meter_event_name\":\"calls\",\"overage_threshold\":250,\"overage_item_id\":\"si_metered\"}");
        used = new BigDecimal("2500");
        log.add(START, "9");
        worker.workDue();
        clock.now = END.plusSeconds(60);
        worker.workDue();
        assertThat(reports()).contains("cycle 11-01 9 sent", "overage 11-01 2 sent");
        for (int i = 0; i < 3; i++) {
            clock.now = clock.now.plus(Duration.ofMinutes(2));
            worker.workDue();
        }
        assertThat(
                        CONTROL.texts(
                                organization,
                                "SELECT c.tenant_id || ' ' || c.failures || ' ' || o.failures FROM stripe_cycles c"
                                        + " JOIN stripe_overages o USING (organization_id, tenant_id) WHERE organization_id = :id ORDER BY 1"))
                .containsExactly("broken 5 5", "t1 0 0");
    }

    /// Blocks who measures until it is let go.
    private record SlowCycles(CountDownLatch measuring, CountDownLatch mayGo) implements BillingCycles {
        @Override
        public int closeDue(Instant now) {
            return 0;
        }

        @Override
        public boolean account(Instant now) {
            measuring.countDown();
            try {
                mayGo.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        }
    }

    /// Tells when a report has left.
    private record Telling(UsageReporter reporter, CountDownLatch left) implements UsageReporter {
        @Override
        public ReportWay way(OrganizationId organizationId, ReportTarget target, Optional<String> subscription)
                throws UnavailableException {
            return reporter.way(organizationId, target, subscription);
        }

        @Override
        public SendOutcome send(UsageReport report, ReportWay way, String customer) {
            SendOutcome outcome = reporter.send(report, way, customer);
            left.countDown();
            return outcome;
        }

        @Override
        public ReportWay.Summary summary(
                OrganizationId organizationId,
                Optional<String> keyName,
                ReportWay way,
                String customer,
                Instant from,
                Instant to)
                throws UnavailableException {
            return reporter.summary(organizationId, keyName, way, customer, from, to);
        }
    }

    @Test
    void whatIsDueIsSentWhileACycleIsMeasured() throws InterruptedException {
        metric(BY_EVENT_NAME);
        log.add(START, "9");
        clock.now = END.plusSeconds(60);
        PostgresCycles cycles = new PostgresCycles(CONTROL.jdbi(), log);
        cycles.closeDue(clock.now);
        cycles.account(clock.now);
        SlowCycles slow = new SlowCycles(new CountDownLatch(1), new CountDownLatch(1));
        CountDownLatch taken = new CountDownLatch(1);
        ReportWorker busy = worker(slow, new Telling(reporter(Duration.ofSeconds(20)), taken));
        busy.start();
        try {
            assertThat(slow.measuring().await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            slow.mayGo().countDown();
            busy.stop(Duration.ofSeconds(5));
        }
    }

    /// Dies in the middle of a call, before or after it had its effect.
    private static final class DiesException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private record Mortal(UsageReporter reporter, SplittableRandom random) implements UsageReporter {
        @Override
        public ReportWay way(OrganizationId organizationId, ReportTarget target, Optional<String> subscription)
                throws UnavailableException {
            return reporter.way(organizationId, target, subscription);
        }

        @Override
        public SendOutcome send(UsageReport report, ReportWay way, String customer) {
            int fate = random.nextInt(3);
            if (fate == 0) {
                throw new DiesException();
            }
            SendOutcome outcome = reporter.send(report, way, customer);
            if (fate == 1) {
                throw new DiesException();
            }
            return outcome;
        }

        @Override
        public ReportWay.Summary summary(
                OrganizationId organizationId,
                Optional<String> keyName,
                ReportWay way,
                String customer,
                Instant from,
                Instant to)
                throws UnavailableException {
            return reporter.summary(organizationId, keyName, way, customer, from, to);
        }
    }

    @Test
    void howeverOftenTheQueueRestartsStripeHasWhatTheLogHas() {
        SplittableRandom random = new SplittableRandom(20261122);
        metric(BY_EVENT_NAME);
        Duration cycle = Duration.ofDays(1);
        Instant end = START;
        int deaths = 0;
        int starts = 0;
        while (deaths < 20) {
            end = end.plus(cycle);
            renewed(end.plus(cycle));
            for (int i = 0; i < 2; i++) {
                log.add(end.minusSeconds(random.nextLong(1, 86_400)), random.nextInt(1, 50) + "." + random.nextInt(9));
                // Of the day before, mostly too late for its report.
                Instant before = end.minusSeconds(random.nextLong(86_400, 100_000));
                log.add(before.isBefore(START) ? START : before, "0.75");
            }
            for (StripeDouble.Fault fault : StripeDouble.Fault.values()) {
                if (fault != StripeDouble.Fault.HANGS
                        && fault != StripeDouble.Fault.NO_SUCH_CUSTOMER
                        && random.nextInt(3) == 0) {
                    stripe.fault(fault);
                }
            }
            clock.now = end.plusSeconds(61);
            for (int look = 0; look < 3; look++) {
                starts++;
                try {
                    worker(new Mortal(reporter(Duration.ofSeconds(20)), random)).workDue();
                } catch (DiesException e) {
                    deaths++;
                }
                clock.now = clock.now.plus(Duration.ofMinutes(61));
            }
        }
        until(end.plus(Duration.ofHours(80)), Duration.ofHours(4));

        assertThat(starts).isGreaterThan(20);
        assertThat(CONTROL.texts(organization, "SELECT DISTINCT state FROM stripe_reports WHERE organization_id = :id"))
                .containsExactly("sent");
        BigDecimal carry = new BigDecimal(
                CONTROL.texts(organization, "SELECT carry::text FROM stripe_cycles WHERE organization_id = :id")
                        .getFirst());
        Instant closed = Instant.parse(CONTROL.texts(
                        organization,
                        "SELECT to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM stripe_cycles"
                                + " WHERE organization_id = :id")
                .getFirst());
        assertThat(stripe.sum().add(carry)).isEqualByComparingTo(log.sum(START, closed));
        assertThat(stripe.sum()).isEqualByComparingTo(log.sum(START, closed).setScale(0, RoundingMode.FLOOR));
    }
}
