package io.tollgate.quota.http;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.metering.limit.PlanLimit;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.period.Window;
import io.tollgate.quota.metric.BreachStatus;
import io.tollgate.quota.metric.MetricValue;
import io.tollgate.quota.metric.MetricValue.Tested;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Metrics as the business dialect shows them.
final class MetricJson {
    private static final String NO_LIMIT_OPERATOR = "gte";
    private static final String NO_LIMIT_ACTION = "disabled";
    private static final long SECONDS_PER_MINUTE = 60;
    private static final long SECONDS_PER_HOUR = 3_600;
    private static final long SECONDS_PER_DAY = 86_400;

    private MetricJson() {}

    /// One metric with everything that is known about it.
    static Map<String, Object> one(OrganizationId organizationId, SubjectId subject, MetricValue value, Instant now) {
        Map<String, Object> body = named(organizationId, subject, value.metric().meter(), value.current());
        Optional<Tested> reported = value.reported();
        Optional<PlanLimit> limit = reported.map(tested -> tested.status().limit());
        body.put("limit_value", BreachStatus.decimal(limit.map(PlanLimit::value).orElse(BigDecimal.ZERO)));
        body.put("limit_operator", limit.map(known -> known.operator().word()).orElse(NO_LIMIT_OPERATOR));
        body.put("limit_breached", breached(value));
        body.put("breach_action", limit.map(known -> known.action().word()).orElse(NO_LIMIT_ACTION));
        body.put("timestamp", now.getEpochSecond());
        reported.ifPresent(tested -> {
            body.put("limit_usage", BreachStatus.decimal(tested.status().usage()));
            body.put("limit_period", tested.status().limit().period().word());
            body.put(
                    "limit_source",
                    value.metric()
                            .limits()
                            .source()
                            .map(source -> source.word())
                            .orElse(null));
            body.put("limit_resets_at", tested.resetsAt().map(Instant::toString).orElse(null));
            tested.status().remaining().ifPresent(left -> body.put("remaining", BreachStatus.decimal(left)));
        });
        body.put("operation", value.metric().settings().operation().name());
        body.put("metric_type", value.metric().settings().type().word());
        body.put(
                "window_start",
                value.window().map(window -> window.start().toString()).orElse(null));
        body.put(
                "window_end",
                value.window().map(window -> window.end().toString()).orElse(null));
        body.put("last_update", value.updatedAt().map(Instant::toString).orElse(null));
        body.put("tags", value.metric().settings().tags());
        return body;
    }

    /// One window of a meter with every value that an operation could give it.
    static Map<String, Object> inWindow(
            OrganizationId organizationId,
            SubjectId subject,
            String meter,
            Window window,
            CounterState state,
            Instant now) {
        Map<String, Object> body = named(organizationId, subject, meter, state.sum());
        body.put("timestamp", now.getEpochSecond());
        body.put("window_start", window.start().toString());
        body.put("window_end", window.end().toString());
        Map<String, Object> values = new LinkedHashMap<>();
        for (Operation operation : Operation.values()) {
            values.put(
                    operation.name().toLowerCase(Locale.ROOT),
                    state.value(operation).map(BreachStatus::decimal).orElse(null));
        }
        body.put("values", values);
        return body;
    }

    /// A metric in a list.
    static Map<String, Object> listed(SubjectId subject, MetricValue value) {
        Map<String, Object> metric = new LinkedHashMap<>();
        metric.put("metric_name", value.metric().meter());
        metric.put("scope", subject.tenantId().isPresent() ? "customer" : "business");
        subject.tenantId().ifPresent(tenant -> metric.put("customer_id", tenant.value()));
        metric.put("operation", value.metric().settings().operation().name());
        metric.put("metric_type", value.metric().settings().type().word());
        metric.put("flush_interval", interval(value.metric().settings().flushSeconds()));
        metric.put("current_value", BreachStatus.decimal(value.current()));
        metric.put(
                "limit_value",
                BreachStatus.decimal(value.reported()
                        .map(tested -> tested.status().limit().value())
                        .orElse(BigDecimal.ZERO)));
        metric.put("limit_breached", breached(value));
        metric.put("last_update", value.updatedAt().map(Instant::toString).orElse(null));
        metric.put("tags", value.metric().settings().tags());
        return metric;
    }

    private static boolean breached(MetricValue value) {
        return value.limits().stream().anyMatch(tested -> tested.status().breached());
    }

    private static Map<String, Object> named(
            OrganizationId organizationId, SubjectId subject, String meter, BigDecimal current) {
        Map<String, Object> body = new LinkedHashMap<>();
        subject.tenantId().ifPresent(tenant -> body.put("customer_id", tenant.value()));
        body.put("metric_name", meter);
        body.put("business_id", organizationId.value());
        body.put("current_value", BreachStatus.decimal(current));
        return body;
    }

    /// In the words that requests use: `5s`, `15m`, `6h`, `1d`.
    private static String interval(int seconds) {
        Duration length = Duration.ofSeconds(seconds);
        if (seconds % SECONDS_PER_DAY == 0) {
            return length.toDays() + "d";
        }
        if (seconds % SECONDS_PER_HOUR == 0) {
            return length.toHours() + "h";
        }
        return seconds % SECONDS_PER_MINUTE == 0 ? length.toMinutes() + "m" : seconds + "s";
    }
}
