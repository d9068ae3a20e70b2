package io.tollgate.billing.usage.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.RejectedCursor;
import io.tollgate.billing.usage.RejectedQuery;
import io.tollgate.billing.usage.UsageReads;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;

/// `GET /api/v1/rejected-events`: events that are in the log and do not count, newest first, with the reason. The dates
/// are about when they were rejected.
@Controller("/api/v1/rejected-events")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class RejectedEventController {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1_000;

    /// Words of the contract of `rejected-events`, and what the sink itself finds.
    private static final Set<String> REASONS = Set.of(
            "QUOTA_BACKSTOP",
            "DUPLICATE_LATE",
            "IDEMPOTENCY_KEY_REUSED",
            "TENANT_DELETED",
            "MALFORMED",
            "MISROUTED",
            "LATE",
            "NOT_AMENDED",
            "UNKNOWN");

    private final UsageReads reads;
    private final ReadBarrier barrier;
    private final OrganizationZones zones;

    public RejectedEventController(UsageReads reads, ReadBarrier barrier, OrganizationZones zones) {
        this.reads = reads;
        this.barrier = barrier;
        this.zones = zones;
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        Freshness freshness = Freshness.await(request, barrier);
        QueryParameters parameters = new QueryParameters(request);
        ZoneId zone = zones.zoneOf(freshness.organizationId());
        List<String> reasons = parameters.filter("reason");
        if (!REASONS.containsAll(reasons)) {
            parameters.wrong(
                    "reason",
                    "invalid_value",
                    "must be one of "
                            + String.join(", ", REASONS.stream().sorted().toList()));
        }
        RejectedQuery query = new RejectedQuery(
                freshness.organizationId(),
                freshness.tenants(parameters),
                reasons,
                parameters.start("start_date", zone),
                parameters.end("end_date", zone),
                parameters.limit(LIMIT, LIMIT_MAX),
                parameters.read("cursor", RejectedCursor::fromText, "must be a next_cursor of this list"));
        parameters.requireRight();
        return freshness.answer(UsageJson.toJson(reads.rejected(query)));
    }
}
