package io.tollgate.control.key.http;

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
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.http.Answers;
import io.tollgate.control.http.JsonBody;
import io.tollgate.control.key.ApiKey;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.KeyCreation;
import io.tollgate.control.key.KeyName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Keys of organizations, under `/api/v1/businesses/{bid}/keys` and, with the organization told from elsewhere, under
/// `/api/v1/keys`.
@Controller("/api/v1")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class KeyController {
    private static final String OFFERED_TYPE = "business";
    private static final Set<String> DOCUMENTED_TYPES =
            Set.of(OFFERED_TYPE, "stripe", "supabase", "fly", "webhook_secret", "stripe_frontend", "customer_api");
    private static final String INVALID = "Invalid key data";
    private static final String WARNING = "Save this key securely. It will not be shown again.";

    private final ApiKeys keys;

    public KeyController(ApiKeys keys) {
        this.keys = keys;
    }

    @Post("/businesses/{bid}/keys")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> createIn(HttpRequest<byte[]> request, String bid) {
        OrganizationId organizationId = inPath(request, bid);
        return create(organizationId, JsonBody.of(request, INVALID));
    }

    @Post("/keys")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        Principal principal = authenticated(request);
        JsonBody body = JsonBody.of(request, INVALID);
        Optional<OrganizationId> named = body.optional("business_id", OrganizationId::new);
        return create(named(request, principal, named), body);
    }

    @Get("/businesses/{bid}/keys")
    HttpResponse<byte[]> listIn(HttpRequest<?> request, String bid) {
        return list(inPath(request, bid));
    }

    @Get("/keys")
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        return list(told(request));
    }

    @Get("/businesses/{bid}/keys/{keyType}/{keyName}")
    HttpResponse<byte[]> showIn(HttpRequest<?> request, String bid, String keyType, String keyName) {
        return show(inPath(request, bid), keyType, keyName);
    }

    @Get("/keys/{keyType}/{keyName}")
    HttpResponse<byte[]> show(HttpRequest<?> request, String keyType, String keyName) {
        return show(told(request), keyType, keyName);
    }

    @Delete("/businesses/{bid}/keys/{keyType}/{keyName}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> deleteIn(HttpRequest<?> request, String bid, String keyType, String keyName) {
        return delete(inPath(request, bid), keyType, keyName);
    }

    @Delete("/keys/{keyType}/{keyName}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, String keyType, String keyName) {
        return delete(told(request), keyType, keyName);
    }

    private HttpResponse<byte[]> create(OrganizationId organizationId, JsonBody body) {
        String type = body.required("key_type", Function.identity());
        if (!type.equals(OFFERED_TYPE)) {
            throw notOffered(type, body);
        }
        KeyName name = body.required("key_name", KeyName::new);
        return switch (keys.create(organizationId, name)) {
            case KeyCreation.Created created -> created(created);
            case KeyCreation.NameTaken taken ->
                throw Problem.of(
                        ErrorCode.ALREADY_EXISTS, "An active key of this type is named '" + name.value() + "'.");
            case KeyCreation.LimitReached reached ->
                throw Problem.of(
                        ErrorCode.KEY_LIMIT_REACHED,
                        "Maximum " + ApiKeys.ACTIVE_MAX + " active keys per type. Delete a key first.");
            case KeyCreation.NoOrganization nowhere -> throw noOrganization();
        };
    }

    private static HttpResponse<byte[]> created(KeyCreation.Created created) {
        ApiKey key = created.key();
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("api_key", created.text().reveal())
                .put("key_name", key.name().value())
                .put("key_type", OFFERED_TYPE)
                .put("business_id", key.organizationId().value())
                .put("key_id", key.id())
                .put("warning", WARNING);
        return Answers.secret(Answers.json(HttpStatus.CREATED, body));
    }

    private HttpResponse<byte[]> list(OrganizationId organizationId) {
        List<ApiKey> active = keys.active(organizationId).orElseThrow(KeyController::noOrganization);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("keys");
        for (ApiKey key : active) {
            list.addObject()
                    .put("id", key.id())
                    .put("key_type", OFFERED_TYPE)
                    .put("key_name", key.name().value())
                    .put("is_active", true)
                    .put("created_at", key.createdAt().toString())
                    .put("key_prefix", key.prefix())
                    .putNull("last_used_at");
        }
        body.put("count", active.size());
        return Answers.secret(Answers.json(HttpStatus.OK, body));
    }

    private HttpResponse<byte[]> show(OrganizationId organizationId, String type, String keyName) {
        ApiKey key = name(type, keyName)
                .flatMap(name -> keys.find(organizationId, name))
                .orElseThrow(KeyController::noKey);
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("key_type", OFFERED_TYPE)
                .put("key_name", key.name().value())
                .put("is_active", true)
                .put("created_at", key.createdAt().toString());
        return Answers.secret(Answers.json(HttpStatus.OK, body));
    }

    private HttpResponse<byte[]> delete(OrganizationId organizationId, String type, String keyName) {
        boolean deleted = name(type, keyName)
                .map(name -> keys.delete(organizationId, name))
                .orElse(false);
        if (!deleted) {
            throw noKey();
        }
        return Answers.secret(HttpResponse.ok("Key deleted".getBytes(StandardCharsets.US_ASCII))
                .contentType(MediaType.TEXT_PLAIN_TYPE));
    }

    // A name that no key can have is the name of no key.
    private static Optional<KeyName> name(String type, String keyName) {
        try {
            return type.equals(OFFERED_TYPE) ? Optional.of(new KeyName(keyName)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static OrganizationId inPath(HttpRequest<?> request, String bid) {
        Principal principal = authenticated(request);
        OrganizationId organizationId;
        try {
            organizationId = new OrganizationId(bid);
        } catch (IllegalArgumentException e) {
            throw noOrganization();
        }
        return Authority.managed(principal, Optional.of(organizationId), Permission.KEYS_WRITE);
    }

    // The organization of a route that does not name it in the path and takes no body.
    private static OrganizationId told(HttpRequest<?> request) {
        return named(request, authenticated(request), Optional.empty());
    }

    private static OrganizationId named(HttpRequest<?> request, Principal principal, Optional<OrganizationId> inBody) {
        Optional<OrganizationId> named = inBody.or(() -> request.getParameters()
                .getFirst("business_id")
                .or(() -> request.getHeaders().getFirst("X-Organization-Id"))
                .map(KeyController::organizationId));
        return Authority.managed(principal, named, Permission.KEYS_WRITE);
    }

    private static OrganizationId organizationId(String text) {
        try {
            return new OrganizationId(text);
        } catch (IllegalArgumentException e) {
            throw noOrganization();
        }
    }

    private static Principal authenticated(HttpRequest<?> request) {
        Principal principal = Answers.principal(request);
        if (principal instanceof Principal.Nobody nobody) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, nobody.why());
        }
        return principal;
    }

    private static Problem notOffered(String type, JsonBody body) {
        if (type.equals("customer_api")) {
            return body.invalid("key_type", "invalid_value", "tenant keys are not made here; offered: " + OFFERED_TYPE);
        }
        return body.invalid(
                "key_type",
                DOCUMENTED_TYPES.contains(type) ? "not_offered" : "invalid_value",
                DOCUMENTED_TYPES.contains(type)
                        ? "this key type is not offered yet; offered: " + OFFERED_TYPE
                        : "unknown key type; offered: " + OFFERED_TYPE);
    }

    private static Problem noOrganization() {
        return Problem.of(ErrorCode.NOT_FOUND, "Business not found");
    }

    private static Problem noKey() {
        return Problem.of(ErrorCode.NOT_FOUND, "Key not found");
    }
}
