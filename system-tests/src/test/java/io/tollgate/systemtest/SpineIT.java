package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.server.replay.Replay;
import io.tollgate.server.replay.TollgateClient;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// The way of an event from POST to PostgreSQL on real data: a web server's log is replayed twice, the server is killed
/// in
/// the middle of the first pass, and every figure is compared with a count by other means. One server, one story; the
/// steps
/// build on each other.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SpineIT {
    private static final String ADMIN_KEY = "system-test-admin-key";
    private static final Path LOG = Path.of("..", "demo", "access.log");
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String MAY_2015 = "start_date=2015-05-01&end_date=2015-05-31";

    private Path folder;
    private ServerProcess server;
    private Api api;
    private String key;
    private Map<String, long[]> truth;
    private String askedBeforeTheKill = "";

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        truth = countByHand();
        server = ServerProcess.start(
                folder,
                Map.of(
                        "TOLLGATE_DATA", folder.resolve("data").toString(),
                        "TOLLGATE_PORT", ServerProcess.freePort(),
                        "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                        "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                        "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                        "ADMIN_SECRET_KEY", ADMIN_KEY));
        server.awaitReady();
        api = Api.admin(server.url(), ADMIN_KEY).newOrganization("spine");
        key = api.credential().substring("Bearer ".length());
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Test
    @Order(1)
    void theLogIsReplayedTwiceWithAKillInTheMiddle() throws Exception {
        CountDownLatch half = new CountDownLatch(1);
        try (var threads = Executors.newSingleThreadExecutor()) {
            Future<Replay.Summary> first = threads.submit(() -> replay(lines -> {
                if (lines >= 4_000) {
                    half.countDown();
                }
            }));
            assertThat(half.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            askedBeforeTheKill = simulation();
            server.kill();
            server.startAgain();
            assertThat(first.get().lines()).isEqualTo(10_000);
        }
        server.awaitReady();
        Replay.Summary second = replay(lines -> {});
        assertThat(second.accepted() + second.duplicate()).isEqualTo(19_331);
        assertThat(second.rejected() + second.unreadable()).isZero();
    }

    @Test
    @Order(2)
    void usageByRestEqualsTheCountByHand() throws Exception {
        assertThat(usage("http_request")).isEqualTo(column(0));
        assertThat(usage("bytes_sent")).isEqualTo(column(1));
        assertThat(column(0).values().stream().reduce(BigDecimal::add)).contains(new BigDecimal(10_000));
        assertThat(column(1).values().stream().reduce(BigDecimal::add)).contains(new BigDecimal(2_747_282_740L));
        assertThat(truth).hasSize(1_753);
    }

    @Test
    @Order(3)
    void everyTenantsCountersEqualTheCountByHand() throws Exception {
        for (Map.Entry<String, long[]> tenant : truth.entrySet()) {
            assertThat(counter(tenant.getKey(), "http_request"))
                    .as("requests of %s", tenant.getKey())
                    .isEqualByComparingTo(BigDecimal.valueOf(tenant.getValue()[0]));
            if (tenant.getValue()[1] > 0) {
                assertThat(counter(tenant.getKey(), "bytes_sent"))
                        .as("bytes of %s", tenant.getKey())
                        .isEqualByComparingTo(BigDecimal.valueOf(tenant.getValue()[1]));
            }
        }
    }

    @Test
    @Order(4)
    void rowsInPostgresEqualTheCountByHand() throws Exception {
        try (Connection connection = DriverManager.getConnection(postgresUrl(), "tollgate", postgresPassword())) {
            assertThat(bySql(
                            connection,
                            "SELECT substr(subject, 8), sum(quantity) FROM usage_events"
                                    + " WHERE meter = 'http_request' GROUP BY 1"))
                    .isEqualTo(column(0));
            assertThat(bySql(
                            connection,
                            "SELECT substr(subject, 8), sum(quantity) FROM usage_events"
                                    + " WHERE meter = 'bytes_sent' GROUP BY 1"))
                    .isEqualTo(column(1));
            assertThat(bySql(
                            connection,
                            "SELECT substr(subject, 8), sum(quantity_sum) FROM counters"
                                    + " WHERE meter = 'http_request' AND window_kind = 'HOUR' GROUP BY 1"))
                    .isEqualTo(column(0));
            assertThat(bySql(
                            connection,
                            "SELECT tenant_id, sum(total_quantity) FROM usage_snapshots"
                                    + " WHERE event_type = 'http_request' GROUP BY 1"))
                    .isEqualTo(column(0));
            assertThat(bySql(
                            connection,
                            "SELECT snapshot_date::text, sum(total_quantity) FROM usage_snapshots"
                                    + " WHERE event_type = 'http_request' GROUP BY 1"))
                    .isEqualTo(Map.of(
                            "2015-05-17", new BigDecimal(1_632),
                            "2015-05-18", new BigDecimal(2_893),
                            "2015-05-19", new BigDecimal(2_896),
                            "2015-05-20", new BigDecimal(2_579)));
        }
    }

    /// A scheduler outside has the days made anew that the sink has kept all along.
    @Test
    @Order(5)
    void theDailyRunFindsNothingToCorrect() throws Exception {
        Api nobody = Api.admin(server.url(), "");
        assertThat(nobody.get("/api/cron/snapshots").body().path("status").asText())
                .isEqualTo("healthy");
        assertThat(nobody.withKey("wrong").post("/api/cron/snapshots", "").status())
                .isEqualTo(401);

        Api cron = nobody.withKey(
                Files.readString(folder.resolve("data").resolve("secrets").resolve("cron-secret"))
                        .strip());
        JsonNode run = cron.get("/api/cron/snapshots?date=2015-05-18").body();

        assertThat(run.path("success").asBoolean()).isTrue();
        assertThat(run.path("results").isMissingNode()).isTrue();
        JsonNode days = api.get("/api/v1/snapshots/aggregate?event_type=http_request&" + MAY_2015)
                .body();
        assertThat(days).hasSize(4);
        assertThat(days.at("/1/period").asText()).isEqualTo("2015-05-18");
        assertThat(days.at("/1/total_quantity").asInt()).isEqualTo(2_893);
        JsonNode ofDay = api.get("/api/v1/snapshots?start_date=2015-05-18&end_date=2015-05-18&limit=1000")
                .body();
        assertThat(run.at("/summary/totalSnapshots").asInt())
                .isGreaterThanOrEqualTo(ofDay.path("snapshots").size())
                .isGreaterThan(100);
        assertThat(cron.post("/api/cron/snapshots?date=2015-05-18", "").body()).isEqualTo(run);
        JsonNode entry = Api.admin(server.url(), ADMIN_KEY)
                .get("/admin/audit-logs?action=CRON_SNAPSHOT_CREATED")
                .body()
                .at("/audit_logs/0");
        assertThat(entry.path("actor_id").asText()).isEqualTo("cron");
        assertThat(entry.at("/details/corrected").asInt(-1)).isZero();
    }

    /// A cent for each request, and two under the prices that might have been. What was asked before the server was
    /// killed has been answered, too.
    @Test
    @Order(6)
    void theMonthIsPricedUnderOtherPrices() throws Exception {
        assertThat(api.post(
                                "/api/v1/price-models",
                                "{\"event_type\":\"http_request\",\"model\":\"per_unit\",\"unit_price\":0.01,"
                                        + "\"effective_from\":\"2000-01-01T00:00:00Z\"}")
                        .status())
                .isEqualTo(201);

        JsonNode answer = answered(simulation());

        JsonNode candidate = answer.at("/candidates/0");
        assertThat(candidate.path("current_total").decimalValue()).isEqualByComparingTo("100");
        assertThat(candidate.path("total").decimalValue()).isEqualByComparingTo("200");
        assertThat(candidate.path("tenant_count").asInt()).isEqualTo(1_753);
        assertThat(candidate.path("losers").asInt()).isEqualTo(1_753);
        for (JsonNode tenant : candidate.path("tenants")) {
            long requests = truth.get(tenant.path("tenant_id").asText())[0];
            assertThat(tenant.path("candidate_total").decimalValue())
                    .isEqualByComparingTo(BigDecimal.valueOf(2 * requests, 2));
        }
        assertThat(candidate.path("tenants")).hasSize(1_000);
        assertThat(answered(askedBeforeTheKill).path("status").asText()).isEqualTo("completed");
    }

    private String simulation() throws Exception {
        Api.Answer asked = api.post(
                "/api/v1/simulations",
                "{\"from\":\"2015-05-01\",\"to\":\"2015-06-01\",\"candidates\":[{\"name\":\"double\",\"price_models\":["
                        + "{\"event_type\":\"http_request\",\"model\":\"per_unit\",\"unit_price\":0.02}]}]}");
        assertThat(asked.status()).isEqualTo(202);
        return asked.body().path("id").asText();
    }

    private JsonNode answered(String id) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            JsonNode answer = api.get("/api/v1/simulations/" + id).body();
            if (!Set.of("pending", "running").contains(answer.path("status").asText())) {
                return answer;
            }
            assertThat(System.nanoTime()).as("the simulation is " + answer).isLessThan(deadline);
            LockSupport.parkNanos(50_000_000);
        }
    }

    @Test
    @Order(7)
    void aStockNodeConsumerReadsEachAcceptedEventOnce() throws Exception {
        Assumptions.assumeTrue(runs("node", "--version") && runs("npm", "--version"), "Node is not installed");
        Path work = folder.resolve("node");
        Files.createDirectories(work);
        for (String file : List.of("package.json", "package-lock.json", "count-accepted.js")) {
            Files.copy(Path.of("src", "test", "node", file), work.resolve(file));
        }
        output(work, "npm", "ci", "--silent", "--no-audit", "--no-fund");
        String printed = output(work, "node", "count-accepted.js", bootstrapServers(), registryUrl());
        JsonNode counted = new ObjectMapper().readTree(printed);
        assertThat(counted.path("count").asInt()).isEqualTo(19_331);
        assertThat(counted.path("distinct").asInt()).isEqualTo(19_331);
        assertThat(counted.path("micro").path("http_request").asText()).isEqualTo("10000000000");
        assertThat(counted.path("micro").path("bytes_sent").asText()).isEqualTo("2747282740000000");
    }

    /// Vector V7h as far as it goes without admission: one event, one id.
    @Test
    @Order(8)
    void aHundredConcurrentPostsOfOneKeyStoreOneEventUnderOneId() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Callable<String> post = () -> {
            go.await();
            Api.Answer answer = api.post(
                    "/api/v1/events",
                    "{\"event_type\":\"race\",\"tenant_id\":\"racer\",\"quantity\":7,\"idempotency_key\":\"one\"}");
            assertThat(answer.status()).isEqualTo(200);
            return answer.body().path("event_id").asText();
        };
        List<Future<String>> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 100; i++) {
                answers.add(threads.submit(post));
            }
            go.countDown();
        }
        List<String> ids = new ArrayList<>();
        for (Future<String> answer : answers) {
            ids.add(answer.get());
        }
        assertThat(ids).hasSize(100).containsOnly(ids.getFirst());
        assertThat(counter("racer", "race")).isEqualByComparingTo("7");
        JsonNode events = fresh("/api/v1/events?tenant_id=racer").path("events");
        assertThat(events).hasSize(1);
        assertThat(events.path(0).path("id").asText()).isEqualTo(ids.getFirst());
    }

    @Test
    @Order(9)
    void anotherOrganizationSeesNothingOfIt() throws Exception {
        Api other = Api.admin(server.url(), ADMIN_KEY).newOrganization("other");
        assertThat(other.get("/api/v1/events").body().path("total").asInt()).isZero();
        assertThat(other.get("/api/v1/metrics/race?scope=customer&customer_id=racer")
                        .status())
                .isEqualTo(404);
        assertThat(api.withKey("tk_live_" + "0".repeat(48))
                        .get("/api/v1/events")
                        .status())
                .isEqualTo(401);
    }

    /// The stored events of a month, divided in each way that is offered, come to the same.
    @Test
    @Order(10)
    void usageAddsUpHoweverItIsDivided() throws Exception {
        String all = "/api/v1/usage?event_type=http_request&" + MAY_2015;
        for (String division : List.of("", "&group_by=day", "&window=hour", "&window=day", "&window=month")) {
            BigDecimal total = BigDecimal.ZERO;
            for (JsonNode row : fresh(all + division).path("usage")) {
                total = total.add(new BigDecimal(row.path("total_quantity").asText()));
            }
            assertThat(total).as(division).isEqualByComparingTo("10000");
        }
        JsonNode hours = fresh(all + "&window=hour").path("usage");
        assertThat(hours).hasSize(31 * 24);
        assertThat(hours.get(0).path("total_quantity").asInt()).isZero();
        JsonNode days = fresh("/api/v1/usage?event_type=http_request&window=day&time_zone=America/New_York"
                        + "&start_date=2015-05-16&end_date=2015-05-21")
                .path("usage");
        assertThat(days.get(0).path("window_start").asText()).isEqualTo("2015-05-16T04:00:00Z");
        // Midnight in New York is no midnight of the log: the days differ, their sum does not.
        assertThat(days.findValuesAsText("total_quantity").stream()
                        .mapToInt(Integer::parseInt)
                        .sum())
                .isEqualTo(10_000);
        JsonNode report = fresh("/api/v1/reports/organization?" + MAY_2015);
        assertThat(report.path("tenant_count").asInt()).isEqualTo(1_753 + 1);
        assertThat(report.path("usage").path("total_events").asInt()).isEqualTo(19_331);
    }

    @Test
    @Order(11)
    void aReceiptIsCheckedAndItsEventsAreFound() throws Exception {
        assertThat(api.post(
                                "/api/v1/quotas",
                                "{\"tenant_id\":\"p\",\"event_type\":\"paid\",\"limit_value\":4,\"limit_type\":\"DAILY\"}")
                        .status())
                .isEqualTo(201);
        JsonNode answer = api.post(
                        "/api/v1/events?receipt=true",
                        "{\"events\":[{\"event_type\":\"paid\",\"tenant_id\":\"p\",\"idempotency_key\":\"1\"},"
                                + "{\"event_type\":\"paid\",\"tenant_id\":\"q\",\"idempotency_key\":\"2\"}]}")
                .body();
        String ids = answer.path("event_ids").toString();
        String receipt = answer.path("receipt").toString();

        JsonNode checked = api.post(
                        "/api/v1/receipts/verify", "{\"receipt\":" + receipt + ",\"event_ids\":" + ids + "}")
                .body();
        assertThat(checked.path("valid").asBoolean()).as(checked.toString()).isTrue();
        assertThat(checked.path("events").findValuesAsText("status")).containsExactly("ACCEPTED", "ACCEPTED");
        assertThat(checked.path("events").get(0).path("counted").asBoolean()).isTrue();
        JsonNode fromLog = api.post("/api/v1/receipts/verify", "{\"receipt\":" + receipt + "}")
                .body();
        assertThat(fromLog.path("events").findValuesAsText("event_id"))
                .as(fromLog.toString())
                .containsExactlyInAnyOrder(
                        answer.path("event_ids").get(0).asText(),
                        answer.path("event_ids").get(1).asText());
        JsonNode forged = api.post(
                        "/api/v1/receipts/verify",
                        "{\"receipt\":" + receipt.replace("\"events\":2", "\"events\":3") + ",\"event_ids\":" + ids
                                + "}")
                .body();
        assertThat(forged.path("valid").asBoolean()).isFalse();
        assertThat(forged.path("events")).isEmpty();
        Api other = Api.admin(server.url(), ADMIN_KEY).newOrganization("receiptless");
        assertThat(other.post("/api/v1/receipts/verify", "{\"receipt\":" + receipt + ",\"event_ids\":" + ids + "}")
                        .status())
                .isEqualTo(403);

        JsonNode event =
                fresh("/api/v1/events/" + answer.path("event_ids").get(0).asText());
        assertThat(event.path("status").asText()).isEqualTo("ACCEPTED");
        assertThat(event.path("log").path("topic").asText()).isEqualTo("tollgate.usage-events");
        JsonNode hot = fresh("/api/v1/reports/hot-tenants?event_type=paid").path("tenants");
        assertThat(hot.findValuesAsText("tenant_id")).containsExactly("p", "q");
        assertThat(hot.get(0).path("events_per_min").asText()).isEqualTo("0.2");
        assertThat(hot.get(0).path("quota_usage_pct").asInt()).isEqualTo(25);
        assertThat(hot.get(1).path("quota_usage_pct").isNull()).isTrue();
    }

    @Test
    @Order(12)
    void whatWasChangedByHandIsFound() throws Exception {
        Api admin = Api.admin(server.url(), ADMIN_KEY);
        JsonNode healthy = admin.get("/admin/v1/divergence?limit=2000").body();
        assertThat(healthy.path("counters_checked").asInt())
                .as(healthy.toString())
                .isEqualTo(2_000);
        assertThat(healthy.path("counters_skipped").asInt()).isZero();
        assertThat(healthy.path("mismatches")).isEmpty();

        Api compared = admin.newOrganization("compared");
        String organization =
                compared.get("/api/v1/organization").body().path("business_id").asText();
        for (String tenant : List.of("a", "b")) {
            assertThat(compared.post(
                                    "/api/v1/events",
                                    "{\"event_type\":\"calls\",\"tenant_id\":\"" + tenant
                                            + "\",\"quantity\":2.5,\"timestamp\":\"2026-03-01T10:30:00Z\"}")
                            .status())
                    .isEqualTo(200);
        }
        String ofCompared = "/admin/v1/divergence?business_id=" + organization;
        compared.get("/api/v1/events");
        assertThat(admin.get(ofCompared).body().path("counters_checked").asInt())
                .isEqualTo(2);
        changed("UPDATE usage_events SET quantity = 3 WHERE tenant_id = 'b' AND organization_id = '" + organization
                + "'");

        JsonNode found = admin.get(ofCompared).body();

        assertThat(found.path("mismatches")).as(found.toString()).hasSize(1);
        JsonNode mismatch = found.path("mismatches").get(0);
        assertThat(mismatch.path("tenant_id").asText()).isEqualTo("b");
        assertThat(mismatch.path("window_start").asText()).isEqualTo("2026-03-01T10:00:00Z");
        assertThat(mismatch.path("counter").toString()).isEqualTo("{\"total_quantity\":2.5,\"event_count\":1}");
        assertThat(mismatch.path("stored_events").toString()).isEqualTo("{\"total_quantity\":3,\"event_count\":1}");
        assertThat(mismatch.path("stored_counter").path("total_quantity").asText())
                .isEqualTo("2.5");
        changed("UPDATE usage_events SET quantity = 2.5 WHERE tenant_id = 'b' AND organization_id = '" + organization
                + "'");
        changed("DELETE FROM counters WHERE subject = 'tenant:a' AND organization_id = '" + organization + "'");
        assertThat(admin.get(ofCompared).body().path("mismatches").findValuesAsText("tenant_id"))
                .containsExactly("a");
    }

    @Test
    @Order(13)
    void whatWasCountedIsTakenOutAndReplaced() throws Exception {
        new CorrectionsWalk(Api.admin(server.url(), ADMIN_KEY)).walk();
    }

    @Test
    @Order(14)
    void everybodyWithAKeyIsToldHowTheInstallationDoes() throws Exception {
        JsonNode health = api.get("/api/v1/system/health").body();
        for (String part : List.of("database", "log", "counters")) {
            assertThat(health.path(part).asText()).as(health.toString()).isEqualTo("healthy");
        }
        assertThat(health.path("sink_lag_ms").isIntegralNumber())
                .as(health.toString())
                .isTrue();
    }

    @Test
    @Order(15)
    void aTenantIsInvoiced() throws Exception {
        new InvoiceWalk(Api.admin(server.url(), ADMIN_KEY), server.url()).walk();
    }

    /// A month of the log, priced by tiers and packages, with the server killed while it makes the invoices.
    @Test
    @Order(16)
    void aMonthIsInvoicedOnceThoughTheServerDiesOverIt() throws Exception {
        String always = "\"effective_from\":\"2015-01-01T00:00:00Z\"";
        price("{\"event_type\":\"bytes_sent\",\"model\":\"graduated\"," + always
                + ",\"tiers\":[{\"min_quantity\":0,\"max_quantity\":100000,\"unit_price\":0},"
                + "{\"min_quantity\":100000,\"max_quantity\":1000000,\"unit_price\":0.00001},"
                + "{\"min_quantity\":1000000,\"max_quantity\":null,\"unit_price\":0.000002}]}");
        price("{\"event_type\":\"http_request\",\"model\":\"package\"," + always
                + ",\"package_size\":10,\"package_price\":0.15,\"included_units\":5}");
        String period = "\"period_start\":\"2015-05-01\",\"period_end\":\"2015-06-01\"";
        String run = api.post("/api/v1/invoices/bulk", "{" + period + ",\"finalize\":true}")
                .body()
                .path("run_id")
                .asText();
        awaitDone(run, 500);
        server.kill();
        makeAStoreUnreadable();
        server.startAgain();
        server.awaitReady();
        awaitDone(run, truth.size());
        String some = truth.keySet().stream().limit(50).collect(Collectors.joining("\",\"", "[\"", "\"]"));
        String again = api.post("/api/v1/invoices/bulk", "{" + period + ",\"tenant_ids\":" + some + "}")
                .body()
                .path("run_id")
                .asText();
        awaitDone(again, 50);

        JsonNode report = api.get("/api/v1/reports/billing?start_date=2015-05-01&end_date=2015-05-31")
                .body();
        assertThat(report.at("/summary/invoice_count").asLong()).isEqualTo(1_753);
        assertThat(report.at("/summary/total_billed").decimalValue()).isEqualByComparingTo(billedByHand());
        assertThat(strings("SELECT count(*)::text FROM invoices WHERE period_start = '2015-05-01Z'"))
                .containsExactly("1753");
        assertThat(strings("SELECT max(right(invoice_number, 6)) FROM invoices WHERE period_start = '2015-05-01Z'"))
                .containsExactly("001753");
        assertThat(strings("SELECT sum(leaf_count)::text FROM invoices WHERE period_start = '2015-05-01Z'"))
                .containsExactly("19331");
        // No event is covered twice, and none by nobody.
        assertThat(strings("""
                        SELECT count(*)::text FROM usage_events AS e
                        LEFT JOIN invoice_coverage AS c ON c.organization_id = e.organization_id
                            AND c.tenant_id = e.tenant_id AND c.event_times @> e.occurred_at
                            AND c.log_offsets @> e.log_offset
                        WHERE e.occurred_at >= '2015-05-01' AND e.occurred_at < '2015-06-01'
                          AND e.meter IN ('http_request', 'bytes_sent')
                        HAVING count(*) <> count(DISTINCT e.event_id) OR count(*) <> count(c.invoice_id)
                        """)).isEmpty();
    }

    @Test
    @Order(17)
    void theAuditHoldsUntilARowIsChanged() throws Exception {
        Path bundle = folder.resolve("books.gz");
        ServerProcess.Ran whole = server.command("audit", "--export", bundle.toString());
        assertThat(whole.printed()).contains("1,754 invoices with 19,333 events: everything balances.");
        assertThat(whole.exitCode()).isZero();
        ServerProcess.Ran elsewhere = server.command("audit", "--bundle", bundle.toString());
        assertThat(elsewhere.printed()).contains("1,754 invoices with 19,333 events: everything balances.");

        String event = strings("SELECT event_id FROM usage_events WHERE meter = 'bytes_sent' AND quantity > 0"
                        + " AND occurred_at < '2015-06-01' ORDER BY event_id LIMIT 1")
                .getFirst();
        changed("UPDATE usage_events SET quantity = quantity + 0.000001 WHERE event_id = '" + event + "'");
        ServerProcess.Ran changed = server.command("audit");
        assertThat(changed.printed()).contains(event, "findings.");
        assertThat(changed.exitCode()).isEqualTo(1);
        changed("UPDATE usage_events SET quantity = quantity - 0.000001 WHERE event_id = '" + event + "'");
    }

    private void price(String model) throws Exception {
        assertThat(api.post("/api/v1/price-models", model).status()).isEqualTo(201);
    }

    private void awaitDone(String run, long tenants) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        JsonNode progress;
        do {
            assertThat(System.nanoTime()).as("run %s", run).isLessThan(deadline);
            progress = api.get("/api/v1/invoices/runs/" + run + "?limit=1").body();
        } while (progress.path("done").asLong() < tenants);
    }

    /// What the month costs, added up from the stored events in SQL: each tenant's meters rounded by themselves.
    private BigDecimal billedByHand() throws Exception {
        return new BigDecimal(strings("""
                        SELECT sum(CASE meter
                            WHEN 'bytes_sent' THEN round(
                                greatest(0, least(q, 1000000) - 100000) * 0.00001 + greatest(0, q - 1000000) * 0.000002, 2)
                            ELSE round(ceil(greatest(0, q - 5) / 10) * 0.15, 2) END)::text
                        FROM (SELECT subject, meter, sum(quantity) AS q FROM usage_events
                              WHERE occurred_at >= '2015-05-01' AND occurred_at < '2015-06-01'
                                AND meter IN ('http_request', 'bytes_sent')
                              GROUP BY subject, meter) AS used
                        """).getFirst());
    }

    /// As a process leaves it that is killed while it deletes a partition's stores.
    private void makeAStoreUnreadable() throws IOException {
        List<Path> manifests;
        try (Stream<Path> files = Files.walk(folder.resolve("data/streams"))) {
            manifests = files.filter(file -> file.getFileName().toString().startsWith("MANIFEST-"))
                    .toList();
        }
        assertThat(manifests).isNotEmpty();
        Files.delete(manifests.getFirst());
    }

    @Test
    @Order(18)
    void aStoreThatCouldNotBeOpenedWasRestoredFromTheLog() throws Exception {
        everyTenantsCountersEqualTheCountByHand();
    }

    @Test
    @Order(19)
    void sigtermEndsEverythingAndNothingKeepsRunning() throws Exception {
        Duration took = server.terminate();
        assertThat(took).isLessThan(Duration.ofSeconds(15));
        String data = folder.resolve("data").toString();
        assertThat(ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info().commandLine().orElse("").contains(data)))
                .isEmpty();
    }

    private interface Progress {
        void at(long lines);
    }

    private Replay.Summary replay(Progress progress) throws IOException {
        return Replay.run(
                LOG,
                TollgateClient.withKey(server.url(), key, PATIENCE, why -> {}),
                server.url(),
                key,
                folder.resolve("replay"),
                new Replay.Listener() {
                    @Override
                    public void progressed(long lines, long total) {
                        progress.at(lines);
                    }

                    @Override
                    public void refused(long lineNumber, String why) {
                        throw new AssertionError("line " + lineNumber + ": " + why);
                    }
                });
    }

    /// As awk would: fields split at blanks, the first is the client, the tenth the size.
    private static Map<String, long[]> countByHand() throws IOException {
        Map<String, long[]> counted = new TreeMap<>();
        for (String line : Files.readAllLines(LOG, StandardCharsets.ISO_8859_1)) {
            String[] fields = line.split(" ");
            long[] sums = counted.computeIfAbsent(fields[0], client -> new long[2]);
            sums[0]++;
            if (!fields[9].equals("-")) {
                sums[1] += Long.parseLong(fields[9]);
            }
        }
        return counted;
    }

    private Map<String, BigDecimal> column(int index) {
        Map<String, BigDecimal> column = new TreeMap<>();
        truth.forEach((tenant, sums) -> {
            if (sums[index] > 0) {
                column.put(tenant, BigDecimal.valueOf(sums[index]));
            }
        });
        return column;
    }

    private Map<String, BigDecimal> usage(String meter) throws Exception {
        Map<String, BigDecimal> usage = new TreeMap<>();
        for (JsonNode row : fresh("/api/v1/usage?group_by=tenant&limit=10000&event_type=" + meter + "&" + MAY_2015)
                .path("usage")) {
            usage.put(
                    row.path("tenant_id").asText(),
                    new BigDecimal(row.path("total_quantity").asText()));
        }
        return usage;
    }

    /// Asks until the answer includes everything that was written; each call waits up to two seconds itself.
    private JsonNode fresh(String path) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Api.Answer answer = api.get(path);
        while (answer.stale() && System.nanoTime() - deadline < 0) {
            answer = api.get(path);
        }
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        assertThat(answer.stale()).isFalse();
        return answer.body();
    }

    private BigDecimal counter(String tenant, String meter) throws Exception {
        Api.Answer answer = api.get("/api/v1/metrics/" + meter + "?scope=customer&customer_id=" + Api.encoded(tenant));
        assertThat(answer.status()).as(tenant + ": " + answer.body()).isEqualTo(200);
        return new BigDecimal(answer.body().path("current_value").asText());
    }

    private static Map<String, BigDecimal> bySql(Connection connection, String sql) throws Exception {
        Map<String, BigDecimal> rows = new TreeMap<>();
        try (ResultSet result = connection.createStatement().executeQuery(sql)) {
            while (result.next()) {
                rows.put(result.getString(1), result.getBigDecimal(2).setScale(0));
            }
        }
        return rows;
    }

    private List<String> strings(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(postgresUrl(), "tollgate", postgresPassword());
                ResultSet rows = connection.createStatement().executeQuery(sql)) {
            List<String> strings = new ArrayList<>();
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
            return strings;
        }
    }

    private void changed(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(postgresUrl(), "tollgate", postgresPassword())) {
            assertThat(connection.createStatement().executeUpdate(sql)).isPositive();
        }
    }

    private String postgresUrl() {
        return "jdbc:postgresql://127.0.0.1:" + server.setting("TOLLGATE_POSTGRES_PORT") + "/tollgate";
    }

    private String postgresPassword() throws IOException {
        return Files.readString(folder.resolve("data").resolve("secrets").resolve("postgres-password"))
                .strip();
    }

    private String bootstrapServers() {
        return "127.0.0.1:" + server.setting("TOLLGATE_KAFKA_PORT");
    }

    private String registryUrl() {
        return "http://127.0.0.1:" + server.setting("TOLLGATE_REGISTRY_PORT");
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static String output(Path folder, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + "\n" + printed)
                .isZero();
        return printed.strip();
    }
}
