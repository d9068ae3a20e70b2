package io.tollgate.quota.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.QuotaChecks;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.LimitDecision;
import io.tollgate.quota.metric.PlanLimitTest;
import io.tollgate.quota.query.CounterLookup;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `GET` and `POST /api/v1/quotas/check`: whether a quantity would be admitted now. Records and holds nothing.
@Controller("/api/v1/quotas/check")
@ExecuteOn(TaskExecutors.VIRTUAL)
@Requires(property = "tollgate.roles.gateway", value = "true")
public final class QuotaCheckController {
    /// A partition changes hands in seconds.
    private static final int RETRY_AFTER_SECONDS = 1;

    private final QuotaChecks checks;
    private final PlanLimitTest limits;
    private final CounterLookup lookup;
    private final Definitions definitions;
    private final InstantSource clock;

    public QuotaCheckController(
            QuotaChecks checks,
            PlanLimitTest limits,
            CounterLookup lookup,
            Definitions definitions,
            InstantSource clock) {
        this.checks = checks;
        this.limits = limits;
        this.lookup = lookup;
        this.definitions = definitions;
        this.clock = clock;
    }

    @Get
    public HttpResponse<Map<String, Object>> check(
            @RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal,
            @QueryValue("tenant_id") @Nullable String tenantId,
            @QueryValue("customer_id") @Nullable String customerId,
            @QueryValue("event_type") @Nullable String eventType,
            @QueryValue("metric_name") @Nullable String metricName,
            @QueryValue @Nullable String meter,
            @QueryValue @Nullable String quantity,
            @QueryValue @Nullable String value) {
        Reach reach = Authority.reach(principal, Permission.USAGE_READ);
        OrganizationId organizationId = reach.organizationId();
        CheckRequest asked = CheckRequest.of(
                first(tenantId, customerId), first(eventType, metricName, meter), first(quantity, value));
        requireWithin(reach, asked);
        Instant now = now();
        CheckAnswer answer = judged(organizationId, List.of(asked), now).getFirst();
        Optional<LimitDecision> limits = tested(organizationId, asked);
        return answered(CheckJson.of(asked, answer, limits, now), CheckJson.stale(answer));
    }

    @Post
    public HttpResponse<Map<String, Object>> checkAll(
            @RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal, @Body byte[] body) {
        Reach reach = Authority.reach(principal, Permission.USAGE_READ);
        OrganizationId organizationId = reach.organizationId();
        CheckRequest.Batch batch = CheckRequest.batch(body);
        List<CheckRequest> asked = batch.checks();
        asked.forEach(one -> requireWithin(reach, one));
        List<CheckRequest> judgedTogether = batch.atomic() ? CheckRequest.sums(asked) : asked;
        Instant now = now();
        List<CheckAnswer> answers = judged(organizationId, judgedTogether, now);
        Map<CheckRequest.Target, CheckAnswer> byTarget = new LinkedHashMap<>();
        for (int i = 0; i < judgedTogether.size(); i++) {
            byTarget.put(judgedTogether.get(i).target(), answers.get(i));
        }
        List<Map<String, Object>> results = new ArrayList<>(asked.size());
        Map<CheckRequest.Target, Optional<LimitDecision>> tested = new HashMap<>();
        boolean allowed = true;
        boolean stale = false;
        for (int i = 0; i < asked.size(); i++) {
            CheckAnswer answer =
                    batch.atomic() ? byTarget.getOrDefault(asked.get(i).target(), answers.getFirst()) : answers.get(i);
            Optional<LimitDecision> limits =
                    tested.computeIfAbsent(asked.get(i).target(), target -> tested(organizationId, target));
            Map<String, Object> result = CheckJson.of(asked.get(i), answer, limits, now);
            allowed &= CheckJson.allowed(answer, limits);
            stale |= CheckJson.stale(answer);
            results.add(result);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("allowed", allowed);
        answer.put("results", results);
        return answered(answer, stale);
    }

    private Optional<LimitDecision> tested(OrganizationId organizationId, CheckRequest asked) {
        return tested(organizationId, asked.target());
    }

    /// @throws Problem if the limits cannot be tested now
    private Optional<LimitDecision> tested(OrganizationId organizationId, CheckRequest.Target target) {
        Optional<LimitDecision> decision =
                limits.test(organizationId, target.tenantId(), target.meter().value());
        if (decision.isPresent() && decision.get() instanceof LimitDecision.Unavailable unavailable) {
            throw Problem.of(ErrorCode.OWNER_UNAVAILABLE, unavailable.why()).retryAfter(RETRY_AFTER_SECONDS);
        }
        return decision;
    }

    private static void requireWithin(Reach reach, CheckRequest asked) {
        if (!reach.covers(asked.tenantId())) {
            throw Problem.of(ErrorCode.FORBIDDEN, "A tenant key checks its own tenant only.");
        }
    }

    /// @throws Problem if one of them cannot be judged now
    private List<CheckAnswer> judged(OrganizationId organizationId, List<CheckRequest> asked, Instant now) {
        ZoneId zone = definitions.zone(organizationId).orElse(ZoneOffset.UTC);
        List<QuotaCheck> questions = asked.stream()
                .map(check -> {
                    String subjectKey = new SubjectKey(organizationId, SubjectId.tenant(check.tenantId())).recordKey();
                    return new QuotaCheck(
                            lookup.partitionOf(subjectKey),
                            subjectKey,
                            zone,
                            check.meter().value(),
                            check.quantity(),
                            now);
                })
                .toList();
        List<CheckAnswer> answers = checks.check(questions);
        for (CheckAnswer answer : answers) {
            if (answer instanceof CheckAnswer.NotJudged notJudged) {
                throw Problem.of(ErrorCode.OWNER_UNAVAILABLE, notJudged.why()).retryAfter(RETRY_AFTER_SECONDS);
            }
        }
        return answers;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static HttpResponse<Map<String, Object>> answered(Map<String, Object> body, boolean stale) {
        MutableHttpResponse<Map<String, Object>> response = HttpResponse.ok(body);
        return stale ? response.header("Tollgate-Stale", "true") : response;
    }

    private static @Nullable String first(@Nullable String... values) {
        for (String value : values) {
            if (value != null) {
                return value;
            }
        }
        return null;
    }
}
