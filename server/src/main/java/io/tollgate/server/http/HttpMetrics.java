package io.tollgate.server.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tollgate.contract.problem.ErrorCode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Requests by route and status, and problems by code. Labels never name a tenant or an organization.
public final class HttpMetrics {
    private final MeterRegistry registry;

    /// As many as there are routes, methods and statuses: building a timer costs more than recording with it.
    private final Map<Answered, Timer> timers = new ConcurrentHashMap<>();

    private record Answered(String method, String route, int status) {}

    public HttpMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void answered(String method, String route, int status, Duration took) {
        timers.computeIfAbsent(new Answered(method, route, status), this::timer).record(took);
    }

    private Timer timer(Answered answered) {
        return Timer.builder("tollgate.http.requests")
                .description("Requests answered, by route template and status")
                .tag("method", answered.method())
                .tag("route", answered.route())
                .tag("status", Integer.toString(answered.status()))
                .publishPercentileHistogram()
                .register(registry);
    }

    void problem(ErrorCode code) {
        Counter.builder("tollgate.http.problems")
                .description("Answers other than success, by error code")
                .tag("code", code.name())
                .tag("category", code.category().name())
                .register(registry)
                .increment();
    }
}
