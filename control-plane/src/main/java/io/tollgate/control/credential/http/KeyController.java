package io.tollgate.control.credential.http;

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
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.credential.Credential;
import io.tollgate.control.credential.CredentialStorage;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.credential.OpenCredential;
import io.tollgate.control.key.ApiKey;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.KeyCreation;
import io.tollgate.control.key.KeyDeletion;
import io.tollgate.control.key.KeyHolder;
import io.tollgate.control.key.KeyName;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.RequestActor;
import io.tollgate.http.ToldOrganization;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Keys and integration credentials of organizations, under `/api/v1/businesses/{bid}/keys` and, with the organization
/// told from elsewhere, under `/api/v1/keys`.
@Controller("/api/v1")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class KeyController {
    private static final String BUSINESS = "business";
    private static final String CUSTOMER = "customer_api";
    private static final String TYPES = BUSINESS + ", "
            + Arrays.stream(CredentialType.values()).map(CredentialType::word).collect(Collectors.joining(", "));
    private static final String INVALID = "Invalid key data";
    private static final String INVALID_UPDATE = "Invalid request data";
    private static final String INVALID_BATCH = "Invalid batch key data";
    private static final String WARNING = "Save this key securely. It will not be shown again.";
    private static final int BATCH_MAX = 50;

    private final ApiKeys keys;
    private final Credentials credentials;

    public KeyController(ApiKeys keys, Credentials credentials) {
        this.keys = keys;
        this.credentials = credentials;
    }

    @Post("/businesses/{bid}/keys")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> createIn(HttpRequest<byte[]> request) {
        return create(request, organization(request), JsonBody.of(request, INVALID));
    }

    @Post("/keys")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        Principal principal = authenticated(request);
        JsonBody body = JsonBody.of(request, INVALID);
        Optional<OrganizationId> named = body.optional("business_id", OrganizationId::new)
                .or(() -> body.optionalObject("credentials")
                        .flatMap(part -> body.within(part).optional("business_id", OrganizationId::new)));
        OrganizationId organizationId =
                Authority.managed(principal, ToldOrganization.of(request, named), Permission.KEYS_WRITE);
        return create(request, organizationId, body);
    }

    private HttpResponse<byte[]> create(HttpRequest<?> request, OrganizationId organizationId, JsonBody body) {
        String type = body.required("key_type", text -> text);
        if (type.equals(CUSTOMER)) {
            throw body.invalid("key_type", "invalid_value", "keys of customers are made under /customers/{id}/keys");
        }
        Optional<CredentialType> integration = CredentialType.ofWord(type);
        if (integration.isEmpty() && !type.equals(BUSINESS)) {
            throw body.invalid("key_type", "invalid_value", "must be one of " + TYPES);
        }
        KeyName name = body.required("key_name", KeyName::new);
        if (integration.isPresent()) {
            requireConfigured();
            return stored(
                    name,
                    integration.get(),
                    credentials.create(
                            RequestActor.of(request),
                            organizationId,
                            integration.get(),
                            name,
                            CredentialBody.parts(body, integration.get())));
        }
        // A key of the organization may do everything in it.
        Authority.grant(Answers.principal(request), EnumSet.allOf(Permission.class));
        return switch (keys.create(RequestActor.of(request), new KeyHolder.OfOrganization(organizationId), name)) {
            case KeyCreation.Created created ->
                made(
                        created.text().reveal(),
                        name,
                        BUSINESS,
                        organizationId,
                        created.key().id());
            case KeyCreation.NameTaken taken -> throw nameTaken(name);
            case KeyCreation.LimitReached reached -> throw limitReached();
            case KeyCreation.NoHolder nobody -> throw ToldOrganization.none();
        };
    }

    private static HttpResponse<byte[]> stored(KeyName name, CredentialType type, CredentialStorage storage) {
        return switch (storage) {
            case CredentialStorage.Stored stored ->
                made(
                        null,
                        name,
                        type.word(),
                        stored.credential().organizationId(),
                        stored.credential().id());
            case CredentialStorage.NameTaken taken -> throw nameTaken(name);
            case CredentialStorage.LimitReached reached -> throw limitReached();
            case CredentialStorage.NoOrganization nobody -> throw ToldOrganization.none();
        };
    }

    private static HttpResponse<byte[]> made(
            @Nullable String text, KeyName name, String type, OrganizationId organizationId, String id) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("api_key", text)
                .put("key_name", name.value())
                .put("key_type", type)
                .put("business_id", organizationId.value())
                .put("key_id", id)
                .put("warning", WARNING);
        return Answers.secret(Answers.json(HttpStatus.CREATED, body));
    }

    @Get("/businesses/{bid}/keys")
    HttpResponse<byte[]> listIn(HttpRequest<?> request) {
        return list(request);
    }

    @Get("/keys")
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = organization(request);
        List<ApiKey> active =
                keys.active(new KeyHolder.OfOrganization(organizationId)).orElseThrow(ToldOrganization::none);
        List<Credential> stored = credentials.active(organizationId);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("keys");
        active.forEach(key -> list.add(view(
                        BUSINESS, key.name(), key.createdAt().toString())
                .put("id", key.id())
                .put("key_prefix", key.prefix())
                .put("last_used_at", key.lastUsedAt().map(Object::toString).orElse(null))));
        stored.forEach(credential -> list.add(view(credential)
                .put("id", credential.id())
                .putNull("key_prefix")
                .putNull("last_used_at")));
        body.put("count", list.size());
        return Answers.secret(Answers.json(HttpStatus.OK, body));
    }

    @Get("/businesses/{bid}/keys/{keyType}/{keyName}")
    HttpResponse<byte[]> showIn(HttpRequest<?> request, String keyType, String keyName) {
        return show(request, keyType, keyName);
    }

    @Get("/keys/{keyType}/{keyName}")
    HttpResponse<byte[]> show(HttpRequest<?> request, String keyType, String keyName) {
        OrganizationId organizationId = organization(request);
        KeyName name = name(keyName);
        Optional<CredentialType> type = CredentialType.ofWord(keyType);
        if (type.isPresent()) {
            return show(organizationId, type.get(), name);
        }
        ApiKey key = Optional.of(name)
                .filter(named -> keyType.equals(BUSINESS))
                .flatMap(named -> keys.find(new KeyHolder.OfOrganization(organizationId), named))
                .orElseThrow(KeyController::noKey);
        return Answers.secret(Answers.json(
                HttpStatus.OK, view(BUSINESS, key.name(), key.createdAt().toString())));
    }

    private HttpResponse<byte[]> show(OrganizationId organizationId, CredentialType type, KeyName name) {
        Credential credential = credentials.find(organizationId, type, name).orElseThrow(KeyController::noKey);
        ObjectNode view = view(credential);
        if (type == CredentialType.STRIPE_FRONTEND) {
            requireConfigured();
            credentials.open(organizationId, type).stream()
                    .filter(open -> open.credential().id().equals(credential.id()))
                    .map(OpenCredential::parts)
                    .forEach(parts -> parts.forEach(view::put));
        }
        return Answers.secret(Answers.json(HttpStatus.OK, view));
    }

    @Put("/businesses/{bid}/keys/{keyType}/{keyName}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> updateIn(HttpRequest<byte[]> request, String keyType, String keyName) {
        return update(request, keyType, keyName);
    }

    @Put("/keys/{keyType}/{keyName}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> update(HttpRequest<byte[]> request, String keyType, String keyName) {
        OrganizationId organizationId = organization(request);
        CredentialType type = CredentialType.STRIPE_FRONTEND;
        if (!keyType.equals(type.word())) {
            String sentence = "Update not supported for this key type";
            throw Problem.of(ErrorCode.VALIDATION_FAILED, sentence).titled(sentence);
        }
        requireConfigured();
        var parts = CredentialBody.parts(JsonBody.of(request, INVALID_UPDATE, INVALID_UPDATE), type);
        if (!credentials.update(RequestActor.of(request), organizationId, type, name(keyName), parts)) {
            throw noKey();
        }
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance.objectNode().put("status", "updated").put("message", "Configuration updated"));
    }

    @Delete("/businesses/{bid}/keys/{keyType}/{keyName}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> deleteIn(HttpRequest<?> request, String keyType, String keyName) {
        return delete(request, keyType, keyName);
    }

    @Delete("/keys/{keyType}/{keyName}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, String keyType, String keyName) {
        OrganizationId organizationId = organization(request);
        KeyName name = name(keyName);
        Optional<CredentialType> type = CredentialType.ofWord(keyType);
        boolean deleted = type.isPresent()
                ? credentials.delete(RequestActor.of(request), organizationId, type.get(), name)
                : keyType.equals(BUSINESS)
                        && keys.delete(RequestActor.of(request), new KeyHolder.OfOrganization(organizationId), name)
                                instanceof KeyDeletion.Deleted;
        if (!deleted) {
            throw noKey();
        }
        return Answers.secret(HttpResponse.ok("Key deleted".getBytes(StandardCharsets.US_ASCII))
                .contentType(MediaType.TEXT_PLAIN_TYPE));
    }

    @Post("/businesses/{bid}/keys/batch")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> batchIn(HttpRequest<byte[]> request) {
        return batch(request);
    }

    @Post("/keys/batch")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> batch(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request);
        JsonBody body = JsonBody.of(request, INVALID_BATCH);
        JsonNode items = body.member("keys");
        if (!items.isArray() || items.isEmpty() || items.size() > BATCH_MAX) {
            throw body.invalid("keys", "invalid_value", "must be a list of 1 to " + BATCH_MAX + " keys");
        }
        requireConfigured();
        Actor actor = RequestActor.of(request);
        int updated = 0;
        ArrayNode failures = JsonNodeFactory.instance.arrayNode();
        for (CredentialItem item : CredentialItem.of(body, items)) {
            Optional<String> failure = store(actor, organizationId, item);
            if (failure.isEmpty()) {
                updated++;
            } else {
                failures.addObject().put("key_name", item.name()).put("message", failure.get());
            }
        }
        return batch(updated, failures);
    }

    private static HttpResponse<byte[]> batch(int updated, ArrayNode failures) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("success", failures.isEmpty());
        if (failures.isEmpty()) {
            answer.put("message", "All keys updated successfully");
        } else {
            answer.put("error", updated == 0 ? "All keys failed to update" : "Some keys failed to update");
        }
        answer.put("updated_count", updated).put("failed_count", failures.size());
        if (failures.isEmpty()) {
            return Answers.json(HttpStatus.OK, answer);
        }
        answer.set("failures", failures);
        return Answers.json(updated == 0 ? HttpStatus.BAD_REQUEST : HttpStatus.MULTI_STATUS, answer);
    }

    private Optional<String> store(Actor actor, OrganizationId organizationId, CredentialItem item) {
        Optional<CredentialType> type = CredentialType.ofWord(item.type());
        if (type.isEmpty()) {
            return Optional.of(
                    item.type().equals(BUSINESS) || item.type().equals(CUSTOMER)
                            ? "Keys of type " + item.type() + " are generated and cannot be set"
                            : "Unknown key type");
        }
        try {
            KeyName name = new KeyName(item.name());
            return switch (credentials.put(actor, organizationId, type.get(), name, item.parts(type.get()))) {
                case CredentialStorage.Stored stored -> Optional.empty();
                case CredentialStorage.NameTaken taken -> throw nameTaken(name);
                case CredentialStorage.LimitReached reached ->
                    Optional.of(limitReached().message());
                case CredentialStorage.NoOrganization nobody -> throw ToldOrganization.none();
            };
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private void requireConfigured() {
        if (!credentials.configured()) {
            throw Problem.of(
                    ErrorCode.NOT_CONFIGURED, "Credentials cannot be stored or read: ENCRYPTION_KEY is not set.");
        }
    }

    private static ObjectNode view(Credential credential) {
        return view(
                credential.type().word(),
                credential.name(),
                credential.createdAt().toString());
    }

    private static ObjectNode view(String type, KeyName name, String createdAt) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("key_type", type)
                .put("key_name", name.value())
                .put("is_active", true)
                .put("created_at", createdAt);
    }

    private static OrganizationId organization(HttpRequest<?> request) {
        return Authority.managed(authenticated(request), ToldOrganization.of(request), Permission.KEYS_WRITE);
    }

    private static Principal authenticated(HttpRequest<?> request) {
        Principal principal = Answers.principal(request);
        if (principal instanceof Principal.Nobody nobody) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, nobody.why());
        }
        return principal;
    }

    // A name that no key can have is the name of no key.
    private static KeyName name(String text) {
        try {
            return new KeyName(text);
        } catch (IllegalArgumentException e) {
            throw noKey();
        }
    }

    private static Problem nameTaken(KeyName name) {
        return Problem.of(ErrorCode.ALREADY_EXISTS, "An active key of this type is named '" + name.value() + "'.");
    }

    private static Problem limitReached() {
        return Problem.of(
                ErrorCode.KEY_LIMIT_REACHED,
                "Maximum " + ApiKeys.ACTIVE_MAX + " active keys per type. Delete a key first.");
    }

    private static Problem noKey() {
        return Problem.of(ErrorCode.NOT_FOUND, "Key not found");
    }
}
