package io.tollgate.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.server.config.Settings;
import io.tollgate.server.logging.Logging;
import io.tollgate.server.replay.TollgateClient;
import io.tollgate.server.runtime.Instance;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tollgate demo`: the whole way of an event on real data, in one command.
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Start the server, create an organization, replay a real access log, and print the top tenants.",
            "Run again, it replays the same log for the same organization: the figures stay the same."
        })
final class DemoCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Path LOG = Path.of("demo", "access.log");
    private static final int TENANTS_SHOWN = 10;
    /// The demo log is of May 2015.
    private static final String PERIOD = "start_date=2015-05-01&end_date=2015-05-31";

    @Option(names = "--exit", description = "Stop the server and leave when the figures are printed.")
    private boolean exit;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /// The demo's organization and its key, kept so that a second demo is a second pass.
    private record Account(String organizationId, String key) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Settings settings = Settings.load();
        Logging.apply(settings.logFormat(), settings.logLevel());
        Instance instance = UpCommand.startInstance(settings, out);
        if (!instance.awaitReady(PATIENCE)) {
            throw new CommandFailure("the server did not become ready: " + instance.notReady());
        }
        String url = instance.endpoints().url();
        String adminKey = instance.endpoints()
                .adminKey()
                .orElseThrow(() -> new CommandFailure("set ADMIN_SECRET_KEY: the demo creates an organization"));
        Account account = account(settings.data().resolve("demo.properties"), url, adminKey, out);
        ReplayCommand.replay(
                projectFile(LOG), url, account.key(), settings.data().resolve("replay"), PATIENCE, out);
        report(TollgateClient.withKey(url, account.key(), PATIENCE, why -> {}), out);
        if (exit) {
            return 0;
        }
        Welcome.print(out, instance.endpoints(), settings, Duration.ZERO);
        out.printf("%nThe demo's organization is %s, its key %s%n", account.organizationId(), account.key());
        out.println("The server goes on running; Ctrl-C stops it.");
        out.flush();
        new CountDownLatch(1).await();
        return 0;
    }

    /// Relative to the project when the command is run from elsewhere.
    private static Path projectFile(Path file) {
        String project = System.getProperty("tollgate.project");
        return Files.exists(file) || project == null ? file : Path.of(project).resolve(file);
    }

    private static Account account(Path stored, String url, String adminKey, PrintWriter out) throws IOException {
        if (Files.exists(stored)) {
            Properties properties = new Properties();
            try (Reader in = Files.newBufferedReader(stored, StandardCharsets.UTF_8)) {
                properties.load(in);
            }
            return new Account(properties.getProperty("organization"), properties.getProperty("key"));
        }
        ObjectMapper json = new ObjectMapper();
        TollgateClient admin = TollgateClient.asAdmin(url, adminKey, PATIENCE, why -> {});
        String organizationId = created(admin.post(
                        "api/v1/businesses",
                        json.createObjectNode().put("business_name", "Demo").put("email", "demo@example.com")))
                .path("business_id")
                .asText();
        String key = created(admin.post(
                        "api/v1/businesses/" + organizationId + "/keys",
                        json.createObjectNode().put("key_type", "business").put("key_name", "demo")))
                .path("api_key")
                .asText();
        UpCommand.say(out, "organization " + organizationId + " is created");
        Properties properties = new Properties();
        properties.setProperty("organization", organizationId);
        properties.setProperty("key", key);
        Files.createFile(stored, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (Writer to = Files.newBufferedWriter(stored, StandardCharsets.UTF_8)) {
            properties.store(to, null);
        }
        return new Account(organizationId, key);
    }

    private static JsonNode created(TollgateClient.Answer answer) {
        if (answer.status() != 201) {
            throw new CommandFailure("the server refuses: " + answer.complaint());
        }
        return answer.body();
    }

    private record Tenant(String id, BigDecimal requests, BigDecimal bytes) {}

    private void report(TollgateClient client, PrintWriter out) throws IOException {
        List<Tenant> tenants = new ArrayList<>();
        JsonNode requests = usage(client, "http_request", out);
        JsonNode bytes = usage(client, "bytes_sent", out);
        BigDecimal allRequests = BigDecimal.ZERO;
        BigDecimal allBytes = BigDecimal.ZERO;
        for (JsonNode row : requests) {
            String id = row.path("tenant_id").asText();
            BigDecimal sent = BigDecimal.ZERO;
            for (JsonNode other : bytes) {
                if (other.path("tenant_id").asText().equals(id)) {
                    sent = new BigDecimal(other.path("total_quantity").asText());
                }
            }
            BigDecimal made = new BigDecimal(row.path("total_quantity").asText());
            tenants.add(new Tenant(id, made, sent));
            allRequests = allRequests.add(made);
            allBytes = allBytes.add(sent);
        }
        tenants.sort(Comparator.comparing(Tenant::requests).reversed().thenComparing(Tenant::id));
        out.printf(Locale.ROOT, "%n%-20s %12s %18s%n", "tenant", "requests", "bytes");
        tenants.stream()
                .limit(TENANTS_SHOWN)
                .forEach(tenant -> out.printf(
                        Locale.ROOT, "%-20s %,12.0f %,18.0f%n", tenant.id(), tenant.requests(), tenant.bytes()));
        out.printf(
                Locale.ROOT,
                "%-20s %,12.0f %,18.0f%n",
                "all " + String.format(Locale.ROOT, "%,d", tenants.size()) + " tenants",
                allRequests,
                allBytes);
        out.flush();
    }

    /// The usage of a meter by tenant, once it includes everything that was replayed. The server itself waits two
    /// seconds a
    /// call before it answers that it is behind.
    private static JsonNode usage(TollgateClient client, String meter, PrintWriter out) throws IOException {
        String path = "api/v1/usage?group_by=tenant&limit=10000&event_type=" + meter + "&" + PERIOD;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        TollgateClient.Answer answer = client.get(path);
        while (answer.stale() && System.nanoTime() - deadline < 0) {
            UpCommand.say(out, "waiting until everything is counted and stored");
            answer = client.get(path);
        }
        if (answer.status() != 200) {
            throw new CommandFailure("usage cannot be read: " + answer.complaint());
        }
        return answer.body().path("usage");
    }
}
