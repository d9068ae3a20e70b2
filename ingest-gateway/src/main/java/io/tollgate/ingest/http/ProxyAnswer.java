package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.ingest.proxy.ProxyCall;
import io.tollgate.ingest.proxy.TargetClient.Reached;
import io.tollgate.quota.metric.BreachStatus;
import io.tollgate.quota.metric.LimitDecision;
import io.tollgate.quota.metric.MetricValue;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Proxy answers as callers see them.
final class ProxyAnswer {
    /// What a header of limits may take of the target's room for headers, in characters.
    private static final int LIMITS_HEADER_LENGTH_MAX = 8_192;

    private static final ObjectMapper JSON = new ObjectMapper();

    private ProxyAnswer() {}

    static Map<String, Object> allowed(
            ProxyCall call,
            LimitDecision.Allowed allowed,
            Reached.Answered answered,
            Optional<Map<String, Object>> usage) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", "allowed");
        body.put("breach_status", status(call, allowed));
        body.put("forwarded_response", forwarded(answered));
        usage.ifPresent(used -> body.put("usage", used));
        return body;
    }

    private static Map<String, Object> status(ProxyCall call, LimitDecision.Allowed allowed) {
        if (!call.testsAll()) {
            return BreachStatus.of(allowed.values().getFirst(), allowed.plan());
        }
        Map<String, Object> status = BreachStatus.unlimited(BigDecimal.ZERO);
        status.put("limits", limits(allowed));
        return status;
    }

    private static Map<String, Object> forwarded(Reached.Answered answered) {
        Map<String, Object> forwarded = new LinkedHashMap<>();
        forwarded.put("status_code", answered.status());
        forwarded.put("headers", answered.headers());
        try {
            forwarded.put(
                    "body",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(answered.body()))
                            .toString());
        } catch (CharacterCodingException e) {
            forwarded.put("body", Base64.getEncoder().encodeToString(answered.body()));
            forwarded.put("body_encoding", "base64");
        }
        return forwarded;
    }

    static Map<String, Object> denied(LimitDecision.Denied denied, Optional<Long> retryAfter) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", "denied");
        body.put("breach_status", BreachStatus.of(denied.value(), denied.tested(), denied.plan()));
        body.put("error", "Plan limit exceeded");
        body.put("retry_after", retryAfter.orElse(null));
        body.put("code", "PLAN_LIMIT_EXCEEDED");
        body.put(
                "message",
                denied.value().metric().meter() + ": "
                        + BreachStatus.decimal(denied.tested().status().usage()) + " of "
                        + BreachStatus.decimal(denied.tested().status().limit().value()) + " used");
        return body;
    }

    /// Every tested limit as one line of JSON, by metric; cut to whole metrics where it would be too long.
    static String limitsHeader(LimitDecision.Allowed allowed) {
        Map<String, Object> limits = limits(allowed);
        while (true) {
            try {
                String header = JSON.writeValueAsString(limits);
                if (header.length() <= LIMITS_HEADER_LENGTH_MAX
                        && StandardCharsets.US_ASCII.newEncoder().canEncode(header)) {
                    return header;
                }
                limits.remove(
                        limits.keySet().stream().reduce((one, other) -> other).orElseThrow());
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a map of numbers and texts is always JSON", e);
            }
        }
    }

    private static Map<String, Object> limits(LimitDecision.Allowed allowed) {
        Map<String, Object> limits = new LinkedHashMap<>();
        for (MetricValue value : allowed.values()) {
            value.reported().ifPresent(tested -> {
                Map<String, Object> limit = new LinkedHashMap<>();
                limit.put("current_usage", BreachStatus.decimal(tested.status().usage()));
                limit.put(
                        "limit_value",
                        BreachStatus.decimal(tested.status().limit().value()));
                limit.put("limit_operator", tested.status().limit().operator().word());
                limit.put("is_breached", tested.status().breached());
                tested.status().remaining().ifPresent(left -> limit.put("remaining", BreachStatus.decimal(left)));
                limits.put(value.metric().meter(), limit);
            });
        }
        return limits;
    }
}
