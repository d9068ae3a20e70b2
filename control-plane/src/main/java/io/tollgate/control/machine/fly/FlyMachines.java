package io.tollgate.control.machine.fly;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.credential.OpenCredential;
import io.tollgate.control.machine.Machine;
import io.tollgate.control.machine.MachineProvider;
import io.tollgate.control.machine.ProvidedMachine;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Machines at Fly.io, in the account of the organization that they are for: its newest `fly` credential. Each
/// organization
/// has one app there, made with its first machine. Repetitions after a failure are the queue's matter.
public final class FlyMachines implements MachineProvider {
    /// How long one call may take by default; an attempt makes four at most.
    public static final Duration CALL_MAX = Duration.ofSeconds(30);

    private static final URI PUBLIC_BASE = URI.create("https://api.machines.dev");
    private static final Duration CONNECT_MAX = Duration.ofSeconds(5);

    /// The list of all machines of an app, some kilobytes each.
    private static final long ANSWER_BYTES_MAX = 16_000_000;

    /// Longest part of an error of Fly.io that is stored, in characters.
    private static final int ERROR_LENGTH_MAX = 200;

    /// Digits of the hash in an app's name: names are shared by all users of Fly.io.
    private static final int APP_DIGITS = 24;

    private static final int INTERNAL_PORT = 8080;
    private static final Set<String> GONE = Set.of("destroyed", "destroying");
    private static final JsonMapper JSON = new JsonMapper();

    private record Account(String token, Optional<String> slug, Optional<String> region) {
        @Override
        public String toString() {
            return "Account";
        }
    }

    private record Answer(int status, JsonNode body) {
        boolean successful() {
            return status / 100 == 2;
        }
    }

    private final Credentials credentials;
    private final String base;
    private final Duration callMax;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(CONNECT_MAX)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /// @param base where the API is; absent: the public one
    /// @param callMax longest time of one call
    public FlyMachines(Credentials credentials, Optional<URI> base, Duration callMax) {
        this.credentials = credentials;
        this.base = base.orElse(PUBLIC_BASE).toString();
        this.callMax = callMax;
    }

    @Override
    public String name() {
        return "fly";
    }

    @Override
    public ProvidedMachine provision(
            String machineName, OrganizationId organizationId, TenantId tenantId, String dockerImage)
            throws FailedException {
        Account account = account(organizationId);
        String app = appOf(organizationId);
        Answer listed = call(account, "GET", machines(app), Optional.empty());
        if (listed.status() == 404) {
            createApp(account, app);
        } else {
            Optional<JsonNode> made = named(require("list machines", listed), machineName);
            if (made.isPresent()) {
                return provided(app, made.get(), dockerImage);
            }
        }
        ObjectNode wanted = wanted(machineName, account, organizationId, tenantId, dockerImage);
        Answer created = call(account, "POST", machines(app), Optional.of(wanted));
        if (created.status() == 409 || created.status() == 422) {
            // The name may be taken: by an attempt that nobody has heard the end of.
            Optional<JsonNode> made =
                    named(require("list machines", call(account, "GET", machines(app), Optional.empty())), machineName);
            if (made.isPresent()) {
                return provided(app, made.get(), dockerImage);
            }
        }
        return provided(app, require("create a machine", created), dockerImage);
    }

    @Override
    public void terminate(Machine machine) throws FailedException {
        Answer answer = call(
                account(machine.organizationId()),
                "DELETE",
                machines(machine.provided().appName()) + "/"
                        + machine.provided().providerId() + "?force=true",
                Optional.empty());
        if (answer.status() != 404) {
            require("end a machine", answer);
        }
    }

    private Account account(OrganizationId organizationId) throws FailedException {
        if (!credentials.configured()) {
            throw new FailedException("ENCRYPTION_KEY is not set, so no credential can be opened.");
        }
        for (OpenCredential credential : credentials.open(organizationId, CredentialType.FLY)) {
            Map<String, String> parts = credential.parts();
            String token = parts.getOrDefault("api_token", "");
            if (!token.isEmpty()) {
                return new Account(
                        token,
                        Optional.ofNullable(parts.get("org_slug")),
                        Optional.ofNullable(parts.get("default_region")));
            }
        }
        throw new FailedException("The organization has stored no credential of type fly.");
    }

