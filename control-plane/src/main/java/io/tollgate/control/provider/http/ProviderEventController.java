package io.tollgate.control.provider.http;

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
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.provider.EventSource;
import io.tollgate.control.provider.Processing;
import io.tollgate.control.provider.ProviderEvents;
import io.tollgate.control.provider.StoredEvent;
import io.tollgate.http.Answers;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The events of providers, for the operator.
@Controller("/admin")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class ProviderEventController {
    private static final int SHOWN_MAX = 50;
    private static final int ID_LENGTH_MAX = 100;

    private final ProviderEvents events;

    ProviderEventController(ProviderEvents events) {
        this.events = events;
    }

    @Get("/webhooks/failed")
    HttpResponse<byte[]> failed(HttpRequest<?> request) {
        Authority.operator(Answers.principal(request));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("events");
        events.failed(
                        ListParameters.filter(request, "business_id", ID_LENGTH_MAX)
                                .map(PathIds::organization),
                        SHOWN_MAX)
                .forEach(event -> list.add(view(event)));
        return Answers.json(HttpStatus.OK, body);
    }

    @Post("/webhooks/retry/{eventId}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> retry(HttpRequest<?> request, String eventId) {
        Authority.operator(Answers.principal(request));
        requireDone(events.retry(RequestActor.of(request), eventId), "Retry failed");
        return HttpResponse.<byte[]>ok("Retry successful".getBytes(StandardCharsets.UTF_8))
                .contentType(MediaType.TEXT_PLAIN_TYPE);
    }

    @Post("/v1/replay/{businessId}/{eventId}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> replay(HttpRequest<?> request, String businessId, String eventId) {
        Authority.operator(Answers.principal(request));
        EventSource source = EventSource.of(PathIds.organization(businessId));
        requireDone(events.replay(RequestActor.of(request), source, eventId), "Replay failed");
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("status", "success")
                        .put("event_id", eventId)
                        .put("replayed", true));
    }

    private static void requireDone(Optional<Processing> result, String otherwise) {
        Processing processing = result.orElseThrow(() -> Problem.of(ErrorCode.NOT_FOUND, "There is no such event."));
        switch (processing) {
            case Processing.Done done -> {}
            case Processing.Failed failed ->
                throw Problem.of(ErrorCode.INTERNAL, otherwise + ": " + failed.reason())
                        .titled(otherwise);
        }
    }

    private static ObjectNode view(StoredEvent event) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("event_id", event.id())
                .put("event_type", event.type())
                .put("status", event.status())
                .put("retry_count", event.retries())
                .put("error_message", event.error())
                .put("created_at", event.receivedAt().toString())
                .put(
                        "business_id",
                        event.source().organizationId().map(id -> id.value()).orElse(null));
    }
}
