package io.tollgate.billing.daily.http;

import static io.tollgate.billing.usage.UsageSamples.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.tollgate.billing.daily.Cause;
import io.tollgate.billing.daily.DailyRun;
import io.tollgate.billing.daily.DailySnapshots.Made;
import io.tollgate.billing.daily.SnapshotQuery;
import io.tollgate.billing.daily.postgres.PostgresDailySnapshots;
import io.tollgate.billing.daily.postgres.SnapshotAudit;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.postgres.TestStore;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.metering.meter.Operation;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Daily snapshots over HTTP, beside a sink that has stored three days of two tenants. It is 2026-03-04 in UTC.
class SnapshotRoutesIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String OWN = UsageSamples.ORGANIZATION.value();
    private static final String BROKEN = "biz_broken";
    private static final String CRON = "Bearer the cron secret";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-04T00:30:00Z"));
    private static final Jdbi JDBI = TestDatabase.jdbi(TestDatabase.fresh());
    private static final Audit AUDIT = new Audit();
    private static final AtomicBoolean STORED = new AtomicBoolean(true);
    private static final PostgresDailySnapshots SNAPSHOTS = new PostgresDailySnapshots(JDBI, AUDIT);
    private static final DailyRun RUN = new DailyRun(SNAPSHOTS, atMost -> STORED.get(), CLOCK);
    private static final ApplicationContext CONTEXT = ApplicationContext.builder(
                    Map.of("tollgate.roles.control", "true", "micronaut.server.port", "-1"))
            .build();
    private static String base = "";

    /// Keeps what it is told, and has every change of one organization fail.
    private static final class Audit implements SnapshotAudit {
        private final List<String> entries = new ArrayList<>();

        @Override
        public void made(Handle handle, OrganizationId organizationId, LocalDate day, Made made, Cause cause) {
            if (organizationId.value().equals(BROKEN)) {
                throw new IllegalStateException("fails on purpose");
            }
            entries.add(word(cause) + " " + organizationId.value() + " " + day + " corrected " + made.corrected());
        }

        @Override
        public void ran(Handle handle, DailyRun.Summary summary, Optional<OrganizationId> only, Cause cause) {
            entries.add(word(cause) + " run " + summary.day() + " errors " + summary.failures());
        }

        private static String word(Cause cause) {
            return cause.getClass().getSimpleName();
        }
    }

    /// Each meter is counted as its name says.
    private static final class Operations implements MeterOperations {
        @Override
        public Operation of(SubjectKey subject, String meter) {
            return meter.equals("calls") ? Operation.SUM : Operation.valueOf(meter.toUpperCase(Locale.ROOT));
        }

        @Override
        public Set<String> notSummed(OrganizationId organizationId, Collection<String> meters) {
            return meters.stream().filter(meter -> !meter.equals("calls")).collect(Collectors.toSet());
        }
    }

    @BeforeAll
    static void start() {
        JDBI.useHandle(handle -> {
            for (String id : List.of(OWN, BROKEN)) {
                handle.execute(
                        "INSERT INTO organizations (id, name, email, time_zone, currency, mode, plan_type,"
                                + " subscription_status, created_at)"
                                + " VALUES (?, 'Acme', 'a@b.c', 'UTC', 'EUR', 'live', 'free', 'free', now())",
                        id);
            }
        });
        List<CountedEvent> events = new ArrayList<>(List.of(
                event(1, "t1", "calls", "1.5", "2026-03-01T00:00:00Z"),
                event(2, "t1", "calls", "2", "2026-03-01T23:59:59.999999Z"),
                event(3, "t2", "calls", "7", "2026-03-01T12:00:00Z"),
                event(4, "t1", "calls", "4", "2026-03-02T00:00:00Z"),
                event(5, "t2", "calls", "9", "2026-03-03T23:00:00Z")));
        int number = 10;
        for (String meter : List.of("max", "min", "avg", "count", "last")) {
            events.add(event(number++, "t1", meter, "2", "2026-03-02T08:00:00Z"));
            events.add(event(number++, "t1", meter, "6", "2026-03-02T09:30:00Z"));
            events.add(event(number++, "t1", meter, "7", "2026-03-02T09:10:00Z"));
            events.add(event(number++, "t2", meter, "20", "2026-03-03T00:00:00Z"));
        }
        TestStore.of(JDBI).store(events, UsageSamples.hoursOf(events));
        CONTEXT.registerSingleton(PostgresDailySnapshots.class, SNAPSHOTS);
        CONTEXT.registerSingleton(DailyRun.class, RUN);
        CONTEXT.registerSingleton(CronSecret.class, new CronSecret(Optional.of("the cron secret")));
        CONTEXT.registerSingleton(MeterOperations.class, new Operations());
        ReadBarrier barrier = (organization, after, atMost) -> true;
        CONTEXT.registerSingleton(ReadBarrier.class, barrier);
        CONTEXT.registerSingleton(InstantSource.class, CLOCK);
        CONTEXT.start();
        base = CONTEXT.getBean(EmbeddedServer.class).start().getURL().toString();
    }

    @AfterAll
    static void stop() {
        CONTEXT.close();
    }

    @BeforeEach
    void reset() {
        STORED.set(true);
        AUDIT.entries.clear();
        sql("DELETE FROM counters WHERE organization_id = '" + BROKEN + "'");
    }

    private static void sql(String statement) {
        JDBI.useHandle(handle -> handle.execute(statement));
    }

    private static HttpResponse<String> send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            return HTTP.send(
                    request.method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(answer.body(), e);
        }
    }

    private static JsonNode get(String principal, String path) {
        HttpResponse<String> answer = send("GET", path, "", "Principal", principal);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    private static JsonNode cron(String method, String query) {
        HttpResponse<String> answer = send(method, "/api/cron/snapshots" + query, "", "Authorization", CRON);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    private static List<String> texts(JsonNode array, Function<JsonNode, String> text) {
        return StreamSupport.stream(array.spliterator(), false).map(text).toList();
    }

    private static String line(JsonNode snapshot) {
        return snapshot.path("snapshot_date").asText() + " "
                + snapshot.path("tenant_id").asText() + " "
                + snapshot.path("event_type").asText() + " "
                + snapshot.path("total_quantity").asText() + " "
                + snapshot.path("event_count").asText();
    }

    @Test
    void snapshotsAreListedNewestFirstThroughPages() {
        JsonNode first = get(OWN, "/api/v1/snapshots?event_type=calls&limit=3");
        JsonNode rest = get(
                OWN,
                "/api/v1/snapshots?event_type=calls&limit=3&cursor="
                        + first.path("next_cursor").asText());

        assertThat(texts(first.path("snapshots"), SnapshotRoutesIT::line))
                .containsExactly("2026-03-03 t2 calls 9 1", "2026-03-02 t1 calls 4 1", "2026-03-01 t2 calls 7 1");
        assertThat(texts(rest.path("snapshots"), SnapshotRoutesIT::line)).containsExactly("2026-03-01 t1 calls 3.5 2");
        assertThat(rest.path("next_cursor").isNull()).isTrue();
    }

    /// The samples are 2 at 8:00, 6 at 9:30 and 7 at 9:10: the last by event time is the second.
    @ParameterizedTest
    @CsvSource({"max,7", "min,2", "avg,5", "count,3", "last,6"})
    void valuesFollowTheMetersOperation(String meter, String value) {
        assertThat(texts(
                        get(OWN, "/api/v1/snapshots?end_date=2026-03-02&event_type=" + meter)
                                .path("snapshots"),
                        SnapshotRoutesIT::line))
                .containsExactly("2026-03-02 t1 " + meter + " " + value + " 3");
    }

    @ParameterizedTest
    @CsvSource({"calls,23.5", "max,20", "min,2", "avg,8.75", "count,4", "last,20"})
    void aMonthIsAddedUpByTheOperation(String meter, String value) {
        JsonNode months = get(
                OWN, "/api/v1/snapshots/aggregate?granularity=month&event_type=" + meter + "&start_date=2026-03-01");

        assertThat(months).hasSize(1);
        assertThat(months.at("/0/period").asText()).isEqualTo("2026-03");
        assertThat(months.at("/0/event_types/0/event_type").asText()).isEqualTo(meter);
        assertThat(months.at("/0/event_types/0/quantity").decimalValue()).isEqualByComparingTo(value);
    }

    @Test
    void daysAreAddedUpOverTenantsAndMeters() {
        JsonNode days =
                get(OWN, "/api/v1/snapshots/aggregate?start_date=2026-03-01&end_date=2026-03-01&granularity=day");

        assertThat(days).hasSize(1);
        assertThat(days.at("/0/period").asText()).isEqualTo("2026-03-01");
        assertThat(days.at("/0/total_quantity").decimalValue()).isEqualByComparingTo("10.5");
    }

    @Test
    void aTenantsKeyReadsItsOwnWhateverItAsksFor() {
        JsonNode list = get("tenant:" + OWN, "/api/v1/snapshots?tenant_id=t2");
        JsonNode days = get("tenant:" + OWN, "/api/v1/snapshots/aggregate?tenant_id=t2&event_type=calls");

        assertThat(texts(list.path("snapshots"), one -> one.path("tenant_id").asText()))
                .isNotEmpty()
                .containsOnly("t1");
        assertThat(days.at("/0/total_quantity").decimalValue()).isEqualByComparingTo("3.5");
    }

    @Test
    void anotherOrganizationSeesNothing() {
        assertThat(get("biz_other", "/api/v1/snapshots").path("snapshots")).isEmpty();
        assertThat(get("biz_other", "/api/v1/snapshots/aggregate")).isEmpty();
    }

    @Test
    void aRunRepairsWhatIsWrongAndLeavesAloneWhatIsRight() {
        sql("UPDATE usage_snapshots SET total_quantity = 1 WHERE tenant_id = 't2' AND snapshot_date = '2026-03-01'");
        sql("INSERT INTO usage_snapshots VALUES ('" + OWN + "', 'gone', '2026-03-01', 'calls', 5, 1, 5, 5)");
        String before = versionOfUntouched();

        JsonNode run = cron("POST", "?date=2026-03-01&organizationId=" + OWN);

        assertThat(run.path("success").asBoolean()).isTrue();
        assertThat(run.path("snapshotDate").asText()).isEqualTo("2026-03-01T00:00:00Z");
        assertThat(run.path("summary").toString())
                .isEqualTo("{\"tenantsProcessed\":2,\"totalSnapshots\":2,\"tenantsWithUsage\":2,\"errors\":0}");
        assertThat(texts(run.path("results"), JsonNode::toString))
                .containsExactly(
                        "{\"organizationId\":\"biz_test\",\"tenantId\":\"t1\",\"externalId\":\"t1\",\"snapshotsCreated\":1,\"eventTypes\":[\"calls\"]}",
                        "{\"organizationId\":\"biz_test\",\"tenantId\":\"t2\",\"externalId\":\"t2\",\"snapshotsCreated\":1,\"eventTypes\":[\"calls\"]}");
        assertThat(run.has("errors")).isFalse();
        assertThat(texts(
                        get(OWN, "/api/v1/snapshots?start_date=2026-03-01&end_date=2026-03-01")
                                .path("snapshots"),
                        SnapshotRoutesIT::line))
                .containsExactly("2026-03-01 t2 calls 7 1", "2026-03-01 t1 calls 3.5 2");
        assertThat(versionOfUntouched()).isEqualTo(before);
        assertThat(AUDIT.entries)
                .containsExactly("Cron biz_test 2026-03-01 corrected 2", "Cron run 2026-03-01 errors 0");

        AUDIT.entries.clear();
        assertThat(cron("GET", "?date=2026-03-01&organizationId=" + OWN)).isEqualTo(run);
        assertThat(AUDIT.entries).containsExactly("Cron run 2026-03-01 errors 0");
    }

    private static String versionOfUntouched() {
        return JDBI.withHandle(handle -> handle.createQuery(
                        "SELECT xmin::text FROM usage_snapshots WHERE tenant_id = 't1' AND snapshot_date = '2026-03-01'")
                .mapTo(String.class)
                .one());
    }

    @Test
    void oneOrganizationThatFailsIsNamedAndStopsNobody() {
        sql("INSERT INTO counters SELECT '" + BROKEN + "', subject, meter, window_kind, window_start, window_end,"
                + " event_count, quantity_sum, quantity_min, quantity_max, 0, 0, 0, 0, updated_at FROM counters"
                + " WHERE organization_id = '" + OWN + "' AND window_start < '2026-03-02'");
        sql("UPDATE usage_snapshots SET event_count = 8 WHERE tenant_id = 't2' AND snapshot_date = '2026-03-01'");

        JsonNode run = cron("POST", "?date=2026-03-01T22:00:00-02:00");
        assertThat(run.path("snapshotDate").asText()).isEqualTo("2026-03-02T00:00:00Z");

        run = cron("POST", "?date=2026-03-01");

        assertThat(run.path("success").asBoolean()).isFalse();
        assertThat(run.at("/summary/errors").asInt()).isEqualTo(1);
        assertThat(run.at("/summary/totalSnapshots").asInt()).isEqualTo(2);
        assertThat(texts(run.path("errors"), one -> one.path("organizationId").asText()))
                .containsExactly(BROKEN);
        assertThat(get(BROKEN, "/api/v1/snapshots").path("snapshots")).isEmpty();
        assertThat(AUDIT.entries).contains("Cron " + OWN + " 2026-03-01 corrected 1", "Cron run 2026-03-01 errors 1");
    }

    @Test
    void theScheduleRunsYesterdayAndFailsWhileTheStoreIsBehind() {
        RUN.runYesterday();

        assertThat(AUDIT.entries).containsExactly("Schedule run 2026-03-03 errors 0");
        STORED.set(false);
        assertThatThrownBy(RUN::runYesterday).hasMessageContaining("end of the log");
        HttpResponse<String> cron = send("POST", "/api/cron/snapshots", "", "Authorization", CRON);
        assertThat(cron.statusCode()).isEqualTo(503);
        assertThat(json(cron).path("code").asText()).isEqualTo("NOT_CAUGHT_UP");
    }

    @Test
    void whoeverHasNoSecretRunsNothing() {
        for (String header : List.of("Bearer wrong", "the cron secret", "Bearer  the cron secret", "Basic x")) {
            for (String method : List.of("GET", "POST")) {
                assertThat(send(method, "/api/cron/snapshots", "", "Authorization", header)
                                .statusCode())
                        .as(method + " " + header)
                        .isEqualTo(401);
            }
        }
        assertThat(send("POST", "/api/cron/snapshots", "").statusCode()).isEqualTo(401);
        assertThat(AUDIT.entries).isEmpty();
        assertThat(json(send("GET", "/api/cron/snapshots", "")).path("status").asText())
                .isEqualTo("healthy");
        assertThat(new CronSecret(Optional.empty()).shownBy("Bearer ")).isFalse();
        assertThat(new CronSecret(Optional.of("s")).shownBy("BEARER s")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"date=2026-03-05", "date=yesterday", "date=1969-12-31", "date=2026-02-30", "organizationId=%00"})
    void whatIsNoDayIsRefused(String query) {
        HttpResponse<String> answer = send("POST", "/api/cron/snapshots?" + query, "", "Authorization", CRON);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(AUDIT.entries).isEmpty();
    }

    @Test
    void anOrganizationHasADayMadeAnew() {
        sql("UPDATE usage_snapshots SET total_quantity = 1 WHERE snapshot_date = '2026-03-01'");

        HttpResponse<String> answer = send(
                "POST",
                "/api/v1/snapshots",
                "{\"snapshot_date\":\"2026-03-01\",\"tenant_id\":\"t1\",\"event_type\":\"calls\"}",
                "Principal",
                OWN);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(json(answer).path("count").asInt()).isEqualTo(1);
        assertThat(texts(json(answer).path("snapshots"), SnapshotRoutesIT::line))
                .containsExactly("2026-03-01 t1 calls 3.5 2");
        assertThat(AUDIT.entries).containsExactly("Request " + OWN + " 2026-03-01 corrected 1");
        // The other tenant was not asked for.
        assertThat(texts(
                        get(OWN, "/api/v1/snapshots?end_date=2026-03-01&tenant_id=t2")
                                .path("snapshots"),
                        SnapshotRoutesIT::line))
                .containsExactly("2026-03-01 t2 calls 1 1");
        assertThat(send("POST", "/api/v1/snapshots", "{\"snapshot_date\":\"2026-03-01\"}", "Principal", OWN)
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|400",
                "[]|400",
                "{\"snapshot_date\":\"2026-03-05\"}|400",
                "{\"snapshot_date\":7}|400",
                "{\"snapshot_date\":\"2026-03-01\",\"snapshot_date\":\"2026-03-01\"}|400",
                "{\"snapshot_date\":\"2026-03-01\",\"tenant_id\":\"\\u0000\"}|400"
            })
    void whatAsksForNoDayIsRefused(String body, int status) {
        assertThat(send("POST", "/api/v1/snapshots", body, "Principal", OWN).statusCode())
                .isEqualTo(status);
    }

    @Test
    void makingTakesThePermissionToWriteBills() {
        String body = "{\"snapshot_date\":\"2026-03-01\"}";

        assertThat(send("POST", "/api/v1/snapshots", body, "Principal", "reader:" + OWN)
                        .statusCode())
                .isEqualTo(403);
        assertThat(send("POST", "/api/v1/snapshots", body, "Principal", "tenant:" + OWN)
                        .statusCode())
                .isEqualTo(403);
        assertThat(send("GET", "/api/v1/snapshots", "", "Principal", "nobody").statusCode())
                .isEqualTo(401);
    }

    /// What the sink stores while a run counts is never overwritten by what the run had counted before.
    @Test
    void whatTheSinkStoresMeanwhileStands() throws Exception {
        LocalDate day = LocalDate.parse("2026-03-03");
        SnapshotQuery of = SnapshotQuery.ofDay(UsageSamples.ORGANIZATION, day, Optional.empty(), Optional.of("calls"));
        sql(
                "UPDATE usage_snapshots SET total_quantity = 1 WHERE snapshot_date = '2026-03-03' AND event_type = 'calls'");
        try (Handle sink = JDBI.open();
                var threads = Executors.newSingleThreadExecutor()) {
            sink.begin();
            sink.execute(
                    "UPDATE counters SET quantity_sum = 11, event_count = 2 WHERE subject = 'tenant:t2'"
                            + " AND meter = 'calls' AND window_start = '2026-03-03T23:00Z' AND organization_id = ?",
                    OWN);
            sink.execute("UPDATE usage_snapshots SET total_quantity = 11, event_count = 2"
                    + " WHERE snapshot_date = '2026-03-03' AND event_type = 'calls'");
            var run = threads.submit(() -> SNAPSHOTS.make(of, day, new Cause.Schedule()));
            awaitWaiting();
            sink.commit();

            assertThat(run.get().corrected()).isZero();
        }
        assertThat(texts(
                        get(OWN, "/api/v1/snapshots?start_date=2026-03-03&event_type=calls")
                                .path("snapshots"),
                        SnapshotRoutesIT::line))
                .containsExactly("2026-03-03 t2 calls 11 2");
        sql("UPDATE counters SET quantity_sum = 9, event_count = 1 WHERE subject = 'tenant:t2' AND meter = 'calls'"
                + " AND window_start = '2026-03-03T23:00Z'");
        SNAPSHOTS.make(of, day, new Cause.Schedule());
    }

    private static void awaitWaiting() {
        long end = System.nanoTime() + 20_000_000_000L;
        try (Handle watching = JDBI.open()) {
            while (watching.createQuery("""
                            SELECT count(*) FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event IN ('transactionid', 'tuple')
                            """).mapTo(Integer.class).one() == 0) {
                assertThat(System.nanoTime()).isLessThan(end);
                LockSupport.parkNanos(1_000_000);
            }
        }
    }
}