    private static String appOf(OrganizationId organizationId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(organizationId.value().getBytes(StandardCharsets.UTF_8));
            return "tg-" + HexFormat.of().formatHex(hash).substring(0, APP_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String machines(String app) {
        return "/v1/apps/" + app + "/machines";
    }

    // 422: another attempt has made it in the meantime. If it has not, making the machine says so.
    private void createApp(Account account, String app) throws FailedException {
        String slug = account.slug()
                .orElseThrow(() -> new FailedException("The organization's fly credential has no org_slug."));
        Answer created = call(
                account,
                "POST",
                "/v1/apps",
                Optional.of(JsonNodeFactory.instance
                        .objectNode()
                        .put("app_name", app)
                        .put("org_slug", slug)));
        if (created.status() != 422) {
            require("create an app", created);
        }
    }

    private static ObjectNode wanted(
            String machineName, Account account, OrganizationId organizationId, TenantId tenantId, String dockerImage) {
        ObjectNode wanted = JsonNodeFactory.instance.objectNode().put("name", machineName);
        account.region().ifPresent(region -> wanted.put("region", region));
        ObjectNode config = wanted.putObject("config").put("image", dockerImage);
        config.putObject("metadata")
                .put("tollgate_organization", organizationId.value())
                .put("tollgate_tenant", tenantId.value());
        ObjectNode service =
                config.putArray("services").addObject().put("protocol", "tcp").put("internal_port", INTERNAL_PORT);
        service.putArray("ports")
                .addObject()
                .put("port", 443)
                .putArray("handlers")
                .add("tls")
                .add("http");
        return wanted;
    }

    private static Optional<JsonNode> named(JsonNode machines, String machineName) {
        for (JsonNode machine : machines) {
            if (machine.path("name").asText().equals(machineName)
                    && !GONE.contains(machine.path("state").asText())) {
                return Optional.of(machine);
            }
        }
        return Optional.empty();
    }

    private static ProvidedMachine provided(String app, JsonNode machine, String dockerImage) throws FailedException {
        try {
            return new ProvidedMachine(
                    machine.path("id").asText(),
                    app,
                    "https://" + app + ".fly.dev",
                    machine.path("private_ip").asText(),
                    dockerImage);
        } catch (IllegalArgumentException e) {
            throw new FailedException("Fly.io described a machine that has no usable id.");
        }
    }

    private static JsonNode require(String what, Answer answer) throws FailedException {
        if (answer.successful()) {
            return answer.body();
        }
        String error = answer.body().path("error").asText();
        String shown = error.substring(0, Math.min(error.length(), ERROR_LENGTH_MAX));
        throw new FailedException("Fly.io answered " + answer.status() + " to the wish to " + what
                + (shown.isEmpty() ? "." : ": " + shown));
    }

    private Answer call(Account account, String method, String path, Optional<ObjectNode> body) throws FailedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .header("Authorization", "Bearer " + account.token())
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body.map(node -> HttpRequest.BodyPublishers.ofString(node.toString()))
                                .orElseGet(HttpRequest.BodyPublishers::noBody))
                .build();
        // The request's own time-out ends with the headers; this one is for all of the answer.
        CompletableFuture<HttpResponse<byte[]>> pending = http.sendAsync(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        try {
            HttpResponse<byte[]> answer = pending.get(callMax.toMillis(), TimeUnit.MILLISECONDS);
            return new Answer(answer.statusCode(), json(answer.body()));
        } catch (TimeoutException e) {
            pending.cancel(true);
            throw new FailedException("Fly.io did not answer within " + callMax.toMillis() + " ms.");
        } catch (ExecutionException e) {
            throw new FailedException("Fly.io cannot be reached: " + e.getCause());
        } catch (InterruptedException e) {
            pending.cancel(true);
            Thread.currentThread().interrupt();
            throw new FailedException("The instance was stopped during a call to Fly.io.");
        }
    }

    // What is no JSON says nothing; the status says enough then.
    private static JsonNode json(byte[] body) {
        try {
            JsonNode read = JSON.readTree(body);
            return read == null ? JsonNodeFactory.instance.missingNode() : read;
        } catch (IOException e) {
            return JsonNodeFactory.instance.missingNode();
        }
    }
}
