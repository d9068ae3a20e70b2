package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.access.Permission;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Every documented route, called with every kind of credential, on the own organization and on another one's things.
/// Routes come from `/openapi`, so a new one without a rule here fails.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuthorityIT {
    private static final String ADMIN_KEY = "authority-admin-key-0123456789";
    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Set<Integer> REFUSED = Set.of(401, 403, 404);

    /// What the admin key gets on a route.
    private enum AdminGets {
        THROUGH,
        FORBIDDEN,
        UNAUTHENTICATED
    }

    /// Who passes a route.
    ///
    /// @param permission that a scoped key needs; empty: only the admin passes
    /// @param tenant whether a tenant's key passes, for its own data
    private record Rule(Optional<Permission> permission, AdminGets admin, boolean tenant) {}

    private record Route(String method, String path) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    /// An organization with one of everything.
    private record Party(
            String organization,
            String key,
            String tenantKey,
            Map<Permission, String> scoped,
            Map<MemberRole, String> sessions,
            Map<String, String> ids) {}

    @TempDir
    static Path folder;

    private final GreenMail mailbox =
            new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP).dynamicPort());
    private ServerProcess server;
    private List<Route> routes;
    private Party own;
    private Party other;

    @BeforeAll
    void start() throws Exception {
        mailbox.start();
        server = ServerProcess.start(
                        folder,
                        Map.of(
                                "TOLLGATE_DATA", folder.resolve("data").toString(),
                                "TOLLGATE_PORT", ServerProcess.freePort(),
                                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                                "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                                "SMTP_URL",
                                        "smtp://127.0.0.1:" + mailbox.getSmtp().getPort(),
                                "EMAIL_FROM", "Tollgate <no-reply@example.com>",
                                "IP_GUARD", "off",
                                "ADMIN_SECRET_KEY", ADMIN_KEY))
                .awaitReady();
        own = party("own");
        other = party("other");
        routes = documented();
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        mailbox.stop();
    }

    private List<Route> documented() throws IOException, InterruptedException {
        List<Route> found = new ArrayList<>();
        JsonNode paths = JSON.readTree(
                        send("GET", "/openapi.json", Optional.empty(), "").body())
                .path("paths");
        paths.properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (Set.of("get", "post", "put", "patch", "delete").contains(method)) {
                        found.add(new Route(method.toUpperCase(Locale.ROOT), path.getKey()));
                    }
                }));
        assertThat(found).hasSizeGreaterThan(80);
        return found;
    }

    /// The matrix of principals and areas; empty for routes that everybody may call.
    private static Optional<Rule> rule(Route route) {
        String path = route.path();
        boolean read = route.method().equals("GET");
        if (path.startsWith("/api/orgs")) {
            return Optional.of(new Rule(Optional.empty(), AdminGets.FORBIDDEN, false));
        }
        if (!path.startsWith("/api/v1") && !path.startsWith("/admin")) {
            return Optional.empty();
        }
        if (path.startsWith("/api/v1/webhooks/")) {
            return Optional.empty();
        }
        if (path.startsWith("/admin")) {
            return Optional.of(new Rule(Optional.empty(), AdminGets.THROUGH, false));
        }
        String inside = path.replace("/businesses/{bid}", "").substring("/api/v1".length());
        if (inside.isEmpty() || inside.equals("/businesses") || inside.equals("/restore")) {
            return Optional.of(new Rule(Optional.empty(), AdminGets.THROUGH, false));
        }
        if (inside.equals("/stripe-config")) {
            return area(Permission.KEYS_WRITE, AdminGets.THROUGH, false);
        }
        if (inside.contains("/keys") || inside.startsWith("/api-keys")) {
            return area(Permission.KEYS_WRITE, AdminGets.THROUGH, false);
        }
        if (inside.startsWith("/customers")) {
            boolean ownRecord = read && (inside.equals("/customers/{cid}") || inside.endsWith("/machines"));
            return area(read ? Permission.CUSTOMERS_READ : Permission.CUSTOMERS_WRITE, AdminGets.THROUGH, ownRecord);
        }
        if (inside.startsWith("/metrics")) {
            return switch (route.method()) {
                case "GET" ->
                    area(
                            Permission.USAGE_READ,
                            inside.equals("/metrics/{name}") ? AdminGets.UNAUTHENTICATED : AdminGets.FORBIDDEN,
                            true);
                case "PUT" -> area(Permission.EVENTS_WRITE, AdminGets.UNAUTHENTICATED, false);
                default -> area(Permission.CATALOG_WRITE, AdminGets.FORBIDDEN, false);
            };
        }
        if (inside.startsWith("/quotas/check")) {
            return area(Permission.USAGE_READ, AdminGets.FORBIDDEN, true);
        }
        if (inside.startsWith("/quotas")) {
            return area(read ? Permission.USAGE_READ : Permission.CATALOG_WRITE, AdminGets.FORBIDDEN, read);
        }
        if (Stream.of("/plans", "/plan_limits", "/rate-limits", "/price-models", "/price-tiers")
                .anyMatch(inside::startsWith)) {
            return area(read ? Permission.USAGE_READ : Permission.CATALOG_WRITE, AdminGets.FORBIDDEN, false);
        }
        if (inside.equals("/proxy")) {
            return area(Permission.PROXY_USE, AdminGets.FORBIDDEN, true);
        }
        if (inside.startsWith("/reservations") || (inside.startsWith("/events") && !read)) {
            return area(Permission.EVENTS_WRITE, AdminGets.FORBIDDEN, false);
        }
        if (inside.startsWith("/events") || inside.equals("/rejected-events") || inside.equals("/usage")) {
            return area(Permission.USAGE_READ, AdminGets.FORBIDDEN, true);
        }
        if (inside.equals("/prices/calculate")) {
            return area(Permission.USAGE_READ, AdminGets.FORBIDDEN, false);
        }
        if (inside.startsWith("/invoices") || inside.startsWith("/credit-notes") || inside.equals("/reports/billing")) {
            boolean reads = read || inside.equals("/invoices/preview");
            return area(reads ? Permission.BILLING_READ : Permission.BILLING_WRITE, AdminGets.FORBIDDEN, false);
        }
        if (inside.startsWith("/simulations")) {
            return area(Permission.BILLING_READ, AdminGets.FORBIDDEN, false);
        }
        if (inside.startsWith("/snapshots")) {
            return area(read ? Permission.USAGE_READ : Permission.BILLING_WRITE, AdminGets.FORBIDDEN, read);
        }
        if (inside.equals("/subscription/plans")) {
            return Optional.empty();
        }
        if (inside.startsWith("/subscription")) {
            return area(read ? Permission.BILLING_READ : Permission.BILLING_WRITE, AdminGets.FORBIDDEN, false);
        }
        if (inside.equals("/reports/stripe-reconciliation")) {
            return area(Permission.BILLING_READ, AdminGets.FORBIDDEN, false);
        }
        if (inside.startsWith("/reports") || inside.equals("/receipts/verify")) {
            return area(Permission.USAGE_READ, AdminGets.FORBIDDEN, false);
        }
        if (inside.startsWith("/decisions") || inside.equals("/system/health")) {
            return area(Permission.USAGE_READ, AdminGets.FORBIDDEN, true);
        }
        if (inside.startsWith("/webhook-")) {
            return area(Permission.WEBHOOKS_WRITE, AdminGets.FORBIDDEN, false);
        }
        if (inside.equals("/audit-logs")) {
            return area(Permission.AUDIT_READ, AdminGets.THROUGH, false);
        }
        if (inside.equals("/access-tokens") || inside.equals("/team/invitations/accept")) {
            return Optional.of(new Rule(Optional.empty(), AdminGets.FORBIDDEN, false));
        }
        if (inside.startsWith("/team")) {
            return area(read ? Permission.CUSTOMERS_READ : Permission.KEYS_WRITE, AdminGets.FORBIDDEN, false);
        }
        if (inside.equals("/organization")) {
            return Optional.of(new Rule(Optional.empty(), AdminGets.THROUGH, false));
        }
        throw new AssertionError("no rule says who may call " + route);
    }

    private static Optional<Rule> area(Permission permission, AdminGets admin, boolean tenant) {
        return Optional.of(new Rule(Optional.of(permission), admin, tenant));
    }

    @Test
    void withoutAValidCredentialNothingIsToldOrDone() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Route route : routes) {
            if (rule(route).isPresent()) {
                for (String credential :
                        new String[] {"", "Bearer nonsense", "Bearer tk_live_" + "0".repeat(48), "Basic x"}) {
                    expect(wrong, route, own, credential, Set.of(401));
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void aTenantsKeyReadsItsOwnAndUsesTheProxy() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Route route : routes) {
            Optional<Rule> rule = rule(route);
            if (rule.isPresent()) {
                int status = call(route, own, "Bearer " + own.tenantKey()).statusCode();
                boolean admin = route.path().startsWith("/admin");
                boolean right = admin
                        ? status == 401
                        : rule.get().tenant() ? !REFUSED.contains(status) || status == 404 : status == 403;
                if (!right) {
                    wrong.add(route + " answers a tenant's key " + status);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void aScopedKeyDoesWhatItListsAndNothingElse() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Route route : routes) {
            Optional<Permission> needed = rule(route).flatMap(Rule::permission);
            if (needed.isEmpty()) {
                continue;
            }
            for (Map.Entry<Permission, String> key : own.scoped().entrySet()) {
                int status = call(route, own, "Bearer " + key.getValue()).statusCode();
                boolean passes = key.getKey() == needed.get();
                if (passes == (status == 401 || status == 403) && !grants(route, status)) {
                    wrong.add(route + " answers " + key.getKey().word() + " " + status);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// A key that makes keys cannot give them more than it holds: that refusal is not about the route.
    private static boolean grants(Route route, int status) {
        return status == 403
                && route.method().equals("POST")
                && (route.path().endsWith("/keys")
                        || route.path().endsWith("/keys/batch")
                        || route.path().startsWith("/api/v1/api-keys"));
    }

    @Test
    void adminRoutesTakeTheAdminKeyAloneAndOthersAsTheAreaSays() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Route route : routes) {
            Optional<Rule> rule = rule(route);
            if (rule.isEmpty()) {
                continue;
            }
            HttpResponse<String> answer = callAsAdmin(route);
            boolean right = switch (rule.get().admin()) {
                case THROUGH -> answer.statusCode() != 401 && answer.statusCode() != 403;
                case FORBIDDEN -> answer.statusCode() == 403;
                case UNAUTHENTICATED -> answer.statusCode() == 401;
            };
            if (!right) {
                wrong.add(route + " answers the admin " + answer.statusCode() + " " + answer.body());
            }
            if (route.path().startsWith("/admin")) {
                expect(wrong, route, own, "Bearer " + own.key(), Set.of(401));
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// What gateways serve, which take access tokens in place of sessions.
    private static boolean gateway(Route route) {
        return Stream.of("/api/v1/proxy", "/api/v1/reservations", "/api/v1/quotas/check", "/api/v1/decisions")
                        .anyMatch(route.path()::startsWith)
                || (route.path().equals("/api/v1/events") && route.method().equals("POST"))
                || (route.path().startsWith("/api/v1/metrics")
                        && !route.path().endsWith("/history")
                        && Set.of("GET", "PUT").contains(route.method()));
    }

    @Test
    void aMemberDoesWhatItsRoleMay() throws Exception {
        List<String> wrong = new ArrayList<>();
        // An organization of its own, for admins delete what there is to delete.
        Party staff = party("staff");
        for (MemberRole role : MemberRole.values()) {
            String session = staff.sessions().get(role);
            String token = accessToken(session);
            for (Route route : routes) {
                Optional<Rule> rule = rule(route);
                // Whoever leaves is nobody for the routes that follow.
                if (rule.isEmpty() || route.path().endsWith("/leave")) {
                    continue;
                }
                for (String credential : List.of(session, token)) {
                    int status = call(route, staff, "Bearer " + credential).statusCode();
                    boolean refused = status == 401 || status == 403;
                    boolean unknown = gateway(route) == credential.equals(session);
                    boolean right = unknown
                            ? status == 401
                            : rule.get()
                                    .permission()
                                    .map(needed -> role.permissions().contains(needed) != refused)
                                    .orElse(!ofOperator(route) || refused);
                    if (!right) {
                        wrong.add(route + " answers " + role + " " + status);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean ofOperator(Route route) {
        return route.path().startsWith("/admin")
                || Stream.of("/api/v1/businesses", "/api/v1/businesses/{bid}", "/api/v1/businesses/{bid}/restore")
                        .anyMatch(route.path()::equals);
    }

    /// What the running server does with mails: [#team] has invited ten people.
    @Test
    void invitationsAreMailed() throws Exception {
        assertThat(mailbox.waitForIncomingEmail(60_000, 10)).isTrue();

        List<String> recipients = new ArrayList<>();
        for (MimeMessage mail : mailbox.getReceivedMessages()) {
            recipients.add(mail.getAllRecipients()[0].toString());
            assertThat(mail.getContent().toString()).contains("http://localhost:8080/invite?token=");
        }
        assertThat(recipients).contains("own-guest@example.com", "other-guest@example.com");
    }

    @Test
    void aSessionThatIsSignedOutIsNobodys() throws Exception {
        String session = signUp("gone").path("token").asText();
        assertThat(send("POST", "/api/auth/sign-out", Optional.of("Bearer " + session), "")
                        .statusCode())
                .isEqualTo(200);
        List<String> wrong = new ArrayList<>();
        for (Route route : routes) {
            if (rule(route).isPresent()) {
                expect(wrong, route, own, "Bearer " + session, Set.of(401));
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// A browser sends a cookie by itself, whichever page asks it to.
    @Test
    void aCookieChangesNothingForPagesOfOthers() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Route route : routes) {
            if (rule(route).isEmpty() || route.path().startsWith("/admin") || gateway(route)) {
                continue;
            }
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + filled(route, own)))
                    .timeout(Duration.ofSeconds(30))
                    .header("Content-Type", "application/json")
                    .header("Cookie", "tollgate.session=" + own.sessions().get(MemberRole.OWNER))
                    .header("Origin", "https://evil.example")
                    .method(route.method(), HttpRequest.BodyPublishers.ofString("{}"))
                    .build();
            HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            if (!route.method().equals("GET") && !answer.body().contains("CROSS_ORIGIN")) {
                wrong.add(route + " answers a cookie of another page " + answer.statusCode());
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// Whatever names a thing of another organization is refused, and what names none tells nothing of it.
    @Test
    void nobodyReachesTheThingsOfAnotherOrganization() throws Exception {
        List<String> wrong = new ArrayList<>();
        Set<String> secrets = new TreeSet<>(other.ids().values());
        secrets.add(other.organization());
        secrets.removeAll(Set.of("api_calls", "business"));
        String session = own.sessions().get(MemberRole.OWNER);
        List<String> credentials = Stream.concat(
                        Stream.of(own.key(), own.tenantKey(), session, accessToken(session)),
                        own.scoped().values().stream())
                .map(key -> "Bearer " + key)
                .toList();
        for (Route route : routes) {
            if (rule(route).isEmpty()) {
                continue;
            }
            boolean names = route.path().contains("{");
            for (String credential : credentials) {
                HttpResponse<String> answer = call(route, other, credential);
                boolean refused = REFUSED.contains(answer.statusCode()) || answer.statusCode() == 400;
                boolean meterOnly =
                        !route.path().contains("{bid}") && route.path().contains("/metrics/{name}");
                if (names && !meterOnly && !refused) {
                    wrong.add(route + " answers another organization " + answer.statusCode() + " " + answer.body());
                }
                for (String secret : secrets) {
                    if (answer.statusCode() < 300 && answer.body().contains(secret)) {
                        wrong.add(route + " tells another organization " + secret);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private void expect(List<String> wrong, Route route, Party party, String credential, Set<Integer> statuses)
            throws IOException, InterruptedException {
        int status = call(route, party, credential).statusCode();
        if (!statuses.contains(status)) {
            wrong.add(route + " answers '" + credential + "' " + status);
        }
    }

    private HttpResponse<String> call(Route route, Party party, String credential)
            throws IOException, InterruptedException {
        return send(
                route.method(), filled(route, party), Optional.of(credential).filter(text -> !text.isEmpty()), "{}");
    }

    private HttpResponse<String> callAsAdmin(Route route) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + filled(route, own)))
                .timeout(Duration.ofSeconds(30))
                .header("X-Admin-Key", ADMIN_KEY)
                .header("X-Organization-Id", own.organization())
                .header("Content-Type", "application/json");
        // A body that no route takes for complete, so that nothing is deleted or made on the way.
        request.method(
                route.method(),
                Set.of("GET", "DELETE").contains(route.method())
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString("{\"nothing\":true}"));
        if (route.method().equals("DELETE")
                || route.path().endsWith("/restore")
                || route.path().endsWith("/revoke")
                || route.path().endsWith("/rotate")) {
            return send(route.method(), absent(route), Optional.of("admin"), "{}");
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /// The route with ids that nothing has, for what would take something away.
    private String absent(Route route) {
        Matcher matcher = PARAMETER.matcher(route.path());
        return matcher.replaceAll(parameter -> parameter.group(1).equals("bid")
                ? route.path().endsWith("{bid}") || route.path().endsWith("/restore")
                        ? "biz_00000000-0000-4000-8000-000000000000"
                        : own.organization()
                : parameter.group(1).equals("id") ? absentId(route) : "absent");
    }

    /// An id of the right form: routes beside it are not taken for ids.
    private static String absentId(Route route) {
        return route.path().contains("/webhook-endpoints/")
                ? "we_00000000000000000000000000"
                : "00000000-0000-4000-8000-000000000000";
    }

    private String filled(Route route, Party party) {
        Matcher matcher = PARAMETER.matcher(route.path());
        String prefix = route.path().replaceAll("\\{.*", "");
        return matcher.replaceAll(parameter -> switch (parameter.group(1)) {
            case "bid", "business_id" -> party.organization();
            case "id", "event_id" -> party.ids().getOrDefault(prefix, "00000000-0000-4000-8000-000000000000");
            default -> party.ids().getOrDefault(parameter.group(1), "unknown");
        });
    }

    private HttpResponse<String> send(String method, String path, Optional<String> credential, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json");
        credential.ifPresent(text -> {
            if (text.equals("admin")) {
                request.header("X-Admin-Key", ADMIN_KEY).header("X-Organization-Id", own.organization());
            } else {
                request.header("Authorization", text);
            }
        });
        request.method(
                method,
                Set.of("GET", "DELETE").contains(method)
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body));
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /// An organization with a tenant, a key of each kind, and one of each thing that an id can name.
    private Party party(String name) throws Exception {
        Api admin = Api.admin(server.url(), ADMIN_KEY);
        JsonNode owner = signUp(name + "-owner");
        JsonNode organization = made(admin.post(
                "/api/v1/businesses",
                "{\"business_name\":\"" + name + "\",\"email\":\"" + name + "@example.com\",\"user_id\":\""
                        + owner.at("/user/id").asText() + "\"}"));
        String id = organization.path("business_id").asText();
        String key = admin.post(
                        "/api/v1/businesses/" + id + "/keys",
                        "{\"key_type\":\"business\",\"key_name\":\"" + name + "-key\"}")
                .body()
                .path("api_key")
                .asText();
        Api api = admin.withKey(key);
        String tenant = name + "-tenant";
        made(api.post("/api/v1/customers", "{\"customer_id\":\"" + tenant + "\"}"));
        String tenantKey = made(api.post(
                        "/api/v1/customers/" + tenant + "/keys", "{\"key_name\":\"" + name + "-tenant-key\"}"))
                .path("api_key")
                .asText();
        Map<Permission, String> scoped = new EnumMap<>(Permission.class);
        Map<String, String> ids = new LinkedHashMap<>();
        for (Permission permission : Arrays.stream(Permission.values()).collect(Collectors.toList())) {
            JsonNode made = made(api.post(
                    "/api/v1/api-keys", "{\"name\":\"" + name + "\",\"permissions\":[\"" + permission.word() + "\"]}"));
            scoped.put(permission, made.path("key").asText());
        }
        ids.put(
                "/api/v1/api-keys/",
                made(api.post("/api/v1/api-keys", "{\"name\":\"spare\"}"))
                        .path("id")
                        .asText());
        ids.put("/api/v1/webhook-deliveries/", "msg_00000000000000000000000000");
        ids.put("cid", tenant);
        ids.put("name", "api_calls");
        ids.put("keyType", "business");
        ids.put("keyName", name + "-key");
        ids.put(
                "/api/v1/quotas/",
                made(api.post(
                                "/api/v1/quotas",
                                "{\"tenant_id\":\"" + tenant + "\",\"event_type\":\"tokens\",\"limit_value\":100}"))
                        .path("id")
                        .asText());
        ids.put(
                "/api/v1/invoices/",
                made(api.post(
                                "/api/v1/invoices",
                                "{\"tenant_id\":\"" + tenant
                                        + "\",\"period_start\":\"2026-01-01\",\"period_end\":\"2026-02-01\"}"))
                        .path("id")
                        .asText());
        ids.put(
                "runId",
                api.post("/api/v1/invoices/bulk", "{\"period_start\":\"2026-02-01\",\"period_end\":\"2026-03-01\"}")
                        .body()
                        .path("run_id")
                        .asText());
        ids.put(
                "/api/v1/plans/",
                made(api.post("/api/v1/plans", "{\"plan_name\":\"" + name + "-plan\"}"))
                        .path("id")
                        .asText());
        ids.put(
                "/api/v1/plan_limits/",
                made(api.post("/api/v1/plan_limits", "{\"metric_name\":\"api_calls\",\"limit_value\":10}"))
                        .path("id")
                        .asText());
        ids.put(
                "/api/v1/rate-limits/",
                made(api.post("/api/v1/rate-limits", "{\"requests_per_hour\":1000000}"))
                        .path("id")
                        .asText());
        ids.put(
                "/api/v1/reservations/",
                made(api.post(
                                "/api/v1/reservations",
                                "{\"tenant_id\":\"" + tenant + "\",\"event_type\":\"tokens\",\"quantity\":1}"))
                        .path("reservation_id")
                        .asText());
        ids.put(
                "/api/v1/webhook-endpoints/",
                made(api.post("/api/v1/webhook-endpoints", "{\"url\":\"https://hooks.example.com/" + name + "\"}"))
                        .path("id")
                        .asText());
        ids.put(
                "/api/v1/simulations/",
                api.post(
                                "/api/v1/simulations",
                                "{\"from\":\"2026-01-01\",\"to\":\"2026-02-01\",\"candidates\":[{\"name\":\"" + name
                                        + "\",\"price_models\":[{\"event_type\":\"tokens\",\"model\":\"per_unit\","
                                        + "\"unit_price\":1}]}]}")
                        .body()
                        .path("id")
                        .asText());
        assertThat(api.post("/api/v1/events", "{\"tenant_id\":\"" + tenant + "\",\"event_type\":\"tokens\"}")
                        .status())
                .isEqualTo(200);
        ids.put("orgId", id);
        Map<MemberRole, String> sessions = team(name, owner.path("token").asText(), ids);
        return new Party(id, key, tenantKey, scoped, sessions, ids);
    }

    /// A member of each role, and one more whom nobody misses.
    private Map<MemberRole, String> team(String name, String owner, Map<String, String> ids) throws Exception {
        Map<MemberRole, String> sessions = new EnumMap<>(MemberRole.class);
        sessions.put(MemberRole.OWNER, owner);
        for (MemberRole role : List.of(MemberRole.ADMIN, MemberRole.MEMBER, MemberRole.VIEWER)) {
            sessions.put(
                    role, joined(owner, name + "-" + role, role).path("token").asText());
        }
        JsonNode spare = joined(owner, name + "-spare", MemberRole.VIEWER);
        ids.put("memberId", spare.at("/user/id").asText());
        ids.put("/api/v1/team/members/", spare.at("/user/id").asText());
        ids.put(
                "/api/v1/team/invitations/",
                invited(owner, name + "-guest", MemberRole.VIEWER).path("id").asText());
        return sessions;
    }

    private JsonNode signUp(String name) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(
                "POST",
                "/api/auth/sign-up/email",
                Optional.empty(),
                "{\"email\":\"" + name + "@example.com\",\"password\":\"a password of tests\",\"name\":\"" + name
                        + "\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private JsonNode invited(String owner, String name, MemberRole role) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(
                "POST",
                "/api/v1/team/invitations",
                Optional.of("Bearer " + owner),
                "{\"email\":\"" + name + "@example.com\",\"role\":\"" + role + "\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JSON.readTree(answer.body());
    }

    private JsonNode joined(String owner, String name, MemberRole role) throws IOException, InterruptedException {
        String link = invited(owner, name, role).path("invite_url").asText();
        JsonNode user = signUp(name);
        HttpResponse<String> answer = send(
                "POST",
                "/api/v1/team/invitations/accept",
                Optional.of("Bearer " + user.path("token").asText()),
                "{\"token\":\"" + link.substring(link.indexOf("token=") + "token=".length()) + "\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return user;
    }

    /// A token that stands for a session where none is taken, and nowhere else.
    private String accessToken(String session) throws IOException, InterruptedException {
        HttpResponse<String> answer = send("POST", "/api/v1/access-tokens", Optional.of("Bearer " + session), "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JSON.readTree(answer.body()).path("token").asText();
    }

    private static JsonNode made(Api.Answer answer) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
        return answer.body();
    }
}
