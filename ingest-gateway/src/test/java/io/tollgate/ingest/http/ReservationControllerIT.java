package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.TenantId;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.InMemoryEventLog;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.fixture.GatewayServer;
import io.tollgate.ingest.reservation.InMemoryReservations;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.ReservationId;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The routes of reservations over HTTP, with an owner and a log in memory.
class ReservationControllerIT {
    private static final InMemoryEventLog LOG = new InMemoryEventLog(GatewayServer.NOW);
    private static final InMemoryReservations OWNER = new InMemoryReservations(GatewayServer.NOW);
    private static final String RESERVATIONS = "/api/v1/reservations";
    private static final String FIFTEEN =
            "{\"tenant_id\":\"cust_7\",\"event_type\":\"calls\",\"quantity\":15,\"idempotency_key\":\"job-1\"}";
    private static final Pattern ID = Pattern.compile("res_[0-9a-z]{26}");
    private static GatewayServer server;

    @BeforeAll
    static void start() {
        server = new GatewayServer(LOG, OWNER.admissions(), OWNER, IngestConfig.DEFAULT);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void forget() {
        LOG.away(false);
        OWNER.forget();
    }

    @Test
    void aReservationIsOpenAndAskingAgainIsTheSameOne() {
        OWNER.limit("calls", "500");
        int before = LOG.stored().size();

        HttpResponse<String> first = post(RESERVATIONS, FIFTEEN);
        HttpResponse<String> again = post(RESERVATIONS, FIFTEEN);

        String id =
                ReservationId.derived(0, "biz_demo/tenant:cust_7", "job-1", 0).value();
        assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
        assertThat(first.body()).isEqualTo("""
                {"reservation_id":"%s","status":"OPEN","event_type":"calls","quantity":15,\
                "expires_at":"2026-03-04T10:20:30.123456Z","remaining":485}""".formatted(id));
        assertThat(first.headers().firstValue("Tollgate-Position")).isPresent();
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body().replace("\"remaining\":485", "\"remaining\":null"));
        assertThat(LOG.stored()).hasSize(before + 1);
    }

