package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.ingest.admission.Decisions;
import io.tollgate.ingest.admission.InMemoryAdmissions;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.InMemoryEventLog;
import io.tollgate.ingest.fixture.GatewayServer;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.EventDecision;
import io.tollgate.quota.admission.QuotaWarning;
import java.math.BigDecimal;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The answers that owners decide, over HTTP.
class AdmissionIT {
    private static final InMemoryEventLog LOG = new InMemoryEventLog(GatewayServer.NOW);
    private static final InMemoryAdmissions OWNERS = new InMemoryAdmissions(GatewayServer.NOW);
    private static final String FREE = "{\"event_type\":\"calls\",\"tenant_id\":\"t\",\"quantity\":5}";
    private static final String LIMITED = "{\"event_type\":\"limited\",\"tenant_id\":\"t\",\"quantity\":5}";
    private static GatewayServer server;

    @BeforeAll
    static void start() {
        server = new GatewayServer(LOG, OWNERS, IngestConfig.DEFAULT);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void forget() {
        LOG.away(false);
        OWNERS.forget();
    }

    @Test
    void aDeniedSingleEventIsExplained() {
        OWNERS.decides(candidate -> Decisions.denied(candidate.meter(), "21.000000"));
        int before = LOG.stored().size();

        HttpResponse<String> answer = server.postEvents(FREE);

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).isEqualTo("""
                {"error":"Quota exceeded",\
                "message":"calls: 480 of 500 used, 21 more requested, the window ends 2026-04-01T00:00:00Z",\
                "code":"QUOTA_EXCEEDED","details":{"limit":500,"current":480,"reset_at":"2026-04-01T00:00:00Z",\
                "requested":21,"soft_limit":450,"enforcement_mode":"HARD","grace_period_end":null,\
                "decision_id":"dec_calls"}}""");
        assertThat(LOG.stored()).hasSize(before);
        assertThat(answer.headers().firstValue("Retry-After")).isEmpty();
    }

