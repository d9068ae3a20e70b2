package io.tollgate.control.key.http;

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
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.key.KeyRotation;
import io.tollgate.control.key.KeyStanding;
import io.tollgate.control.key.KeyText;
import io.tollgate.control.key.ScopedKey;
import io.tollgate.control.key.ScopedKeyDraft;
import io.tollgate.control.key.ScopedKeyPage;
import io.tollgate.control.key.ScopedKeys;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import io.tollgate.http.ToldOrganization;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Scoped keys, under `/api/v1/api-keys`. Nobody makes a key that may do more than its maker.
@Controller("/api/v1/api-keys")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class ScopedKeyController {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 100;
    private static final String INVALID = "Invalid request body";

    private final ScopedKeys keys;
    private final InstantSource clock;

    public ScopedKeyController(ScopedKeys keys, InstantSource clock) {
        this.keys = keys;
        this.clock = clock;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request);
        ScopedKeyDraft draft = new ScopedKeyBody(JsonBody.object(request, INVALID, INVALID)).draft(clock.instant());
        Authority.grant(Answers.principal(request), draft.permissions());
        ScopedKeys.Made made =
                keys.create(RequestActor.of(request), organizationId, draft).orElseThrow(ToldOrganization::none);
        return Answers.secret(Answers.json(HttpStatus.CREATED, made(made.key(), made.text())));
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        ScopedKeyPage page = keys.list(
                organization(request),
                flag(request, "include_revoked"),
                ListParameters.cursor(request),
                ListParameters.limit(request, LIMIT, LIMIT_MAX));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("api_keys");
        page.keys().forEach(key -> list.add(view(key)));
        body.put("next_cursor", page.next().map(TimeCursor::toText).orElse(null));
        return Answers.secret(Answers.json(HttpStatus.OK, body));
    }

    @Post("/{id}/rotate")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> rotate(HttpRequest<byte[]> request, String id) {
        OrganizationId organizationId = organization(request);
        JsonNode body = request.getBody().orElse(new byte[0]).length == 0
                ? JsonNodeFactory.instance.objectNode()
                : JsonBody.object(request, INVALID, INVALID);
        var overlap = new ScopedKeyBody(body).overlap();
        ScopedKey old = keys.find(organizationId, id).orElseThrow(ScopedKeyController::noKey);
        // The caller learns the text of a key with these.
        Authority.grant(Answers.principal(request), old.permissions());
        return switch (keys.rotate(RequestActor.of(request), organizationId, id, overlap)) {
            case KeyRotation.Rotated rotated ->
                Answers.secret(Answers.json(
                        HttpStatus.CREATED,
                        made(rotated.key(), rotated.text())
                                .put("replaces", rotated.replaces())
                                .put(
                                        "old_key_valid_until",
                                        rotated.oldValidUntil().toString())));
            case KeyRotation.NoKey none -> throw noKey();
            case KeyRotation.NotActive ended -> throw Problem.of(ErrorCode.INVALID_STATE, ended.why());
        };
    }

    @Post("/{id}/revoke")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> revoke(HttpRequest<?> request, String id) {
        return end(request, id);
    }

    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, String id) {
        return end(request, id);
    }

    private HttpResponse<byte[]> end(HttpRequest<?> request, String id) {
        OrganizationId organizationId = organization(request);
        if (!keys.revoke(RequestActor.of(request), organizationId, id)) {
            throw noKey();
        }
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("success", true));
    }

    @Post("/validate")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> validate(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request);
        String text = new ScopedKeyBody(JsonBody.object(request, INVALID, INVALID)).key();
        KeyStanding standing = KeyText.sent(text)
                .map(key -> keys.standing(organizationId, key))
                .orElse(new KeyStanding.Invalid("Invalid key format"));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        switch (standing) {
            case KeyStanding.Valid valid -> {
                body.put("valid", true)
                        .put("organization_id", valid.organizationId().value());
                ArrayNode words = body.putArray("permissions");
                Arrays.stream(Permission.values())
                        .filter(valid.permissions()::contains)
                        .forEach(permission -> words.add(permission.word()));
            }
            case KeyStanding.Invalid invalid -> body.put("valid", false).put("reason", invalid.reason());
        }
        return Answers.secret(Answers.json(HttpStatus.OK, body));
    }

    private static ObjectNode made(ScopedKey key, KeyText text) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("id", key.id())
                .put("name", key.name())
                .put("key", text.reveal())
                .put("key_prefix", key.prefix());
        lists(view, key);
        return view.put("expires_at", text(key.expiresAt()))
                .put("created_at", key.createdAt().toString());
    }

    private static ObjectNode view(ScopedKey key) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("id", key.id())
                .put("name", key.name())
                .put("key_prefix", key.prefix());
        lists(view, key);
        return view.put("expires_at", text(key.expiresAt()))
                .put("last_used_at", text(key.lastUsedAt()))
                .put("created_at", key.createdAt().toString())
                .put("revoked_at", text(key.revokedAt()));
    }

    private static void lists(ObjectNode view, ScopedKey key) {
        ArrayNode permissions = view.putArray("permissions");
        key.permissions().forEach(permission -> permissions.add(permission.word()));
        ArrayNode networks = view.putArray("allowed_cidrs");
        key.allowedCidrs().forEach(networks::add);
    }

    private static @Nullable String text(Optional<Instant> instant) {
        return instant.map(Instant::toString).orElse(null);
    }

    private static boolean flag(HttpRequest<?> request, String parameter) {
        return switch (ListParameters.text(request, parameter).orElse("false")) {
            case "true" -> true;
            case "false" -> false;
            default -> throw ListParameters.invalid(parameter, "must be true or false");
        };
    }

    private static OrganizationId organization(HttpRequest<?> request) {
        return Authority.managed(Answers.principal(request), ToldOrganization.of(request), Permission.KEYS_WRITE);
    }

    private static Problem noKey() {
        return Problem.of(ErrorCode.NOT_FOUND, "API key not found");
    }
}
