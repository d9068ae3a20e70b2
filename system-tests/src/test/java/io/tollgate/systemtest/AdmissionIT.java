package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Quotas as a caller meets them: the answer to an event says at once whether it is new and whether it fits. One
/// server with all roles; each test has tenants of its own. The last test kills the server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AdmissionIT {
    private static final String ADMIN_KEY = "system-test-admin-key";
    private static final String METER = "calls";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int LAST = 99;

    private Path folder;
    private ServerProcess server;
    private Api admin;
    private Api api;
    private final AtomicInteger tenants = new AtomicInteger();

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        server = ServerProcess.start(
                        folder,
                        Map.of(
                                "TOLLGATE_DATA", folder.resolve("data").toString(),
                                "TOLLGATE_PORT", ServerProcess.freePort(),
                                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                                "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                                "ADMIN_SECRET_KEY", ADMIN_KEY))
                .awaitReady();
        admin = Api.admin(server.url(), ADMIN_KEY);
        api = admin.newOrganization("admission");
        awaitOpen();
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    /// Table V8, single events. 480 is used before unless the row says otherwise.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        case                     | quota                                                       | used | event     | status | warning          | then
        hard, fits               | "enforcement_mode":"HARD"                                   | 480  | 20        | 200    |                  | 500
        hard, a millionth over   | "enforcement_mode":"HARD"                                   | 480  | 20.000001 | 403    |                  | 480
        hard ignores overage     | "enforcement_mode":"HARD","overage_allowed":50              | 480  | 21        | 403    |                  | 480
        soft, within overage     | "enforcement_mode":"SOFT","overage_allowed":50              | 480  | 70        | 200    | QUOTA_OVERAGE    | 550
        soft, beyond overage     | "enforcement_mode":"SOFT","overage_allowed":50              | 480  | 71        | 403    |                  | 480
        soft without overage     | "enforcement_mode":"SOFT"                                   | 480  | 21        | 403    |                  | 480
        disabled                 | "enforcement_mode":"DISABLED"                               | 480  | 1000      | 200    |                  | 1480
        grace end ahead          | "grace_period_end":"2999-01-01T00:00:00Z"                   | 480  | 100       | 200    | QUOTA_GRACE      | 580
        grace end behind         | "grace_period_end":"2001-01-01T00:00:00Z"                   | 480  | 100       | 403    |                  | 480
        grace hours start        | "grace_period_hours":24                                     | 480  | 21        | 200    | QUOTA_GRACE      | 501
        at the soft limit        | "soft_limit_percent":90                                     | 440  | 10        | 200    |                  | 450
        past the soft limit      | "soft_limit_percent":90                                     | 440  | 10.5      | 200    | QUOTA_SOFT_LIMIT | 450.5
        soft value beats percent | "soft_limit_percent":10,"soft_limit_value":450              | 440  | 10        | 200    |                  | 450
        daily window             | "limit_type":"DAILY"                                        | 480  | 21        | 403    |                  | 480
        thirty days              | "limit_type":"ROLLING_30D"                                  | 480  | 21        | 403    |                  | 480
        """)
    @Order(1)
    void oneEventMeetsItsQuota(
            String name, String quota, String used, String quantity, int status, String warning, String then)
            throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":500," + quota + "}");
        use(tenant, used);

        Api.Answer answer = report(tenant, quantity);

        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(status);
        if (status == 403) {
            assertThat(answer.body().path("code").asText()).isEqualTo("QUOTA_EXCEEDED");
            JsonNode details = answer.body().path("details");
            assertThat(decimal(details.path("limit"))).isEqualByComparingTo("500");
            assertThat(decimal(details.path("current"))).isEqualByComparingTo(used);
            assertThat(decimal(details.path("requested"))).isEqualByComparingTo(quantity);
            assertThat(details.path("decision_id").asText()).startsWith("dec_");
        } else {
            assertThat(answer.body().path("deduplicated").asBoolean(true)).isFalse();
            assertThat(codes(answer))
                    .as(answer.body().toString())
                    .isEqualTo(warning == null ? List.of() : List.of(warning));
        }
        if (warning != null) {
            assertThat(decimal(answer.body().path("warnings").path(0).path("current")))
                    .isEqualByComparingTo(then);
        }
        assertThat(current(tenant)).isEqualByComparingTo(then);
        assertThat(counted(tenant)).isEqualByComparingTo(then);
    }

    @Test
    @Order(2)
    void graceGoesOnOnceItHasStarted() throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":500,\"grace_period_hours\":24}");
        use(tenant, "480");

        assertThat(codes(report(tenant, "21"))).containsExactly("QUOTA_GRACE");
        Api.Answer second = report(tenant, "5");

        assertThat(codes(second)).containsExactly("QUOTA_GRACE");
        Instant end = Instant.parse(
                second.body().path("warnings").path(0).path("grace_period_end").asText());
        assertThat(end)
                .isBetween(
                        Instant.now().plus(Duration.ofHours(23)), Instant.now().plus(Duration.ofHours(24)));
        assertThat(counted(tenant)).isEqualByComparingTo("506");
    }

    @Test
    @Order(3)
    void aBatchFitsAsAWholeOrNotAtAll() throws Exception {
        String tenant = used480();

        Api.Answer denied = batch(false, event(tenant, "12"), event(tenant, "9"), event(tenant, "8"));

        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.body().path("violations")).hasSize(1);
        JsonNode violation = denied.body().path("violations").path(0);
        assertThat(violation.path("tenant_id").asText()).isEqualTo(tenant);
        JsonNode details = violation.path("error").path("details");
        assertThat(decimal(details.path("current"))).isEqualByComparingTo("480");
        assertThat(decimal(details.path("requested"))).isEqualByComparingTo("29");
        assertThat(counted(tenant)).isEqualByComparingTo("480");
    }

    @Test
    @Order(4)
    void aBatchIsRefusedForAllItsTenantsTogether() throws Exception {
        String full = used480();
        List<String> empty = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            empty.add(tenant("{\"event_type\":\"calls\",\"limit_value\":10}"));
        }
        List<String> events = new ArrayList<>();
        empty.forEach(tenant -> events.add(event(tenant, "10")));
        events.add(event(full, "21"));

        assertThat(batch(false, events.toArray(String[]::new)).status()).isEqualTo(403);

        // What the others held for it is free again, and at once.
        for (String tenant : empty) {
            assertThat(report(tenant, "10").status()).isEqualTo(200);
        }
    }

    @Test
    @Order(5)
    void aPartialBatchIsJudgedOneByOne() throws Exception {
        String tenant = used480();

        Api.Answer answer = batch(true, event(tenant, "12"), event(tenant, "9"), event(tenant, "8"));

        assertThat(answer.status()).isEqualTo(207);
        assertThat(answer.body().path("new_events").asInt()).isEqualTo(2);
        assertThat(answer.body().path("failed").asInt()).isEqualTo(1);
        JsonNode failed = answer.body().path("events").path(1);
        assertThat(failed.path("index").asInt()).isEqualTo(1);
        assertThat(failed.path("error").path("code").asText()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(counted(tenant)).isEqualByComparingTo("500");
    }

    @Test
    @Order(6)
    void duplicatesTakeNothing() throws Exception {
        String tenant = used480();

        Api.Answer answer = batch(false, event(tenant, "12", "k"), event(tenant, "12", "k"), event(tenant, "8"));

        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        assertThat(answer.body().path("new_events").asInt()).isEqualTo(2);
        assertThat(answer.body().path("deduplicated").asInt()).isEqualTo(1);
        assertThat(counted(tenant)).isEqualByComparingTo("500");
        Api.Answer again = post(event(tenant, "12", "k"));
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.body().path("deduplicated").asBoolean()).isTrue();
        assertThat(counted(tenant)).isEqualByComparingTo("500");
    }

    @Test
    @Order(7)
    void ofSixtyFourCallersAtOnceExactlyTwentyAreAdmitted() throws Exception {
        String tenant = used480();

        List<Api.Answer> answers = atOnce(64, caller -> report(tenant, "1"));

        assertThat(answers.stream().filter(answer -> answer.status() == 200)).hasSize(20);
        assertThat(answers.stream().filter(answer -> answer.status() == 403)).hasSize(44);
        assertThat(counted(tenant)).isEqualByComparingTo("500");
    }

    @Test
    @Order(8)
    void aNegativeUpdateMakesRoom() throws Exception {
        String tenant = used480();

        assertThat(update(tenant, "-30").status()).isEqualTo(200);
        assertThat(current(tenant)).isEqualByComparingTo("450");
        assertThat(report(tenant, "50").status()).isEqualTo(200);

        assertThat(update(tenant, "1").status()).isEqualTo(403);
        assertThat(counted(tenant)).isEqualByComparingTo("500");
    }

    @Test
    @Order(9)
    void anEventOfLastMonthIsJudgedInItsOwnWindow() throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":500,\"limit_type\":\"MONTHLY\"}");
        Instant lastMonth = Instant.now()
                .atZone(ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.DAYS)
                .withDayOfMonth(1)
                .minusDays(1)
                .toInstant();
        use(tenant, "480");
        assertThat(post(dated(tenant, "100", lastMonth)).status()).isEqualTo(200);

        assertThat(post(dated(tenant, "400", lastMonth)).status()).isEqualTo(200);
        Api.Answer denied = post(dated(tenant, "1", lastMonth));

        assertThat(denied.status()).isEqualTo(403);
        assertThat(decimal(denied.body().path("details").path("current"))).isEqualByComparingTo("500");
        assertThat(current(tenant)).isEqualByComparingTo("480");
        assertThat(report(tenant, "20").status()).isEqualTo(200);
    }

    /// Vector V7g.
    @Test
    @Order(10)
    void aBatchTellsNewDuplicateAndConflictApart() throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":500}");

        Api.Answer answer = batch(
                false,
                event(tenant, "1", "k1"),
                event(tenant, "1", "k2"),
                event(tenant, "1", "k1"),
                event(tenant, "2", "k2"));

        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(207);
        assertThat(answer.body().path("new_events").asInt()).isEqualTo(2);
        assertThat(answer.body().path("deduplicated").asInt()).isEqualTo(1);
        assertThat(answer.body().path("failed").asInt()).isEqualTo(1);
        JsonNode events = answer.body().path("events");
        assertThat(events.path(2).path("deduplicated").asBoolean()).isTrue();
        assertThat(events.path(2).path("id").asText())
                .isEqualTo(events.path(0).path("id").asText());
        assertThat(events.path(3).path("error").path("code").asText()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
        assertThat(counted(tenant)).isEqualByComparingTo("2");
    }

    /// Vector V7h, with room for one.
    @Test
    @Order(11)
    void ofAHundredConcurrentPostsOfOneKeyOneIsNew() throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":7}");

        List<Api.Answer> answers = atOnce(100, caller -> post(event(tenant, "7", "one")));

        assertThat(answers).filteredOn(answer -> answer.status() != 200).isEmpty();
        assertThat(answers.stream().map(answer -> answer.body().path("event_id").asText()))
                .containsOnly(answers.getFirst().body().path("event_id").asText());
        assertThat(answers.stream()
                        .filter(answer -> !answer.body().path("deduplicated").asBoolean()))
                .hasSize(1);
        assertThat(counted(tenant)).isEqualByComparingTo("7");
    }

    @Test
    @Order(12)
    void aKeyBelongsToItsFirstEvent() throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":500}");
        Api.Answer first = post(event(tenant, "1", "order-1"));

        Api.Answer reused = post(event(tenant, "2", "order-1"));

        assertThat(reused.status()).as(reused.body().toString()).isEqualTo(409);
        assertThat(reused.body().path("code").asText()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
        assertThat(reused.body().path("details").path("event_id").asText())
                .isEqualTo(first.body().path("event_id").asText());
        assertThat(counted(tenant)).isEqualByComparingTo("1");
    }

    @Test
    @Order(13)
    void aRefusalLeavesNoKey() throws Exception {
        String tenant = used480();
        assertThat(post(event(tenant, "21", "later")).status()).isEqualTo(403);
        assertThat(update(tenant, "-1").status()).isEqualTo(200);

        Api.Answer judgedAnew = post(event(tenant, "21", "later"));

        assertThat(judgedAnew.status()).isEqualTo(200);
        assertThat(judgedAnew.body().path("deduplicated").asBoolean(true)).isFalse();
        assertThat(counted(tenant)).isEqualByComparingTo("500");
    }

    @Test
    @Order(14)
    void aChangedQuotaIsInForceWithTheNextRequest() throws Exception {
        String tenant = newTenant();
        String id = api.post(
                        "/api/v1/quotas",
                        "{\"tenant_id\":\"" + tenant + "\",\"event_type\":\"calls\",\"limit_value\":0}")
                .body()
                .path("id")
                .asText();
        for (int limit = 1; limit <= 100; limit++) {
            Api.Answer changed = api.put("/api/v1/quotas/" + id, "{\"limit_value\":" + limit + "}");
            assertThat(changed.status()).as(changed.body().toString()).isEqualTo(200);
            assertThat(report(tenant, "1").status()).as("at %d", limit).isEqualTo(200);
            assertThat(report(tenant, "1").status()).as("over %d", limit).isEqualTo(403);
        }
        assertThat(api.delete("/api/v1/quotas/" + id).status()).isEqualTo(200);
        assertThat(report(tenant, "1").status()).as("without the quota").isEqualTo(200);
        assertThat(counted(tenant)).isEqualByComparingTo("101");
    }

    @Test
    @Order(15)
    void aDenialExplainsItself() throws Exception {
        String tenant = newTenant();
        JsonNode quota = api.post(
                        "/api/v1/quotas",
                        "{\"tenant_id\":\"" + tenant + "\",\"event_type\":\"calls\",\"limit_value\":500}")
                .body();
        use(tenant, "480");
        JsonNode details = report(tenant, "21").body().path("details");

        Api.Answer explained =
                api.get("/api/v1/decisions/" + details.path("decision_id").asText());

        assertThat(explained.status()).isEqualTo(200);
        assertThat(explained.body().path("allowed").asBoolean(true)).isFalse();
        assertThat(explained.body().path("quota_id").asText())
                .isEqualTo(quota.path("id").asText());
        assertThat(explained.body().path("limit").asText()).isEqualTo("500");
        assertThat(explained.body().path("used").asText()).isEqualTo("480");
        assertThat(explained.body().path("requested").asText()).isEqualTo("21");
        assertThat(explained.body().path("window_end").asText())
                .isEqualTo(details.path("reset_at").asText());
    }

    @Test
    @Order(16)
    void theCheckSaysWhatTheEventThenGets() throws Exception {
        for (String quantity : List.of("1", "19.999999", "20", "20.000001", "500")) {
            String tenant = used480();
            String path = "/api/v1/quotas/check?event_type=calls&tenant_id=" + tenant + "&quantity=" + quantity;

            JsonNode check = api.get(path).body();
            Api.Answer event = report(tenant, quantity);

            assertThat(check.path("has_quota").asBoolean()).isTrue();
            assertThat(decimal(check.path("current"))).isEqualByComparingTo("480");
            assertThat(decimal(check.path("remaining"))).isEqualByComparingTo("20");
            assertThat(check.path("allowed").asBoolean()).as(quantity).isEqualTo(event.status() == 200);
        }
    }

    @Test
    @Order(17)
    void manyChecksAreAnsweredAtOnceAloneOrTogether() throws Exception {
        String tenant = used480();
        String checks = "{\"checks\":[" + check(tenant, "12") + "," + check(tenant, "9") + "]";

        JsonNode alone = api.post("/api/v1/quotas/check", checks + "}").body();
        JsonNode together =
                api.post("/api/v1/quotas/check", checks + ",\"atomic\":true}").body();

        assertThat(alone.path("allowed").asBoolean()).isTrue();
        assertThat(alone.path("results")).hasSize(2);
        assertThat(together.path("allowed").asBoolean(true)).isFalse();
        assertThat(counted(tenant)).isEqualByComparingTo("480");
    }

    /// The reservation rows of V8.
    @Test
    @Order(18)
    void aReservationHoldsRoomUntilItIsSettled() throws Exception {
        String tenant = used480();
        Api.Answer reserved = api.post("/api/v1/reservations", body(tenant, "15", ""));
        assertThat(reserved.status()).as(reserved.body().toString()).isEqualTo(201);
        String id = reserved.body().path("reservation_id").asText();

        assertThat(report(tenant, "6").status()).isEqualTo(403);
        Api.Answer settled = api.post("/api/v1/reservations/" + id + "/settle", "{\"quantity\":10}");

        assertThat(settled.status()).as(settled.body().toString()).isEqualTo(200);
        assertThat(decimal(settled.body().path("released"))).isEqualByComparingTo("5");
        assertThat(current(tenant)).isEqualByComparingTo("490");
        // What the settlement did not need is free when it is counted.
        assertThat(counted(tenant)).isEqualByComparingTo("490");
        assertThat(report(tenant, "10").status()).isEqualTo(200);
        assertThat(counted(tenant)).isEqualByComparingTo("500");
    }

    @Test
    @Order(19)
    void aForgottenReservationExpires() throws Exception {
        String tenant = used480();
        Api.Answer reserved = api.post("/api/v1/reservations", body(tenant, "20", ",\"ttl_seconds\":1"));
        assertThat(reserved.status()).as(reserved.body().toString()).isEqualTo(201);
        assertThat(report(tenant, "20").status()).isEqualTo(403);

        String id = reserved.body().path("reservation_id").asText();
        await(
                () -> api.get("/api/v1/reservations/" + id)
                        .body()
                        .path("status")
                        .asText()
                        .equals("EXPIRED"),
                "expiry");

        assertThat(report(tenant, "20").status()).isEqualTo(200);
    }

    @Test
    @Order(20)
    void crossingsAreAlertedOnceEach() throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":500,\"enforcement_mode\":\"SOFT\","
                + "\"overage_allowed\":50,\"soft_limit_percent\":90}");
        use(tenant, "440");
        for (String quantity : List.of("20", "30", "10", "10", "20", "9", "31")) {
            // 460, 490, 500, 510, 530, 539, and one that is denied
            if (quantity.equals("31")) {
                assertThat(report(tenant, quantity).status()).isEqualTo(403);
            } else {
                assertThat(report(tenant, quantity).status()).isEqualTo(200);
            }
        }
        assertThat(update(tenant, "-139").status()).isEqualTo(200);
        assertThat(report(tenant, "130").status()).isEqualTo(200);
        assertThat(counted(tenant)).isEqualByComparingTo("530");

        StockConsumer consumer = StockConsumer.of(server);
        await(() -> alerts(consumer, tenant).size() >= 4, "alerts");
        // Everything that is counted is alerted in the same transaction; what is not there now does not come.
        assertThat(alerts(consumer, tenant)).containsExactly("SOFT", "HARD", "BREACH", "RECOVERY");
    }

    @Test
    @Order(21)
    void receiptsHoldAgainstTheLog() throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":500}");
        StringBuilder saved = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            Api.Answer answer = api.post(
                    "/api/v1/events?receipt=true",
                    "{\"events\":[" + event(tenant, "1", "r" + i) + "," + event(tenant, "1", "r0") + "]}");
            assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
            saved.append(answer.body()).append('\n');
        }
        String forged = saved.toString().lines().findFirst().orElseThrow().replaceFirst("\"events\":2", "\"events\":3");
        Path answers = Files.writeString(folder.resolve("receipts.json"), saved + forged);

        ServerProcess.Ran ran = server.command("receipts", "verify", answers.toString());

        assertThat(ran.printed()).contains("6 receipts: 5 hold, 1 do not.");
        assertThat(ran.exitCode()).isEqualTo(1);
    }

    @Test
    @Order(22)
    void anotherOrganizationSeesNothing() throws Exception {
        String tenant = newTenant();
        String quota = api.post(
                        "/api/v1/quotas",
                        "{\"tenant_id\":\"" + tenant + "\",\"event_type\":\"calls\",\"limit_value\":500}")
                .body()
                .path("id")
                .asText();
        use(tenant, "480");
        Api other = admin.newOrganization("stranger");

        assertThat(other.get("/api/v1/quotas/" + quota).status()).isEqualTo(404);
        assertThat(other.put("/api/v1/quotas/" + quota, "{\"limit_value\":1}").status())
                .isEqualTo(404);
        assertThat(other.delete("/api/v1/quotas/" + quota).status()).isEqualTo(404);
        assertThat(other.get("/api/v1/quotas").body().path("quotas")).isEmpty();
        JsonNode check = other.get("/api/v1/quotas/check?event_type=calls&tenant_id=" + tenant)
                .body();
        assertThat(check.path("has_quota").asBoolean(true)).isFalse();
        assertThat(other.get("/api/v1/metrics/calls?scope=customer&customer_id=" + tenant)
                        .status())
                .isEqualTo(404);
        // Its tenant of the same name is another one, without a quota.
        assertThat(other.post("/api/v1/events", event(tenant, "1000")).status()).isEqualTo(200);
        assertThat(counted(tenant)).isEqualByComparingTo("480");
    }

    @Test
    @Order(LAST)
    void theLimitHoldsOverAKillWithRetriesByKey() throws Exception {
        int limit = 120;
        int callers = 8;
        int perCaller = 40;
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":" + limit + "}");
        AtomicInteger answered = new AtomicInteger();
        CountDownLatch half = new CountDownLatch(limit / 2);
        List<Future<List<String>>> ids = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int c = 0; c < callers; c++) {
                int caller = c;
                ids.add(threads.submit(() -> {
                    List<String> admitted = new ArrayList<>();
                    for (int i = 0; i < perCaller; i++) {
                        Api.Answer answer = definite(event(tenant, "1", caller + "-" + i));
                        if (answer.status() == 200) {
                            admitted.add(answer.body().path("event_id").asText());
                        }
                        answered.incrementAndGet();
                        half.countDown();
                    }
                    return admitted;
                }));
            }
            half.await();
            server.kill();
            assertThat(answered).hasValueLessThan(callers * perCaller);
            server.startAgain();
        }
        Set<String> admitted = new HashSet<>();
        for (Future<List<String>> of : ids) {
            admitted.addAll(of.get());
        }
        assertThat(admitted).hasSize(limit);
        server.awaitReady();
        awaitOpen();
        assertThat(report(tenant, "1").status()).isEqualTo(403);
        assertThat(counted(tenant)).isEqualByComparingTo(Integer.toString(limit));
        List<String> logged = StockConsumer.of(server).readAll("tollgate.accepted-events").stream()
                .filter(entry -> entry.text("subject").equals("tenant:" + tenant))
                .map(entry -> entry.text("eventId"))
                .toList();
        assertThat(logged).containsExactlyInAnyOrderElementsOf(admitted);
    }

    // What callers do

    private interface Call {
        Api.Answer by(int caller) throws Exception;
    }

    private static List<Api.Answer> atOnce(int callers, Call call) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<Future<Api.Answer>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < callers; i++) {
                int caller = i;
                running.add(threads.submit(() -> {
                    go.await();
                    return call.by(caller);
                }));
            }
            go.countDown();
        }
        List<Api.Answer> answers = new ArrayList<>();
        for (Future<Api.Answer> answer : running) {
            answers.add(answer.get());
        }
        return answers;
    }

    /// Sends it until the answer is definite, always with the same key.
    private Api.Answer definite(String event) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String last;
            try {
                Api.Answer answer = post(event);
                if (answer.status() == 200 || answer.status() == 403) {
                    return answer;
                }
                last = answer.body().toString();
            } catch (IOException e) {
                last = e.toString();
            }
            assertThat(System.nanoTime()).as(last).isLessThan(deadline);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private String newTenant() {
        return "t" + tenants.incrementAndGet();
    }

    /// A tenant with this quota.
    private String tenant(String quota) throws Exception {
        String tenant = newTenant();
        Api.Answer made = api.post("/api/v1/quotas", quota.replaceFirst("\\{", "{\"tenant_id\":\"" + tenant + "\","));
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        return tenant;
    }

    private String used480() throws Exception {
        String tenant = tenant("{\"event_type\":\"calls\",\"limit_value\":500}");
        use(tenant, "480");
        return tenant;
    }

    private void use(String tenant, String quantity) throws Exception {
        Api.Answer answer = report(tenant, quantity);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    }

    private Api.Answer report(String tenant, String quantity) throws IOException, InterruptedException {
        return post(event(tenant, quantity));
    }

    private Api.Answer post(String event) throws IOException, InterruptedException {
        return api.post("/api/v1/events", event);
    }

    private Api.Answer batch(boolean partial, String... events) throws IOException, InterruptedException {
        return post("{\"partial\":" + partial + ",\"events\":[" + String.join(",", events) + "]}");
    }

    private Api.Answer update(String tenant, String value) throws IOException, InterruptedException {
        return api.put("/api/v1/metrics/calls?scope=customer&customer_id=" + tenant, "{\"value\":" + value + "}");
    }

    private static String event(String tenant, String quantity) {
        return body(tenant, quantity, "");
    }

    private static String event(String tenant, String quantity, String key) {
        return body(tenant, quantity, ",\"idempotency_key\":\"" + key + "\"");
    }

    private static String dated(String tenant, String quantity, Instant time) {
        return body(tenant, quantity, ",\"timestamp\":\"" + time + "\"");
    }

    private static String check(String tenant, String quantity) {
        return body(tenant, quantity, "");
    }

    private static String body(String tenant, String quantity, String more) {
        return "{\"event_type\":\"" + METER + "\",\"tenant_id\":\"" + tenant + "\",\"quantity\":" + quantity + more
                + "}";
    }

    // What there is to see

    private static List<String> codes(Api.Answer answer) {
        return StreamSupport.stream(answer.body().path("warnings").spliterator(), false)
                .map(warning -> warning.path("code").asText())
                .toList();
    }

    private static BigDecimal decimal(JsonNode number) {
        return new BigDecimal(number.asText());
    }

    /// What the owner holds against the tenant's quota.
    private BigDecimal current(String tenant) throws Exception {
        Api.Answer answer = api.get("/api/v1/quotas/check?event_type=calls&tenant_id=" + tenant);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return decimal(answer.body().path("current"));
    }

    /// What is counted, all windows together.
    private BigDecimal counted(String tenant) throws Exception {
        Api.Answer answer = api.get("/api/v1/metrics/calls?scope=customer&customer_id=" + tenant);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return decimal(answer.body().path("current_value"));
    }

    private static List<String> alerts(StockConsumer consumer, String tenant) throws Exception {
        return consumer.readAll("tollgate.quota-alerts").stream()
                .filter(entry -> entry.text("subject").equals("tenant:" + tenant))
                .map(entry -> entry.text("kind"))
                .toList();
    }

    /// Until every partition admits.
    private void awaitOpen() throws Exception {
        await(
                () -> {
                    JsonNode overview = admin.get("/admin/v1/partitions").body();
                    return overview.path("count").asInt() > 0
                            && overview.path("open").asInt()
                                    == overview.path("count").asInt();
                },
                "open partitions");
    }

    private static void await(Callable<Boolean> condition, String what) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
