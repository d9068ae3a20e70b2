package io.tollgate.billing.snapshot.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.snapshot.Granularity;
import io.tollgate.billing.snapshot.HistoryQuery;
import io.tollgate.billing.snapshot.HistoryReads;
import io.tollgate.billing.snapshot.MetricShapes;
import io.tollgate.billing.snapshot.Snapshot;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.http.Freshness;
import io.tollgate.billing.usage.http.QueryParameters;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/// `GET /api/v1/metrics/{name}/history`: what a metric was, window by window.
@Controller("/api/v1/metrics")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class HistoryController {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1_000;
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private final HistoryReads reads;
    private final MetricShapes shapes;
    private final ReadBarrier barrier;
    private final OrganizationZones zones;

    public HistoryController(HistoryReads reads, MetricShapes shapes, ReadBarrier barrier, OrganizationZones zones) {
        this.reads = reads;
        this.shapes = shapes;
        this.barrier = barrier;
        this.zones = zones;
    }

    @Get("/{name}/history")
    HttpResponse<byte[]> history(HttpRequest<?> request, @PathVariable String name) {
        Freshness freshness = Freshness.await(request, barrier);
        QueryParameters parameters = new QueryParameters(request);
        SubjectId scope = subject(freshness.reach(), parameters);
        SubjectKey subject = new SubjectKey(freshness.organizationId(), scope);
        MeterKey meter = meter(name);
        ZoneId zone = zones.zoneOf(freshness.organizationId());
        int limit = parameters.limit(LIMIT, LIMIT_MAX);
        Granularity granularity = parameters
                .read("granularity", HistoryController::granularity, "must be flush, hour, day or month")
                .orElse(Granularity.FLUSH);
        Optional<Instant> from = parameters.start("from", zone);
        Optional<Instant> before = parameters.end("to", zone);
        Optional<Instant> after = parameters
                .read("cursor", TimeCursor::fromText, "must be a next_cursor of this list")
                .map(TimeCursor::at);
        parameters.requireRight();
        Optional<MetricShapes.Shape> shape = shapes.find(subject, meter);
        List<Snapshot> rows = reads.history(new HistoryQuery(
                subject,
                meter,
                shape.orElse(MetricShapes.Shape.IMPLICIT),
                granularity,
                from,
                before,
                after,
                limit + 1));
        if (rows.isEmpty() && shape.isEmpty() && !reads.known(subject, meter)) {
            throw notFound(name);
        }
        boolean more = rows.size() > limit;
        List<Snapshot> shown = more ? rows.subList(0, limit) : rows;
        ObjectNode body = NODES.objectNode()
                .put("business_id", freshness.organizationId().value())
                .put("metric_name", name);
        ArrayNode history = body.putArray("history");
        shown.forEach(row -> history.add(view(row)));
        body.put(
                "next_cursor",
                more ? new TimeCursor(shown.getLast().windowStart(), granularity.name()).toText() : null);
        return freshness.answer(body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode view(Snapshot row) {
        return NODES.objectNode()
                .put("window_start", row.windowStart().toString())
                .put("window_end", row.windowEnd().toString())
                .put("value", Quantity.withFraction(row.value()))
                .put("delta", Quantity.withFraction(row.delta().orElse(BigDecimal.ZERO)))
                .put("metric_type", row.metricType().word())
                .put("scope", row.subject().subject().ofTenant() ? "customer" : "business")
                .put("flushed_at", row.flushedAt().toString());
    }

    /// A tenant's key reads the tenant's own metrics, whether or not the request says so.
    private static SubjectId subject(Reach reach, QueryParameters parameters) {
        Optional<String> named = parameters.text("customer_id");
        String scope = parameters.text("scope").orElse(reach.onlyTenant().isPresent() ? "customer" : "business");
        Optional<TenantId> tenant = named.map(HistoryController::tenant).or(reach::onlyTenant);
        SubjectId subject = switch (scope) {
            case "business" -> SubjectId.organization();
            case "customer" ->
                SubjectId.tenant(
                        tenant.orElseThrow(() -> invalidScope("customer_id is required when scope is 'customer'")));
            default -> throw invalidScope("scope must be 'business' or 'customer'");
        };
        if (reach.onlyTenant().isPresent()
                && !subject.equals(SubjectId.tenant(reach.onlyTenant().get()))) {
            throw Problem.of(ErrorCode.FORBIDDEN, "Customers can only read their own metrics");
        }
        return subject;
    }

    private static Granularity granularity(String word) {
        return Granularity.ofWord(word).orElseThrow(() -> new IllegalArgumentException(word));
    }

    private static TenantId tenant(String text) {
        try {
            return new TenantId(text);
        } catch (IllegalArgumentException e) {
            throw invalidScope("customer_id: " + e.getMessage());
        }
    }

    private static MeterKey meter(String name) {
        try {
            return new MeterKey(name);
        } catch (IllegalArgumentException e) {
            throw notFound(name);
        }
    }

    private static Problem invalidScope(String message) {
        return Problem.of(ErrorCode.INVALID_SCOPE, message);
    }

    private static Problem notFound(String name) {
        return Problem.of(ErrorCode.NOT_FOUND, "Metric not found: " + name);
    }
}
