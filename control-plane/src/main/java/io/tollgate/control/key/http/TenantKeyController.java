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
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.key.ApiKey;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.KeyCreation;
import io.tollgate.control.key.KeyDeletion;
import io.tollgate.control.key.KeyHolder;
import io.tollgate.control.key.KeyName;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.http.NamedTenant;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.RequestActor;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;

/// Keys of tenants, each route with the organization in its path and without.
@Controller("/api/v1")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class TenantKeyController {
    private static final String TYPE = "customer_api";
    private static final String INVALID = "Invalid key data";
    private static final String WARNING = "Save this key securely. It will not be shown again.";

    /// A name made of the tenant's id and these cannot be taken by chance.
    private static final int NAME_DIGITS = 8;

    private static final int NAME_NUMBERS = 100_000_000;

    private final ApiKeys keys;
    private final Tenants tenants;
    private final SecureRandom random = new SecureRandom();

    public TenantKeyController(ApiKeys keys, Tenants tenants) {
        this.keys = keys;
        this.tenants = tenants;
    }

    @Post("/businesses/{bid}/customers/{cid}/keys")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> createIn(HttpRequest<byte[]> request, String cid) {
        return create(request, cid);
    }

    @Post("/customers/{cid}/keys")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request, String cid) {
        KeyHolder.OfTenant holder = holder(request, cid);
        KeyName name = name(JsonBody.ofOptional(request, INVALID), cid);
        return switch (keys.create(RequestActor.of(request), holder, name)) {
            case KeyCreation.Created created -> created(cid, created);
            case KeyCreation.NameTaken taken ->
                throw Problem.of(
                        ErrorCode.ALREADY_EXISTS, "An active key of this customer is named '" + name.value() + "'.");
            case KeyCreation.LimitReached reached ->
                throw Problem.of(
                        ErrorCode.KEY_LIMIT_REACHED,
                        "Maximum " + ApiKeys.ACTIVE_MAX + " active keys per customer. Delete a key first.");
            case KeyCreation.NoHolder nobody -> throw NamedTenant.none();
        };
    }

    private static HttpResponse<byte[]> created(String cid, KeyCreation.Created created) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("status", "created")
                .put("api_key", created.text().reveal())
                .put("customer_id", cid)
                .put("key_id", created.key().id())
                .put("key_name", created.key().name().value())
                .put("warning", WARNING);
        return Answers.secret(Answers.json(HttpStatus.CREATED, body));
    }

    private KeyName name(JsonBody body, String cid) {
        body.optional("key_type", type -> {
            if (!type.equals(TYPE)) {
                throw new IllegalArgumentException("must be " + TYPE);
            }
            return type;
        });
        return body.optional("key_name", text -> text)
                .filter(text -> !text.isEmpty() && !text.equals(cid))
                .map(text -> body.optional("key_name", KeyName::new).orElseThrow())
                .orElseGet(() -> madeUp(cid));
    }

    // Of a long id only the beginning: a name is for people.
    private KeyName madeUp(String cid) {
        int room = KeyName.LENGTH_MAX - NAME_DIGITS - 1;
        int end = Math.min(cid.length(), room);
        if (end < cid.length() && Character.isHighSurrogate(cid.charAt(end - 1))) {
            end--;
        }
        return new KeyName(cid.substring(0, end)
                + String.format(Locale.ROOT, "_%0" + NAME_DIGITS + "d", random.nextInt(NAME_NUMBERS)));
    }

    @Get("/businesses/{bid}/customers/{cid}/keys")
    HttpResponse<byte[]> listIn(HttpRequest<?> request, String cid) {
        return list(request, cid);
    }

    @Get("/customers/{cid}/keys")
    HttpResponse<byte[]> list(HttpRequest<?> request, String cid) {
        List<ApiKey> active = keys.active(holder(request, cid)).orElseThrow(NamedTenant::none);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("keys");
        active.forEach(key -> list.add(view(key)
                .put("id", key.id())
                .put("key_prefix", key.prefix())
                .put("last_used_at", key.lastUsedAt().map(Object::toString).orElse(null))));
        body.put("count", active.size());
        return Answers.secret(Answers.json(HttpStatus.OK, body));
    }

    @Get("/businesses/{bid}/customers/{cid}/keys/{keyName}")
    HttpResponse<byte[]> showIn(HttpRequest<?> request, String cid, String keyName) {
        return show(request, cid, keyName);
    }

    @Get("/customers/{cid}/keys/{keyName}")
    HttpResponse<byte[]> show(HttpRequest<?> request, String cid, String keyName) {
        ApiKey key = keys.find(holder(request, cid), named(keyName)).orElseThrow(TenantKeyController::noKey);
        return Answers.secret(Answers.json(HttpStatus.OK, view(key)));
    }

    @Delete("/businesses/{bid}/customers/{cid}/keys/{keyName}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> deleteIn(HttpRequest<?> request, String cid, String keyName) {
        return delete(request, cid, keyName);
    }

    @Delete("/customers/{cid}/keys/{keyName}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, String cid, String keyName) {
        KeyHolder holder = holder(request, cid);
        return switch (keys.delete(RequestActor.of(request), holder, named(keyName))) {
            case KeyDeletion.Deleted deleted ->
                Answers.secret(HttpResponse.ok("Key deleted".getBytes(StandardCharsets.US_ASCII))
                        .contentType(MediaType.TEXT_PLAIN_TYPE));
            case KeyDeletion.NoKey none -> throw noKey();
            case KeyDeletion.OfAnotherTenant other ->
                throw Problem.of(ErrorCode.FORBIDDEN, "Key does not belong to this customer");
        };
    }

    private static ObjectNode view(ApiKey key) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("key_type", TYPE)
                .put("key_name", key.name().value())
                .put("is_active", true)
                .put("created_at", key.createdAt().toString());
    }

    private KeyHolder.OfTenant holder(HttpRequest<?> request, String cid) {
        OrganizationId organizationId = Authority.managed(
                Answers.principal(request), NamedTenant.organization(tenants, request, cid), Permission.KEYS_WRITE);
        return new KeyHolder.OfTenant(organizationId, NamedTenant.id(cid));
    }

    // A name that no key can have is the name of no key.
    private static KeyName named(String text) {
        try {
            return new KeyName(text);
        } catch (IllegalArgumentException e) {
            throw noKey();
        }
    }

    private static Problem noKey() {
        return Problem.of(ErrorCode.NOT_FOUND, "Key not found");
    }
}
