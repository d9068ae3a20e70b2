package io.tollgate.billing.delivery.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import io.tollgate.billing.delivery.Deliveries;
import io.tollgate.billing.delivery.DeliveryStatus;
import io.tollgate.billing.delivery.StoredDelivery;
import io.tollgate.billing.usage.http.QueryParameters;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What became of an organization's webhooks, under `/api/v1/webhook-deliveries`.
@Controller("/api/v1/webhook-deliveries")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class DeliveryController {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 500;

    private final Deliveries deliveries;

    public DeliveryController(Deliveries deliveries) {
        this.deliveries = deliveries;
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = organization(request);
        QueryParameters parameters = new QueryParameters(request);
        Optional<DeliveryStatus> status = parameters.read(
                "status",
                word -> DeliveryStatus.ofWord(word).orElseThrow(IllegalArgumentException::new),
                "must be pending, delivered, failed or dead");
        Deliveries.Query query = new Deliveries.Query(
                organizationId,
                parameters.filter("endpoint_id").stream().findFirst(),
                status,
                parameters.limit(LIMIT, LIMIT_MAX),
                parameters.read("cursor", TimeCursor::fromText, "must be a next_cursor of this list"));
        parameters.requireRight();
        Deliveries.Page page = deliveries.list(query);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("deliveries");
        page.deliveries().forEach(delivery -> list.add(toJson(delivery)));
        body.put("next_cursor", page.next().map(TimeCursor::toText).orElse(null));
        return ok(body);
    }

    @Post("/{id:msg_[0-9a-z]+}/retry")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> retry(HttpRequest<?> request, String id) {
        return deliveries
                .retry(organization(request), id)
                .map(delivery -> ok(toJson(delivery)))
                .orElseThrow(() -> Problem.of(ErrorCode.NOT_FOUND, "There is no such delivery."));
    }

    private static OrganizationId organization(HttpRequest<?> request) {
        Principal principal = request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseThrow(() -> new IllegalStateException("the request reached a route without a principal"));
        return Authority.organization(principal, Permission.WEBHOOKS_WRITE);
    }

    private static HttpResponse<byte[]> ok(ObjectNode body) {
        return HttpResponse.ok(body.toString().getBytes(StandardCharsets.UTF_8))
                .contentType(MediaType.APPLICATION_JSON_TYPE);
    }

    private static ObjectNode toJson(StoredDelivery delivery) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", delivery.id())
                .put("message_id", delivery.messageId())
                .put("endpoint_id", delivery.endpointId().orElse(null))
                .put("url", delivery.url().orElse(null))
                .put("type", delivery.type())
                .put("tenant_id", delivery.tenantId().orElse(null))
                .put("status", delivery.status().word())
                .put("attempts", delivery.attempts())
                .put("created_at", delivery.createdAt().toString())
                .put("next_attempt_at", text(delivery.nextAttemptAt()))
                .put("last_attempt_at", text(delivery.lastAttemptAt()));
        delivery.responseStatus()
                .ifPresentOrElse(status -> json.put("response_status", status), () -> json.putNull("response_status"));
        return json.put("response_body", delivery.responseBody().orElse(null))
                .put("error", delivery.error().orElse(null));
    }

    private static @Nullable String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }
}