    @Test
    void aDeniedBatchNamesEachTenantAndMeterOnce() {
        OWNERS.decides(candidate -> Decisions.denied(candidate.meter(), "29"));

        HttpResponse<String> answer = server.postEvents("{\"events\":[" + FREE + "," + FREE + "]}");

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).isEqualTo("""
                {"error":"Quota exceeded for one or more events",\
                "message":"calls: 480 of 500 used, 29 more requested, the window ends 2026-04-01T00:00:00Z",\
                "code":"QUOTA_EXCEEDED","violations":[{"tenant_id":"t","event_type":"calls",\
                "error":{"error":"Quota exceeded","code":"QUOTA_EXCEEDED","details":{"current":480,"limit":500,\
                "requested":29,"softLimit":450,"enforcementMode":"HARD","resetAt":"2026-04-01T00:00:00Z",\
                "gracePeriodEnd":null,"decisionId":"dec_calls"}}}]}""");
    }

    @Test
    void deniedEventsFailAloneOnRequest() {
        OWNERS.decides(candidate ->
                candidate.meter().equals("limited") ? Decisions.denied("limited", "5") : Decisions.admitted());

        HttpResponse<String> answer = server.postEvents("{\"partial\":true,\"events\":[" + LIMITED + "," + FREE + "]}");

        assertThat(answer.statusCode()).isEqualTo(207);
        assertThat(OWNERS.requests().getLast().partial()).isTrue();
        assertThat(answer.body())
                .startsWith("{\"success\":false,\"count\":2,\"new_events\":1,\"deduplicated\":0,\"failed\":1,")
                .contains("""
                        {"index":0,"tenant_id":"t","event_type":"limited","error":{"code":"QUOTA_EXCEEDED",\
                        "error":"Quota exceeded","message":"limited: 480 of 500 used, 5 more requested,\
                         the window ends 2026-04-01T00:00:00Z","details":{"limit":500,"current":480,\
                        "reset_at":"2026-04-01T00:00:00Z","requested":5,"soft_limit":450,"enforcement_mode":"HARD",\
                        "grace_period_end":null,"decision_id":"dec_limited"}}}""")
                .doesNotContain("checked");
        assertThat(LOG.stored().getLast().batch().events()).hasSize(1);
    }

    @Test
    void warningsStandInTheAnswer() {
        OWNERS.decides(candidate -> Decisions.bounded(
                Decisions.warning(QuotaWarning.Code.QUOTA_SOFT_LIMIT, "calls", "450.500000"),
                Decisions.warning(QuotaWarning.Code.QUOTA_GRACE, "calls", "450.500000")));

        HttpResponse<String> answer = server.postEvents(FREE);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).endsWith("""
                "deduplicated":false,"warnings":[{"code":"QUOTA_SOFT_LIMIT","tenant_id":"t","event_type":"calls",\
                "current":450.5,"limit":500,"soft_limit":450,"reset_at":"2026-04-01T00:00:00Z"},\
                {"code":"QUOTA_GRACE","tenant_id":"t","event_type":"calls","current":450.5,"limit":500,\
                "soft_limit":450,"reset_at":"2026-04-01T00:00:00Z","grace_period_end":"2026-04-01T00:00:00Z"}]}""");
    }

    @ParameterizedTest
    @CsvSource({"HAND_OVER, 2", "NOT_OWNER, 2", "OVERLOADED, 2", "DEFINITIONS_BEHIND, 1", "KEY_IN_FLIGHT, 1"})
    void limitedEventsNeedTheirOwner(Reason reason, String retryAfter) {
        OWNERS.doesNotJudge(reason);
        int before = LOG.stored().size();

        for (String body : List.of(LIMITED, "{\"events\":[" + FREE + "," + LIMITED + "]}")) {
            HttpResponse<String> answer = server.postEvents(body);
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("\"code\":\"OWNER_UNAVAILABLE\"");
            assertThat(answer.headers().firstValue("Retry-After")).hasValue(retryAfter);
        }
        assertThat(LOG.stored()).hasSize(before);
    }

    @Test
    void otherEventsAreTakenUncheckedInAHandOver() {
        OWNERS.doesNotJudge(Reason.HAND_OVER);

        HttpResponse<String> single = server.postEvents(FREE);
        assertThat(single.statusCode()).isEqualTo(200);
        assertThat(single.body()).endsWith("\"deduplicated\":false,\"checked\":false}");
        assertThat(LOG.stored().getLast().batch().admission()).isNull();

        HttpResponse<String> batch = server.postEvents("{\"partial\":true,\"events\":[" + FREE + "," + LIMITED + "]}");
        assertThat(batch.statusCode()).isEqualTo(207);
        assertThat(batch.body())
                .contains("\"error\":{\"code\":\"OWNER_UNAVAILABLE\",\"error\":\"Service Unavailable\",")
                .endsWith("\"checked\":false}");
        assertThat(LOG.stored().getLast().batch().events()).hasSize(1);
    }

    @Test
    void lateRecordsAreNeverAcknowledged() {
        OWNERS.decides(candidate -> Decisions.bounded());
        LOG.fates(record -> LOG.landAt(record, GatewayServer.NOW.plusMillis(2_001)));

        HttpResponse<String> answer = server.postEvents(FREE);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("2");
        assertThat(OWNERS.outcomes().getLast().fate()).isEqualTo(AdmissionOutcome.Fate.UNKNOWN);
    }

    @Test
    void whatTheLogDidNotTakeIsJudgedAnew() {
        String keyed = "{\"event_type\":\"calls\",\"tenant_id\":\"t\",\"idempotency_key\":\"k\"}";
        LOG.away(true);
        assertThat(server.postEvents(keyed).statusCode()).isEqualTo(503);
        LOG.away(false);
        assertThat(server.postEvents(keyed).body()).contains("\"deduplicated\":false");
        assertThat(server.postEvents(keyed).body()).contains("\"deduplicated\":true");
    }

    @Test
    void ownersAreToldOfUnknownOutcomes() {
        LOG.fates(record -> CompletableFuture.completedFuture(new Appended.Unknown("silence")));

        assertThat(server.postEvents(FREE).statusCode()).isEqualTo(503);
        assertThat(OWNERS.outcomes().getLast().fate()).isEqualTo(AdmissionOutcome.Fate.UNKNOWN);
    }

    @Test
    void eventsOfADeletedTenantFailAlone() {
        OWNERS.decides(candidate -> Decisions.admitted());
        String gone = "{\"event_type\":\"m\",\"tenant_id\":\"gone\"}";

        HttpResponse<String> single = server.postEvents(gone);
        HttpResponse<String> batch = server.postEvents("{\"events\":[" + gone + "," + FREE + "]}");

        assertThat(single.statusCode()).isEqualTo(403);
        assertThat(single.body()).contains("\"code\":\"TENANT_DELETED\"");
        assertThat(batch.statusCode()).as(batch.body()).isEqualTo(207);
        assertThat(batch.body())
                .contains("\"new_events\":1", "\"failed\":1", "\"index\":0", "\"code\":\"TENANT_DELETED\"");
    }

    @Test
    void metricUpdatesAreEvents() {
        OWNERS.decides(candidate -> Decisions.admitted());
        HttpResponse<String> answer = put("/api/v1/metrics/balance%20due?scope=customer&customer_id=cust_7", """
                {"value":-2.5000005,"idempotency_key":"order-1001","metadata":{"a":1}}""");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("""
                {"status":"updated","business_id":"biz_demo","metric_name":"balance due","new_value":-2.500001,\
                "timestamp":1772619330,"event_id":"evt_2rtphs4de9r778kbtm2pezgxmd","deduplicated":false,\
                "current_value":0.0,"limit_breached":false}""");
        assertThat(answer.headers().firstValue("Tollgate-Position")).isPresent();
        InMemoryEventLog.StoredBatch stored = LOG.stored().getLast();
        assertThat(stored.batch().subjectKey().recordKey()).isEqualTo("biz_demo/tenant:cust_7");
        assertThat(stored.batch().events().getFirst().event()).satisfies(event -> {
            assertThat(event.meter().value()).isEqualTo("balance due");
            assertThat(event.quantity().value()).isEqualTo(new BigDecimal("-2.500001"));
            assertThat(event.metadata()).isEqualTo("{\"a\":1}");
        });
    }

    @Test
    void withoutScopeTheMetricIsTheOrganizations() {
        HttpResponse<String> answer = server.send(server.post("/api/v1/metrics/calls")
                .PUT(BodyPublishers.ofString("{\"value\":1000}"))
                .header("Content-Type", "application/json; charset=utf-8")
                .header("Idempotency-Key", "order-1001")
                .build());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"new_value\":1000.0,")
                // V7 c
                .contains("\"event_id\":\"evt_6yn3y6719p851m7s9wnt6ye3xr\"");
        assertThat(LOG.stored().getLast().batch().subjectKey().recordKey()).isEqualTo("biz_demo/organization");
    }

    @Test
    void zeroIsAnUpdate() {
        assertThat(put("/api/v1/metrics/calls", "{\"value\":0}").body()).contains("\"new_value\":0.0,");
    }

    @Test
    void updatesUnderAQuotaAreDenied() {
        OWNERS.decides(candidate -> Decisions.denied(candidate.meter(), "21"));
        HttpResponse<String> answer = put("/api/v1/metrics/calls", "{\"value\":21}");

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("\"code\":\"QUOTA_EXCEEDED\"").contains("\"decision_id\":\"dec_calls\"");
    }

    @Test
    void updatesUnderTheKeyOfAnotherAreConflicts() {
        OWNERS.decides(candidate -> new EventDecision.Conflict(Decisions.FIRST_ARRIVAL));
        HttpResponse<String> answer = put("/api/v1/metrics/calls", "{\"value\":21,\"idempotency_key\":\"order-1001\"}");

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains("\"received_at\":\"2026-03-01T00:00:00Z\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|value|REQUIRED",
                "{\"value\":null}|value|INVALID_TYPE",
                "{\"value\":\"x\"}|value|NOT_A_DECIMAL",
                "{\"value\":1,\"timestamp\":\"soon\"}|timestamp|INVALID_TIMESTAMP",
                "[1]|''|INVALID_TYPE"
            })
    void invalidUpdatesAreExplained(String body, String field, String errorType) {
        HttpResponse<String> answer = put("/api/v1/metrics/calls", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body())
                .contains("\"message\":\"Invalid update data\"")
                .contains("\"details\":{\"field\":\"" + field + "\",\"error_type\":\"" + errorType + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"?scope=tenant", "?scope=customer", "?scope=customer&customer_id="})
    void scopesThatNameNobodyAreRefused(String query) {
        HttpResponse<String> answer = put("/api/v1/metrics/calls" + query, "{\"value\":1}");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":\"INVALID_SCOPE\"");
    }

    @Test
    void updatesAreSmallJsonOfAnOrganization() {
        assertThat(put("/api/v1/metrics/calls", "{\"value\":1}" + " ".repeat(1_000_000))
                        .statusCode())
                .isEqualTo(413);
        assertThat(server.send(server.post("/api/v1/metrics/calls")
                                .PUT(BodyPublishers.ofString("{\"value\":1}"))
                                .header("Content-Type", "text/plain")
                                .build())
                        .statusCode())
                .isEqualTo(415);
        assertThat(server.send(java.net.http.HttpRequest.newBuilder(
                                        java.net.URI.create("http://127.0.0.1:" + server.port() + "/api/v1/metrics/m"))
                                .PUT(BodyPublishers.ofString("{\"value\":1}"))
                                .header("Authorization", "Bearer admin")
                                .build())
                        .statusCode())
                .isEqualTo(401);
    }

    private static HttpResponse<String> put(String pathAndQuery, String body) {
        return server.send(server.post(pathAndQuery)
                .PUT(BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .build());
    }
}
