package io.tollgate.control.organization.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import io.tollgate.contract.access.Authority;
import io.tollgate.control.http.Answers;
import io.tollgate.control.http.JsonBody;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.Organizations;
import java.time.ZoneId;
import java.util.Currency;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// `POST /api/v1/businesses`.
@Controller("/api/v1/businesses")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class BusinessController {
    private static final String INVALID = "Invalid request data";

    private final Organizations organizations;

    public BusinessController(Organizations organizations) {
        this.organizations = organizations;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        Authority.admin(Answers.principal(request));
        JsonBody body = JsonBody.of(request, INVALID);
        OrganizationDraft draft = new OrganizationDraft(
                body.required("business_name", checked(OrganizationDraft::requireName)),
                body.required("email", checked(OrganizationDraft::requireEmail)),
                body.optional("time_zone", BusinessController::timeZone).orElse(ZoneId.of("UTC")),
                body.optional("currency", BusinessController::currency).orElse(Currency.getInstance("USD")),
                body.optional("mode", Mode::ofWord).orElse(Mode.LIVE));
        Optional<String> owner = body.optional("user_id", Function.identity());
        Organization organization = organizations.create(draft);
        return owner.isPresent() ? unlinked(organization) : created(organization);
    }

    private static HttpResponse<byte[]> created(Organization organization) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("business_id", organization.id().value())
                .put("business_name", organization.name())
                .put("email", organization.email());
        return Answers.json(HttpStatus.CREATED, body);
    }

    // The installation knows no users, so any user that is named is unknown to it.
    private static HttpResponse<byte[]> unlinked(Organization organization) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("error", "Partial Success")
                .put("message", "Business created but user linking failed")
                .put("business_id", organization.id().value());
        return Answers.json(HttpStatus.MULTI_STATUS, body);
    }

    private static Function<String, String> checked(Consumer<String> check) {
        return text -> {
            check.accept(text);
            return text;
        };
    }

    private static ZoneId timeZone(String name) {
        // ZoneId.of would take offsets and abbreviations too, which have no calendar of their own.
        if (name.equals("UTC")
                || (name.contains("/") && ZoneId.getAvailableZoneIds().contains(name))) {
            return ZoneId.of(name);
        }
        throw new IllegalArgumentException("must be an IANA time zone such as Europe/Berlin, or UTC");
    }

    private static Currency currency(String code) {
        try {
            return Currency.getInstance(code);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must be an ISO 4217 code such as USD", e);
        }
    }
}
