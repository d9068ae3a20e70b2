package io.tollgate.quota.http;

import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.QuotaWarning;
import io.tollgate.quota.metric.BreachStatus;
import io.tollgate.quota.metric.LimitDecision;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The answer to a quota check, as callers see it.
final class CheckJson {
    private static final String QUOTA_EXCEEDED = "QUOTA_EXCEEDED";
    private static final String PLAN_LIMIT_EXCEEDED = "PLAN_LIMIT_EXCEEDED";

    private CheckJson() {}

    /// @param limits what the plan limits say; empty if nothing limits the meter
    static boolean allowed(CheckAnswer answer, Optional<LimitDecision> limits) {
        return reason(answer, limits).isEmpty();
    }

    /// Why it is not allowed; empty if it is.
    private static Optional<String> reason(CheckAnswer answer, Optional<LimitDecision> limits) {
        Optional<String> refusal = limits.flatMap(CheckJson::refusal);
        boolean withinQuota = !(answer instanceof CheckAnswer.Judged judged) || judged.allowed();
        return refusal.filter(why -> !why.equals(PLAN_LIMIT_EXCEEDED))
                .or(() -> withinQuota ? refusal : Optional.of(QUOTA_EXCEEDED));
    }

    private static Optional<String> refusal(LimitDecision decision) {
        return switch (decision) {
            case LimitDecision.Allowed allowed -> Optional.empty();
            case LimitDecision.Denied denied -> Optional.of(PLAN_LIMIT_EXCEEDED);
            case LimitDecision.Expired expired -> Optional.of("SUBSCRIPTION_EXPIRED");
            case LimitDecision.Suspended suspended -> Optional.of("TENANT_SUSPENDED");
            case LimitDecision.Deleted deleted -> Optional.of("TENANT_DELETED");
            case LimitDecision.NoMetric none -> Optional.empty();
            case LimitDecision.Unavailable unavailable -> Optional.empty();
        };
    }

    private static @Nullable Map<String, Object> planLimit(LimitDecision decision) {
        return switch (decision) {
            case LimitDecision.Allowed allowed ->
                allowed.values().stream()
                        .filter(value -> !value.limits().isEmpty())
                        .findFirst()
                        .map(value -> Map.<String, Object>of("breach_status", BreachStatus.of(value, allowed.plan())))
                        .orElse(null);
            case LimitDecision.Denied denied ->
                Map.of("breach_status", BreachStatus.of(denied.value(), denied.tested(), denied.plan()));
            case LimitDecision.Expired expired -> null;
            case LimitDecision.Suspended suspended -> null;
            case LimitDecision.Deleted deleted -> null;
            case LimitDecision.NoMetric none -> null;
            case LimitDecision.Unavailable unavailable -> null;
        };
    }

    static boolean stale(CheckAnswer answer) {
        return answer instanceof CheckAnswer.Judged judged && judged.stale();
    }

    static Map<String, Object> of(CheckRequest asked, CheckAnswer answer, Optional<LimitDecision> limits, Instant now) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("tenant_id", asked.tenantId().value());
        json.put("event_type", asked.meter().value());
        json.put("allowed", allowed(answer, limits));
        json.put("reason", reason(answer, limits).orElse(null));
        Optional<CheckAnswer.Judged> judged =
                answer instanceof CheckAnswer.Judged found ? Optional.of(found) : Optional.empty();
        json.put("has_quota", judged.isPresent());
        json.put("current", judged.map(found -> plain(found.current())).orElse(null));
        json.put("limit", judged.map(found -> plain(found.quota().limit())).orElse(null));
        json.put("remaining", judged.map(CheckJson::remaining).orElse(null));
        json.put("reserved", judged.map(found -> plain(found.reserved())).orElse(null));
        json.put("reset_at", text(judged.flatMap(CheckAnswer.Judged::resetsAt)));
        json.put(
                "warning",
                judged.flatMap(CheckAnswer.Judged::warning)
                        .map(warning -> warning(asked, warning))
                        .orElse(null));
        json.put("quota", judged.map(found -> quota(asked, found.quota())).orElse(null));
        json.put("plan_limit", limits.map(CheckJson::planLimit).orElse(null));
        json.put(
                "retry_after",
                judged.map(found -> retryAfter(found, now))
                        .or(() -> limits.flatMap(decision -> retryAfter(decision, now)))
                        .orElse(null));
        json.put("stale", stale(answer));
        return json;
    }

    private static BigDecimal remaining(CheckAnswer.Judged judged) {
        return plain(judged.quota()
                .limit()
                .subtract(judged.current())
                .subtract(judged.reserved())
                .max(BigDecimal.ZERO));
    }

    /// Seconds until the window ends, for a denial that time will lift.
    private static @Nullable Long retryAfter(CheckAnswer.Judged judged, Instant now) {
        if (judged.allowed() || judged.resetsAt().isEmpty()) {
            return null;
        }
        return Math.max(
                1,
                Duration.between(now, judged.resetsAt().get())
                        .plusSeconds(1)
                        .minusNanos(1)
                        .toSeconds());
    }

    private static Optional<Long> retryAfter(LimitDecision decision, Instant now) {
        return decision instanceof LimitDecision.Denied denied
                ? BreachStatus.retryAfterSeconds(denied.tested(), now)
                : Optional.empty();
    }

    private static Map<String, Object> warning(CheckRequest asked, QuotaWarning warning) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("code", warning.code().name());
        json.put("tenant_id", asked.tenantId().value());
        json.put("event_type", warning.meter());
        json.put("current", plain(warning.current()));
        json.put("limit", plain(warning.limit()));
        json.put("soft_limit", warning.softLimit().map(CheckJson::plain).orElse(null));
        json.put("reset_at", text(warning.resetsAt()));
        warning.graceEnd().ifPresent(end -> json.put("grace_period_end", end.toString()));
        return json;
    }

    private static Map<String, Object> quota(CheckRequest asked, Quota quota) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", quota.id());
        json.put("event_type", asked.meter().value());
        json.put("limit_value", plain(quota.limit()));
        json.put("limit_type", limitType(quota.period()));
        if (quota.period() instanceof QuotaPeriod.Custom custom) {
            json.put("window_start", custom.anchor().toString());
            json.put("window_length", custom.length().toString());
        }
        json.put("enforcement_mode", quota.mode().name());
        json.put("soft_limit_value", quota.softLimit().map(CheckJson::plain).orElse(null));
        json.put("overage_allowed", plain(quota.overageAllowed()));
        json.put(
                "grace_period_hours", quota.graceLength().map(Duration::toHours).orElse(null));
        json.put("grace_period_end", text(quota.graceEnd()));
        return json;
    }

    private static String limitType(QuotaPeriod period) {
        return switch (period) {
            case QuotaPeriod.Daily daily -> "DAILY";
            case QuotaPeriod.Monthly monthly -> "MONTHLY";
            case QuotaPeriod.Yearly yearly -> "YEARLY";
            case QuotaPeriod.Lifetime lifetime -> "LIFETIME";
            case QuotaPeriod.Rolling rolling -> "ROLLING_30D";
            case QuotaPeriod.Custom custom -> "CUSTOM";
        };
    }

    private static @Nullable String text(Optional<Instant> instant) {
        return instant.map(Instant::toString).orElse(null);
    }

    /// Without trailing zeros and without exponent.
    private static BigDecimal plain(BigDecimal value) {
        BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
