package io.tollgate.server.http;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.server.config.Role;
import io.tollgate.server.config.Settings;
import io.tollgate.server.http.Readiness.Check;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// `/health`, `/health/live`, `/health/ready`: open to everyone.
@Controller("/health")
final class HealthController {
    private final Readiness readiness;
    private final List<String> roles;

    HealthController(Readiness readiness, Settings settings) {
        this.readiness = readiness;
        this.roles = settings.roles().stream().map(Role::word).sorted().toList();
    }

    /// The process can answer.
    @Get
    @Produces(MediaType.TEXT_PLAIN)
    String health() {
        return "OK";
    }

    @Get("/live")
    Map<String, Object> live() {
        return Map.of("status", "live");
    }

    /// 200 when every part works or is merely behind, else 503 with what does not and why.
    @Get("/ready")
    @ExecuteOn(TaskExecutors.VIRTUAL)
    HttpResponse<Map<String, Object>> ready() {
        Map<String, Check> checks = readiness.checks();
        boolean ready = checks.values().stream().noneMatch(check -> check.status() == Readiness.Status.DOWN);
        Map<String, Object> parts = new LinkedHashMap<>();
        checks.forEach((name, check) -> {
            Map<String, Object> part = new LinkedHashMap<>();
            part.put("status", check.status().name().toLowerCase(Locale.ROOT));
            part.put("lag", check.lag() < 0 ? null : check.lag());
            if (!check.why().isEmpty()) {
                part.put("why", check.why());
            }
            parts.put(name, part);
        });
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", ready ? "ready" : "not_ready");
        body.put("roles", roles);
        body.put("checks", parts);
        return HttpResponse.<Map<String, Object>>status(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
                .body(body);
    }
}