    @Test
    void theHeaderIsTheKeyOfABodyWithoutOne() {
        String body = "{\"customer_id\":\"cust_7\",\"metric_name\":\"calls\",\"value\":\"1.5\"}";

        HttpResponse<String> answer = server.send(server.post(RESERVATIONS)
                .POST(BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "job-2")
                .build());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.body())
                .contains(ReservationId.derived(0, "biz_demo/tenant:cust_7", "job-2", 0)
                        .value())
                .contains("\"quantity\":1.5")
                // Nothing limits the meter.
                .endsWith("\"remaining\":null}");
    }

    @Test
    void itemsAreHeldTogetherAndAnsweredAsAList() {
        HttpResponse<String> answer = post(RESERVATIONS, """
                {"items":[{"event_type":"calls","quantity":1},{"tenant_id":"cust_7","event_type":"bytes","quantity":2},
                 {"event_type":"calls","quantity":3,"idempotency_key":"own"}],
                 "ttl_seconds":60,"tenant_id":"cust_7","idempotency_key":"job-3","metadata":{"a":[1]}}""");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.body()).isEqualTo("""
                [{"reservation_id":"%s","status":"OPEN","event_type":"calls","quantity":1,\
                "expires_at":"2026-03-04T10:16:30.123456Z","remaining":null},\
                {"reservation_id":"%s","status":"OPEN","event_type":"bytes","quantity":2,\
                "expires_at":"2026-03-04T10:16:30.123456Z","remaining":null},\
                {"reservation_id":"%s","status":"OPEN","event_type":"calls","quantity":3,\
                "expires_at":"2026-03-04T10:16:30.123456Z","remaining":null}]""".formatted(derived("job-3", 0), derived("job-3", 1), derived("own", 0)));
        assertThat(LOG.stored().getLast().batch().step().items()).hasSize(3);
    }

    @Test
    void oneItemIsAListToo() {
        assertThat(post(RESERVATIONS, "{\"items\":[" + FIFTEEN + "]}").body())
                .startsWith("[{")
                .endsWith("}]");
    }

    @Test
    void theQuotaIsExplainedToWhoIsDenied() {
        OWNER.limit("calls", "10");

        HttpResponse<String> answer = post(RESERVATIONS, FIFTEEN);

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body())
                .contains("\"code\":\"QUOTA_EXCEEDED\",\"details\":{\"limit\":500,\"current\":480,")
                .contains("\"requested\":15,")
                .contains("\"decision_id\":\"dec_calls\"");
    }

    @Test
    void theKeyOfAnotherReservationIsAConflict() {
        String id = reserve(FIFTEEN);

        HttpResponse<String> answer = post(RESERVATIONS, FIFTEEN.replace("15", "16"));

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body())
                .contains("\"code\":\"IDEMPOTENCY_KEY_REUSED\"")
                .endsWith("\"details\":{\"reservation_id\":\"" + id
                        + "\",\"received_at\":\"2026-03-04T10:15:30.123456Z\"}}");
    }

    @Test
    void settlingRecordsAnEventAndFreesTheRest() {
        String id = reserve(FIFTEEN);

        HttpResponse<String> first = post(
                RESERVATIONS + "/" + id + "/settle",
                "{\"quantity\":10,\"metadata\":{\"a\":1},\"timestamp\":\"2026-03-04T09:00:00Z\"}");
        HttpResponse<String> again = post(RESERVATIONS + "/" + id + "/settle", "{\"quantity\":\"10.0\"}");

        UsageReport.NewEvent event = LOG.stored().getLast().batch().events().getFirst();
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(first.body()).isEqualTo("""
                {"reservation_id":"%s","status":"SETTLED","event_id":"%s","quantity":10,"released":5}""".formatted(id, event.id().value()));
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(event.event().tenantId()).isEqualTo(new TenantId("cust_7"));
        assertThat(event.event().meter().value()).isEqualTo("calls");
        assertThat(event.event().metadata()).isEqualTo("{\"a\":1}");
        assertThat(event.event().eventTime()).isEqualTo("2026-03-04T09:00:00Z");
        assertThat(event.event().idempotencyKey()).isEqualTo(id);
        assertThat(server.writes()).isNotEmpty();

        HttpResponse<String> other = post(RESERVATIONS + "/" + id + "/settle", "{\"quantity\":9}");
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(other.body())
                .contains("\"code\":\"INVALID_STATE\"")
                .endsWith("\"details\":{\"reservation_id\":\"" + id + "\",\"status\":\"SETTLED\",\"quantity\":10}}");
    }

    @Test
    void withoutAWordAllOfItIsSettledNow() {
        String id = reserve(FIFTEEN);

        HttpResponse<String> answer = post(RESERVATIONS + "/" + id + "/settle", "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).endsWith("\"quantity\":15,\"released\":0}");
        assertThat(LOG.stored().getLast().batch().events().getFirst().event().eventTime())
                .isEqualTo(GatewayServer.NOW);
    }

    @Test
    void nothingOfItMayBeNeeded() {
        String id = reserve(FIFTEEN);

        assertThat(post(RESERVATIONS + "/" + id + "/settle", "{\"quantity\":0}").body())
                .endsWith("\"quantity\":0,\"released\":15}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"quantity\":15.000001}|ABOVE_RESERVED",
                "{\"quantity\":-1}|NEGATIVE",
                "{\"quantity\":null}|INVALID_TYPE",
                "{\"quantity\":\"x\"}|NOT_A_DECIMAL",
                "{\"timestamp\":\"2027-01-01T00:00:00Z\"}|TIMESTAMP_IN_FUTURE",
                "[]|INVALID_TYPE",
                "{\"quantity\":|MALFORMED_JSON"
            })
    void whatCannotBeSettledIsExplained(String body, String code) {
        String id = reserve(FIFTEEN);
        int before = LOG.stored().size();

        HttpResponse<String> answer = post(RESERVATIONS + "/" + id + "/settle", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains("\"" + code + "\"");
        assertThat(LOG.stored()).hasSize(before);
        assertThat(get(RESERVATIONS + "/" + id).body()).contains("\"status\":\"OPEN\"");
    }

    @Test
    void releasingFreesItAndAgain() {
        String id = reserve(FIFTEEN);

        for (int i = 0; i < 2; i++) {
            HttpResponse<String> answer = post(RESERVATIONS + "/" + id + "/release", "");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("\"status\":\"RELEASED\"").contains(id);
        }
        HttpResponse<String> settled = post(RESERVATIONS + "/" + id + "/settle", "");
        assertThat(settled.statusCode()).isEqualTo(409);
        assertThat(settled.body()).contains("\"status\":\"RELEASED\"");
    }

    @Test
    void whatIsSettledCannotBeReleased() {
        String id = reserve(FIFTEEN);
        post(RESERVATIONS + "/" + id + "/settle", "");

        assertThat(post(RESERVATIONS + "/" + id + "/release", "").statusCode()).isEqualTo(409);
    }

    @Test
    void itsStateCanBeAskedFor() {
        String id = reserve(FIFTEEN);
        assertThat(get(RESERVATIONS + "/" + id).body()).isEqualTo("""
                {"reservation_id":"%s","status":"OPEN","tenant_id":"cust_7","event_type":"calls","quantity":15,\
                "reserved_at":"2026-03-04T10:15:30.123456Z","expires_at":"2026-03-04T10:20:30.123456Z",\
                "closed_at":null,"event_id":null,"settled":null,"released":null}""".formatted(id));

        post(RESERVATIONS + "/" + id + "/settle", "{\"quantity\":4}");
        assertThat(get(RESERVATIONS + "/" + id).body())
                .contains("\"status\":\"SETTLED\"")
                .contains("\"closed_at\":\"2026-03-04T10:15:30.123456Z\",\"event_id\":\"evt_")
                .endsWith("\"settled\":4,\"released\":11}");
    }

    @ParameterizedTest
    @CsvSource({
        "res_00000000000000000000000000",
        "res_0",
        "evt_00000000000000000000000000",
        "res_7zzzzzzzzzzzzzzzzzzzzzzzzz"
    })
    void whatNobodyKnowsIsNotFound(String id) {
        assertThat(get(RESERVATIONS + "/" + id).statusCode()).isEqualTo(404);
        assertThat(post(RESERVATIONS + "/" + id + "/settle", "").statusCode()).isEqualTo(404);
        assertThat(post(RESERVATIONS + "/" + id + "/release", "").statusCode()).isEqualTo(404);
    }

    @Test
    void reservationsOfOtherOrganizationsAreNotFound() {
        String path = RESERVATIONS + "/" + reserve(FIFTEEN);

        HttpRequest foreign = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Authorization", "Bearer biz_other")
                .build();
        assertThat(server.send(foreign).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"tenant_id\":\"t\",\"event_type\":\"m\"}|quantity|REQUIRED",
                "{\"tenant_id\":\"t\",\"event_type\":\"m\",\"quantity\":0}|quantity|NOT_POSITIVE",
                "{\"tenant_id\":\"t\",\"quantity\":1}|event_type|REQUIRED",
                "{\"event_type\":\"m\",\"quantity\":1}|tenant_id|REQUIRED",
                "{\"tenant_id\":\"t\",\"event_type\":\"m\",\"quantity\":1,\"ttl_seconds\":0}|ttl_seconds|OUT_OF_RANGE",
                "{\"tenant_id\":\"t\",\"event_type\":\"m\",\"quantity\":1,\"ttl_seconds\":\"9\"}|ttl_seconds|INVALID_TYPE",
                "{\"tenant_id\":\"t\",\"event_type\":\"m\",\"quantity\":1,\"metadata\":1}|metadata|INVALID_TYPE",
                "{\"items\":[]}|items|REQUIRED",
                "{\"items\":{}}|items|INVALID_TYPE",
                "{\"items\":[1]}|items[0]|INVALID_TYPE",
                "{\"tenant_id\":1,\"items\":[{\"event_type\":\"m\",\"quantity\":1}]}|tenant_id|INVALID_TYPE",
                "{\"tenant_id\":\"t\",\"items\":[{\"event_type\":\"m\",\"quantity\":1},{\"event_type\":\"m\"}]}"
                        + "|items[1].quantity|REQUIRED",
                "{\"tenant_id\":\"t\",\"items\":[{\"event_type\":\"m\",\"quantity\":1,\"tenant_id\":\"u\"},"
                        + "{\"event_type\":\"m\",\"quantity\":1}]}|items[1].tenant_id|DIFFERENT"
            })
    void whatCannotBeReservedIsExplained(String body, String path, String code) {
        HttpResponse<String> answer = post(RESERVATIONS, body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains("\"details\":[{\"path\":\"" + path + "\",\"code\":\"" + code + "\"");
        assertThat(OWNER.requests()).isEmpty();
    }

    @Test
    void moreThanTwentyItemsAreRefused() {
        String items = "{\"event_type\":\"m\",\"quantity\":1},".repeat(21);
        String body = "{\"tenant_id\":\"t\",\"items\":[" + items.substring(0, items.length() - 1) + "]}";

        assertThat(post(RESERVATIONS, body).statusCode()).isEqualTo(400);
        assertThat(post(RESERVATIONS, body.replaceFirst("\\{\"event_type\":\"m\",\"quantity\":1},", ""))
                        .statusCode())
                .isEqualTo(201);
    }

    @ParameterizedTest
    @CsvSource({"HAND_OVER, 2", "NOT_OWNER, 2", "OVERLOADED, 2", "DEFINITIONS_BEHIND, 1", "KEY_IN_FLIGHT, 1"})
    void withoutTheOwnerItIsWorthTryingAgain(Reason reason, String retryAfter) {
        OWNER.doesNotJudge(reason);

        HttpResponse<String> answer = post(RESERVATIONS, FIFTEEN);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("\"code\":\"OWNER_UNAVAILABLE\"");
        assertThat(answer.headers().firstValue("Retry-After")).hasValue(retryAfter);
    }

    @Test
    void withoutTheLogItIsWorthTryingAgain() {
        LOG.away(true);
        HttpResponse<String> answer = post(RESERVATIONS, FIFTEEN);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("\"code\":\"LOG_UNAVAILABLE\"");
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("2");
        LOG.away(false);

        assertThat(post(RESERVATIONS, FIFTEEN).statusCode()).isEqualTo(201);

        LOG.fates(record -> CompletableFuture.completedFuture(new Appended.Unknown("silence")));
        assertThat(post(RESERVATIONS, FIFTEEN.replace("job-1", "job-4")).statusCode())
                .isEqualTo(503);
        assertThat(OWNER.outcomes().getLast().fate()).isEqualTo(Fate.UNKNOWN);
    }

    @Test
    void onlyJsonOfAnOrganizationIsTaken() {
        HttpRequest text = server.post(RESERVATIONS)
                .POST(BodyPublishers.ofString(FIFTEEN))
                .header("Content-Type", "text/plain")
                .build();
        HttpRequest admin = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + RESERVATIONS))
                .POST(BodyPublishers.ofString(FIFTEEN))
                .header("Authorization", "Bearer admin")
                .build();
        HttpRequest nobody = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + RESERVATIONS + "/res_0"))
                .build();

        assertThat(server.send(text).statusCode()).isEqualTo(415);
        assertThat(server.send(admin).statusCode()).isEqualTo(403);
        assertThat(server.send(nobody).statusCode()).isEqualTo(401);
    }

    private static String derived(String key, int index) {
        return ReservationId.derived(0, "biz_demo/tenant:cust_7", key, index).value();
    }

    private static String reserve(String body) {
        HttpResponse<String> answer = post(RESERVATIONS, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        Matcher id = ID.matcher(answer.body());
        assertThat(id.find()).isTrue();
        return id.group();
    }

    private static HttpResponse<String> post(String path, String body) {
        return server.send(server.post(path)
                .POST(BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .build());
    }

    private static HttpResponse<String> get(String path) {
        return server.send(server.post(path).GET().build());
    }
}
