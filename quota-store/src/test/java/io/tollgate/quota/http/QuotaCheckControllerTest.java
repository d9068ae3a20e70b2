package io.tollgate.quota.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.http.HttpResponse;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.QuotaWarning;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.LimitDecision;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LocalCounters;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.OwnerClient;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.routing.Owners;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// What is asked of the owners, and how their answers look to a caller.
class QuotaCheckControllerTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final Instant MONTH_END = Instant.parse("2026-12-01T00:00:00Z");
    private static final Principal CALLER =
            new Principal.Organization(new OrganizationId("biz_00000000-0000-4000-8000-000000000001"), "key");
    private static final Quota QUOTA = new Quota(
            "q1",
            3,
            new BigDecimal("500.000000"),
            new QuotaPeriod.Monthly(),
            EnforcementMode.HARD,
            Optional.of(new BigDecimal("450.000000")),
            BigDecimal.ZERO,
            Optional.of(Duration.ofHours(24)),
            Optional.empty());

    private final List<QuotaCheck> asked = new ArrayList<>();
    private Function<QuotaCheck, CheckAnswer> owner = check -> new CheckAnswer.Unlimited(BigDecimal.ZERO);
    private Optional<LimitDecision> limits = Optional.empty();
    private final QuotaCheckController controller = new QuotaCheckController(
            checks -> {
                asked.addAll(checks);
                return checks.stream().map(check -> owner.apply(check)).toList();
            },
            (organizationId, tenantId, meter) -> limits,
            new CounterLookup(LocalCounters.NONE, new Nowhere(), new Nowhere(), "here:1", 8),
            new Definitions(InstantSource.fixed(NOW)),
            InstantSource.fixed(NOW));

    @Test
    void anAllowedCheckTellsWhatIsLeft() {
        owner = check -> judged(true, "480.5", "10", false);

        HttpResponse<Map<String, Object>> response =
                controller.check(CALLER, "cust_7", null, "calls", null, null, "2", null);

        assertThat(asked).singleElement().satisfies(check -> {
            assertThat(check.subjectKey()).endsWith("/tenant:cust_7");
            assertThat(check.meter()).isEqualTo("calls");
            assertThat(check.quantity()).isEqualTo(new BigDecimal("2.000000"));
            assertThat(check.eventTime()).isEqualTo(NOW);
        });
        assertThat(body(response))
                .containsEntry("allowed", true)
                .containsEntry("reason", null)
                .containsEntry("has_quota", true)
                .containsEntry("current", new BigDecimal("480.5"))
                .containsEntry("limit", new BigDecimal("500"))
                .containsEntry("remaining", new BigDecimal("9.5"))
                .containsEntry("reserved", new BigDecimal("10"))
                .containsEntry("reset_at", "2026-12-01T00:00:00Z")
                .containsEntry("plan_limit", null)
                .containsEntry("retry_after", null)
                .containsEntry("stale", false);
        assertThat(body(response).get("quota"))
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("limit_type", "MONTHLY")
                .containsEntry("enforcement_mode", "HARD")
                .containsEntry("grace_period_hours", 24L);
        assertThat(response.header("Tollgate-Stale")).isNull();
    }

    @Test
    void aDeniedCheckTellsWhyAndWhenItWillPass() {
        owner = check -> judged(false, "500", "0", false);

        assertThat(body(controller.check(CALLER, "a", null, "calls", null, null, null, null)))
                .containsEntry("allowed", false)
                .containsEntry("reason", "QUOTA_EXCEEDED")
                .containsEntry("remaining", BigDecimal.ZERO)
                .containsEntry("retry_after", Duration.between(NOW, MONTH_END).toSeconds());
        assertThat(asked.getFirst().quantity()).isEqualByComparingTo("1");
    }

    @Test
    void withoutAQuotaEverythingIsAllowed() {
        assertThat(body(controller.check(CALLER, null, "a", null, "calls", null, null, "7")))
                .containsEntry("allowed", true)
                .containsEntry("has_quota", false)
                .containsEntry("limit", null)
                .containsEntry("remaining", null)
                .containsEntry("quota", null);
        assertThat(asked.getFirst().quantity()).isEqualByComparingTo("7");
    }

    @Test
    void aCopysAnswerIsMarkedInBodyAndHeader() {
        owner = check -> judged(true, "1", "0", true);

        HttpResponse<Map<String, Object>> response =
                controller.check(CALLER, "a", null, "calls", null, null, null, null);

        assertThat(body(response)).containsEntry("stale", true);
        assertThat(response.header("Tollgate-Stale")).isEqualTo("true");
    }

    @Test
    void aSuspendedTenantIsRefusedWhateverItsQuotaSays() {
        owner = check -> judged(true, "1", "0", false);
        limits = Optional.of(new LimitDecision.Suspended());

        assertThat(body(controller.check(CALLER, "a", null, "calls", null, null, null, null)))
                .containsEntry("allowed", false)
                .containsEntry("reason", "TENANT_SUSPENDED");
    }

    @Test
    void whatNobodyCanJudgeIsUnavailable() {
        owner = check -> new CheckAnswer.NotJudged(Reason.HAND_OVER, "changing hands");

        assertProblem(
                ErrorCode.OWNER_UNAVAILABLE,
                () -> controller.check(CALLER, "a", null, "calls", null, null, null, null));
    }

    @Test
    void whatIsMissingOrWrongIsNamed() {
        assertProblem(
                ErrorCode.VALIDATION_FAILED,
                () -> controller.check(CALLER, null, null, "calls", null, null, "1", null));
        assertProblem(
                ErrorCode.VALIDATION_FAILED,
                () -> controller.check(CALLER, "a", null, "calls", null, null, "1e", null));
        assertProblem(
                ErrorCode.QUANTITY_OUT_OF_RANGE,
                () -> controller.check(CALLER, "a", null, "calls", null, null, "1e999999999", null));
        assertProblem(
                ErrorCode.UNAUTHENTICATED,
                () -> controller.check(new Principal.Nobody("Invalid key"), "a", null, "c", null, null, null, null));
    }

    @Test
    void anAmountTooSmallToCountIsZeroHoweverItIsWritten() {
        controller.check(CALLER, "a", null, "calls", null, null, "1e-999999999", null);

        assertThat(asked.getFirst().quantity()).isEqualTo(new BigDecimal("0.000000"));
    }

    @Test
    void aBatchIsAnsweredInOrderAndAllowedIfAllAre() {
        owner = check -> judged(check.quantity().intValue() < 5, "0", "0", false);

        Map<String, Object> body = body(batch("""
                {"checks":[{"tenant_id":"a","event_type":"c","quantity":3},
                           {"tenant_id":"a","event_type":"c","quantity":"4"},
                           {"customer_id":"b","metric_name":"d","value":5.5}]}"""));

        assertThat(quantitiesAsked()).containsExactly("3.000000", "4.000000", "5.500000");
        assertThat(body).containsEntry("allowed", false);
        assertThat(allowed(body)).containsExactly(true, true, false);
    }

    @Test
    void anAtomicBatchTestsTheSumOfEachCounter() {
        owner = check -> judged(check.quantity().intValue() < 5, "0", "0", false);

        Map<String, Object> body = body(batch("""
                {"atomic":true,"checks":[{"tenant_id":"a","event_type":"c","quantity":3},
                           {"tenant_id":"b","event_type":"c","quantity":4},
                           {"tenant_id":"a","event_type":"c","quantity":4}]}"""));

        assertThat(quantitiesAsked()).containsExactly("7.000000", "4.000000");
        assertThat(body).containsEntry("allowed", false);
        assertThat(allowed(body)).containsExactly(false, true, false);
    }

    @Test
    void aBatchThatIsNoneIsRefused() {
        String check = "{\"tenant_id\":\"a\",\"event_type\":\"c\"}";
        assertProblem(ErrorCode.MALFORMED_JSON, () -> batch("{\"checks\":"));
        assertProblem(ErrorCode.MALFORMED_JSON, () -> batch("[]"));
        assertProblem(ErrorCode.VALIDATION_FAILED, () -> batch("{\"checks\":[]}"));
        assertProblem(ErrorCode.VALIDATION_FAILED, () -> batch("{\"checks\":[{\"tenant_id\":\"a\"}]}"));
        assertProblem(
                ErrorCode.VALIDATION_FAILED,
                () -> batch("{\"checks\":[" + (check + ",").repeat(CheckRequest.CHECKS_MAX) + check + "]}"));
    }

    private HttpResponse<Map<String, Object>> batch(String json) {
        return controller.checkAll(CALLER, json.getBytes(StandardCharsets.UTF_8));
    }

    private static CheckAnswer judged(boolean allowed, String current, String reserved, boolean stale) {
        return new CheckAnswer.Judged(
                allowed,
                QUOTA,
                new BigDecimal(current).setScale(6),
                new BigDecimal(reserved).setScale(6),
                Optional.of(MONTH_END),
                Optional.<QuotaWarning>empty(),
                stale);
    }

    private List<String> quantitiesAsked() {
        return asked.stream().map(check -> check.quantity().toString()).toList();
    }

    private static Map<String, Object> body(HttpResponse<Map<String, Object>> response) {
        return Objects.requireNonNull(response.body());
    }

    private static List<Object> allowed(Map<String, Object> body) {
        return ((List<?>) Objects.requireNonNull(body.get("results")))
                .stream()
                        .map(result -> Objects.requireNonNull(((Map<?, ?>) result).get("allowed")))
                        .map(Object.class::cast)
                        .toList();
    }

    private static void assertProblem(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(code));
    }

    /// No instance at all; the look-up is only asked for partitions here.
    private static final class Nowhere implements Owners, OwnerClient {
        @Override
        public Optional<Owner> ownerOf(int partition) {
            return Optional.empty();
        }

        @Override
        public Map<Integer, Owner> all() {
            return Map.of();
        }

        @Override
        public Set<Owner> instances() {
            return Set.of();
        }

        @Override
        public void refresh() {}

        @Override
        public Optional<LookupOutcome.Found> ask(
                Owner asked, int partition, CounterRead read, long afterOffset, Duration atMost) {
            return Optional.empty();
        }

        @Override
        public Optional<LookupOutcome.Found> askCopy(
                Owner instance, int partition, CounterRead read, long afterOffset, Duration atMost) {
            return Optional.empty();
        }
    }
}
