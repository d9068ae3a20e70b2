package io.tollgate.control.webhook.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.webhook.EndpointCreation;
import io.tollgate.control.webhook.EndpointUrl;
import io.tollgate.control.webhook.SecretRotation;
import io.tollgate.control.webhook.WebhookEndpoint;
import io.tollgate.control.webhook.WebhookEndpoints;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import java.time.Instant;
import java.util.Optional;

/// Outbound webhook endpoints, under `/api/v1/webhook-endpoints`.
@Controller("/api/v1/webhook-endpoints")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class WebhookEndpointController {
    private static final String INVALID = "Invalid request body";

    private final Optional<WebhookEndpoints> endpoints;
    private final EndpointUrl urls;

    /// @param endpoints absent where no encryption key is set, since secrets could not be stored
    public WebhookEndpointController(Optional<WebhookEndpoints> endpoints, EndpointUrl urls) {
        this.endpoints = endpoints;
        this.urls = urls;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request);
        WebhookEndpoints kept = endpoints();
        EndpointBody body = new EndpointBody(JsonBody.object(request, INVALID, INVALID), urls);
        return switch (kept.create(organizationId, body.draft())) {
            case EndpointCreation.Created created ->
                Answers.secret(Answers.json(
                        HttpStatus.CREATED, toJson(created.endpoint()).put("secret", created.secret())));
            case EndpointCreation.TooMany many ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "The organization has " + WebhookEndpoints.PER_ORGANIZATION_MAX
                                + " endpoints, which is the most; delete one first.");
            case EndpointCreation.NoOrganization nowhere ->
                throw Problem.of(ErrorCode.NOT_FOUND, "There is no such organization.");
        };
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = organization(request);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("endpoints");
        endpoints().list(organizationId).forEach(endpoint -> list.add(toJson(endpoint)));
        return Answers.json(HttpStatus.OK, body.putNull("next_cursor"));
    }

    @Get("/{id:we_[0-9a-z]+}")
    HttpResponse<byte[]> show(HttpRequest<?> request, String id) {
        OrganizationId organizationId = organization(request);
        return Answers.json(
                HttpStatus.OK,
                endpoints()
                        .find(organizationId, id)
                        .map(WebhookEndpointController::toJson)
                        .orElseThrow(WebhookEndpointController::noEndpoint));
    }

    @Patch("/{id:we_[0-9a-z]+}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> change(HttpRequest<byte[]> request, String id) {
        OrganizationId organizationId = organization(request);
        WebhookEndpoints kept = endpoints();
        EndpointBody body = new EndpointBody(JsonBody.object(request, INVALID, INVALID), urls);
        return Answers.json(
                HttpStatus.OK,
                kept.change(organizationId, id, body::changed)
                        .map(WebhookEndpointController::toJson)
                        .orElseThrow(WebhookEndpointController::noEndpoint));
    }

    @Delete("/{id:we_[0-9a-z]+}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, String id) {
        if (!endpoints().delete(organization(request), id)) {
            throw noEndpoint();
        }
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("success", true));
    }

    @Post("/{id:we_[0-9a-z]+}/rotate-secret")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> rotate(HttpRequest<byte[]> request, String id) {
        OrganizationId organizationId = organization(request);
        WebhookEndpoints kept = endpoints();
        boolean empty = request.getBody().orElse(new byte[0]).length == 0;
        JsonNode object = empty ? JsonNodeFactory.instance.objectNode() : JsonBody.object(request, INVALID, INVALID);
        SecretRotation rotation = kept.rotate(organizationId, id, new EndpointBody(object, urls).overlap())
                .orElseThrow(WebhookEndpointController::noEndpoint);
        return Answers.secret(
                Answers.json(HttpStatus.OK, toJson(rotation.endpoint()).put("secret", rotation.secret())));
    }

    @Post("/{id:we_[0-9a-z]+}/test")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> test(HttpRequest<?> request, String id) {
        String delivery =
                endpoints().test(organization(request), id).orElseThrow(WebhookEndpointController::noEndpoint);
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("delivery_id", delivery));
    }

    private static OrganizationId organization(HttpRequest<?> request) {
        return Authority.organization(Answers.principal(request), Permission.WEBHOOKS_WRITE);
    }

    private WebhookEndpoints endpoints() {
        return endpoints.orElseThrow(() -> Problem.of(
                ErrorCode.NOT_CONFIGURED,
                "Webhook endpoints have secrets, and ENCRYPTION_KEY is not set, under which they are stored."));
    }

    private static Problem noEndpoint() {
        return Problem.of(ErrorCode.NOT_FOUND, "There is no such webhook endpoint.");
    }

    private static ObjectNode toJson(WebhookEndpoint endpoint) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", endpoint.id())
                .put("url", endpoint.terms().url().toString());
        ArrayNode types = json.putArray("event_types");
        endpoint.terms().eventTypes().forEach(types::add);
        return json.put("description", endpoint.terms().description().orElse(null))
                .put("enabled", endpoint.terms().enabled())
                .put(
                        "previous_secret_until",
                        endpoint.previousSecretUntil().map(Instant::toString).orElse(null))
                .put("created_at", endpoint.createdAt().toString())
                .put("updated_at", endpoint.updatedAt().toString());
    }
}
