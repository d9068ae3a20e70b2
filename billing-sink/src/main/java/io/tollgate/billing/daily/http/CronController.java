package io.tollgate.billing.daily.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.daily.Cause;
import io.tollgate.billing.daily.DailyRun;
import io.tollgate.billing.usage.http.QueryParameters;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.time.LocalDate;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `/api/cron/snapshots`, for schedulers outside: runs the job that runs by itself once a day as well. Some schedulers
/// only send GET, so with the secret it does the same.
@Controller("/api/cron/snapshots")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class CronController {
    private static final String AUTHORIZATION = "Authorization";

    private final DailyRun run;
    private final CronSecret secret;

    public CronController(DailyRun run, CronSecret secret) {
        this.run = run;
        this.secret = secret;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> post(HttpRequest<?> request) {
        return run(request);
    }

    @Get
    HttpResponse<byte[]> get(HttpRequest<?> request) {
        return request.getHeaders().contains(AUTHORIZATION) ? run(request) : json(SnapshotJson.description());
    }

    private HttpResponse<byte[]> run(HttpRequest<?> request) {
        requireSecret(request);
        QueryParameters parameters = new QueryParameters(request);
        LocalDate today = run.today();
        Optional<LocalDate> day = Optional.empty();
        try {
            day = parameters.text("date").map(text -> SnapshotDay.read(text, today));
        } catch (IllegalArgumentException e) {
            parameters.wrong("date", "invalid_value", String.valueOf(e.getMessage()));
        }
        Optional<OrganizationId> only =
                parameters.read("organizationId", OrganizationId::new, "must be the id of an organization");
        parameters.requireRight();
        Optional<String> requestId = request.getAttribute(Authority.REQUEST_ID_ATTRIBUTE, String.class);
        return run.run(day.orElseGet(run::yesterday), only, new Cause.Cron(requestId))
                .map(summary -> json(SnapshotJson.toJson(summary)))
                .orElseThrow(SnapshotDay::behind);
    }

    private void requireSecret(HttpRequest<?> request) {
        if (!secret.configured()) {
            throw Problem.of(ErrorCode.NOT_CONFIGURED, "Cron endpoint not configured")
                    .titled("Cron endpoint not configured");
        }
        @Nullable String authorization = request.getHeaders().get(AUTHORIZATION);
        if (authorization == null || !secret.shownBy(authorization)) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, "Unauthorized");
        }
    }

    private static HttpResponse<byte[]> json(byte[] body) {
        return HttpResponse.ok(body).contentType(MediaType.APPLICATION_JSON_TYPE);
    }
}
