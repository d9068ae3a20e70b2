package io.tollgate.server.http;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.server.config.Settings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/// `/prometheus`: this instance's metrics, open unless `METRICS_TOKEN` is set.
@Controller("/prometheus")
@ExecuteOn(TaskExecutors.VIRTUAL)
final class MetricsController {
    private final PrometheusMeterRegistry registry;
    private final Optional<String> token;

    MetricsController(PrometheusMeterRegistry registry, Settings settings) {
        this.registry = registry;
        this.token = settings.metricsToken();
    }

    @Get
    @Produces("text/plain; version=0.0.4; charset=utf-8")
    HttpResponse<String> scrape(HttpRequest<?> request) {
        if (token.isPresent()) {
            String sent = request.getHeaders().get("Authorization");
            byte[] expected = ("Bearer " + token.get()).getBytes(StandardCharsets.UTF_8);
            if (sent == null || !MessageDigest.isEqual(sent.getBytes(StandardCharsets.UTF_8), expected)) {
                throw Problem.of(ErrorCode.UNAUTHENTICATED, "Send METRICS_TOKEN as bearer token.");
            }
        }
        return HttpResponse.ok(registry.scrape());
    }
}
