package io.tollgate.server.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tollgate.contract.problem.ErrorCode;
import java.time.Duration;

/// Requests by route and status, and problems by code. Labels never name a tenant or an organization.
public final class HttpMetrics {
    private final MeterRegistry registry;

    public HttpMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void answered(String method, String route, int status, Duration took) {
        Timer.builder("tollgate.http.requests")
                .description("Requests answered, by route template and status")
                .tag("method", method)
                .tag("route", route)
                .tag("status", Integer.toString(status))
                .publishPercentileHistogram()
                .register(registry)
                .record(took);
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
