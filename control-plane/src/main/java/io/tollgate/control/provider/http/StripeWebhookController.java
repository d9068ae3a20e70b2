package io.tollgate.control.provider.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.provider.EventSource;
import io.tollgate.control.provider.EventWorker;
import io.tollgate.control.provider.ProviderEvents;
import io.tollgate.control.provider.ReceivedEvent;
import io.tollgate.control.provider.ReceivedEvents;
import io.tollgate.control.provider.WebhookSecrets;
import io.tollgate.control.provider.stripe.StripePayload;
import io.tollgate.control.provider.stripe.StripeSignature;
import io.tollgate.http.Answers;
import java.time.InstantSource;
import java.util.List;

/// Where Stripe tells of what has happened: the operator's account, and those of organizations. Who calls is told by
/// the
/// signature alone. An event is stored before it is answered, and has its effect afterwards.
@Controller
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class StripeWebhookController {
    /// Largest body; Stripe's are a hundredth of it.
    private static final int BYTES_MAX = 1_000_000;

    private final WebhookSecrets secrets;
    private final ProviderEvents events;
    private final EventWorker worker;
    private final ReceivedEvents counts;
    private final InstantSource clock;

    StripeWebhookController(
            WebhookSecrets secrets,
            ProviderEvents events,
            EventWorker worker,
            ReceivedEvents counts,
            InstantSource clock) {
        this.secrets = secrets;
        this.events = events;
        this.worker = worker;
        this.counts = counts;
        this.clock = clock;
    }

    @Post("/api/v1/webhooks/stripe")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> platform(HttpRequest<byte[]> request) {
        return receive(request, EventSource.PLATFORM);
    }

    @Post("/api/webhooks/stripe")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> platformUnversioned(HttpRequest<byte[]> request) {
        return receive(request, EventSource.PLATFORM);
    }

    @Post("/api/v1/webhooks/stripe/{businessId}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> organization(HttpRequest<byte[]> request, String businessId) {
        return receive(request, EventSource.of(PathIds.organization(businessId)));
    }

    private HttpResponse<byte[]> receive(HttpRequest<byte[]> request, EventSource source) {
        byte[] body = request.getBody().orElse(new byte[0]);
        if (body.length > BYTES_MAX) {
            throw Problem.of(ErrorCode.BODY_TOO_LARGE, "Request body exceeds maximum size of 1MB")
                    .with("max_bytes", BYTES_MAX);
        }
        String signature = request.getHeaders().get(StripeSignature.HEADER);
        if (!StripeSignature.verified(body, signature == null ? "" : signature, secretsOf(source), clock)) {
            counts.refused();
            throw invalid("Invalid signature");
        }
        boolean isNew = events.store(read(source, body));
        counts.stored(isNew);
        worker.wake();
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("received", true));
    }

    private List<String> secretsOf(EventSource source) {
        return switch (secrets.of(source)) {
            case WebhookSecrets.Lookup.Found found -> found.secrets();
            case WebhookSecrets.Lookup.NotConfigured none ->
                throw Problem.of(ErrorCode.NOT_CONFIGURED, "No Stripe webhook secret is configured.");
            case WebhookSecrets.Lookup.NoOrganization none -> throw PathIds.noBusiness();
        };
    }

    private ReceivedEvent read(EventSource source, byte[] body) {
        try {
            return StripePayload.read(source, body);
        } catch (IllegalArgumentException e) {
            counts.refused();
            throw invalid("Invalid payload: " + e.getMessage());
        }
    }

    private static Problem invalid(String message) {
        return Problem.of(ErrorCode.VALIDATION_FAILED, message).titled(message);
    }
}
