package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Corrections of events as a caller sees them, in an organization of its own. One story; the steps build on each
/// other.
final class CorrectionsWalk {
    private static final String REASON = "{\"reason\":\"reported twice\"}";
    private static final int CALLERS = 16;

    private final Api admin;
    private final Api api;

    CorrectionsWalk(Api admin) throws Exception {
        this.admin = admin;
        this.api = admin.newOrganization("corrected");
    }

    void walk() throws Exception {
        assertThat(api.post(
                                "/api/v1/quotas",
                                "{\"tenant_id\":\"t\",\"event_type\":\"calls\",\"limit_value\":10,\"limit_type\":\"MONTHLY\"}")
                        .status())
                .isEqualTo(201);
        String six = report(6, "six");
        String four = report(4, "four");
        assertThat(full()).isTrue();

        aVoidFreesWhatTheEventHeld(four);
        theTenantIsToldThatAndNotByWhom(four);
        aVoidIsMadeOnce(four);
        String again = report(4, "again");
        assertThat(full()).isTrue();
        manyVoidsOfOneEventAreOne(again);
        anAmendmentIsTestedByTheQuota(six);
        String seven = anAmendmentReplaces(six);
        nobodyElseSeesOrTouchesIt(seven);
        manyAreTakenOutTogether();
        theLargestIsFoundAnew();
        everythingIsInTheTrailAndNothingDiverges();
    }

    private void aVoidFreesWhatTheEventHeld(String four) throws Exception {
        JsonNode voided = corrected(post(four, "void", REASON));
        assertThat(voided.path("event_id").asText()).isEqualTo(four);
        assertThat(voided.path("status").asText()).isEqualTo("VOIDED");
        assertThat(voided.path("voided_at").asText()).isNotEmpty();
        assertThat(counter("calls")).isEqualByComparingTo("6");
        assertThat(usage("calls")).isEqualByComparingTo("6");
        assertThat(get("/api/v1/events?status=ACCEPTED").path("events").findValuesAsText("id"))
                .doesNotContain(four)
                .hasSize(1);
        JsonNode listed = get("/api/v1/events?status=VOIDED").path("events");
        assertThat(listed.findValuesAsText("id")).containsExactly(four);
        assertThat(listed.get(0).path("voided_by").asText()).startsWith("key:");
        assertThat(get("/api/v1/events").path("total").asInt()).isEqualTo(2);
        JsonNode one = get("/api/v1/events/" + four);
        assertThat(one.path("status").asText()).isEqualTo("VOIDED");
        assertThat(one.path("correction").path("reason").asText()).isEqualTo("reported twice");
    }

    private void theTenantIsToldThatAndNotByWhom(String four) throws Exception {
        Api.Answer made = api.post("/api/v1/customers/t/keys", "{\"key_name\":\"own\"}");
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        Api tenant = api.withKey(made.body().path("api_key").asText());
        JsonNode one = tenant.get("/api/v1/events/" + four).body();
        assertThat(one.path("status").asText()).isEqualTo("VOIDED");
        assertThat(one.path("correction").path("corrected_at").asText()).isNotEmpty();
        assertThat(one.toString()).doesNotContain("reported twice").doesNotContain("key:");
        assertThat(tenant.get("/api/v1/events").body().toString()).doesNotContain("key:");
        assertThat(tenant.post("/api/v1/events/" + four + "/void", REASON).status())
                .isEqualTo(403);
    }

    private void aVoidIsMadeOnce(String four) throws Exception {
        JsonNode first = corrected(post(four, "void", REASON));
        assertThat(corrected(post(four, "void", REASON))).isEqualTo(first);
        Api.Answer other = post(four, "void", "{\"reason\":\"something else\"}");
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.body().path("code").asText()).isEqualTo("INVALID_STATE");
        assertThat(post(four, "amend", "{\"reason\":\"r\",\"quantity\":1}").status())
                .isEqualTo(409);
        assertThat(counter("calls")).isEqualByComparingTo("6");
        // The key stays used: what was voided is not counted again by a client that retries.
        Api.Answer retried = api.post("/api/v1/events", event("calls", "4", "four"));
        assertThat(retried.status()).isEqualTo(200);
        assertThat(retried.body().path("deduplicated").asBoolean()).isTrue();
        assertThat(retried.body().path("event_id").asText()).isEqualTo(four);
        assertThat(counter("calls")).isEqualByComparingTo("6");
    }

    private void manyVoidsOfOneEventAreOne(String event) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<Future<Api.Answer>> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                answers.add(threads.submit(() -> {
                    go.await();
                    return post(event, "void", REASON);
                }));
            }
            go.countDown();
        }
        Set<JsonNode> distinct = new HashSet<>();
        for (Future<Api.Answer> answer : answers) {
            distinct.add(corrected(answer.get()));
        }
        assertThat(distinct).hasSize(1);
        assertThat(counter("calls")).isEqualByComparingTo("6");
        assertThat(usage("calls")).isEqualByComparingTo("6");
    }

    private void anAmendmentIsTestedByTheQuota(String six) throws Exception {
        Api.Answer denied = post(six, "amend", "{\"reason\":\"typing error\",\"quantity\":10.5}");
        assertThat(denied.status()).as(denied.body().toString()).isEqualTo(403);
        assertThat(denied.body().path("code").asText()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(get("/api/v1/events/" + six).path("status").asText()).isEqualTo("ACCEPTED");
        assertThat(post(six, "amend", "{\"reason\":\"typing error\"}").status()).isEqualTo(400);
        assertThat(post(six, "amend", "{\"reason\":\"typing error\",\"quantity\":0}")
                        .status())
                .isEqualTo(400);
        assertThat(post(six, "amend", "{\"quantity\":1}").status()).isEqualTo(400);
    }

    /// More than the quota has room for beside the event, and exactly what it has without.
    private String anAmendmentReplaces(String six) throws Exception {
        String change = "{\"reason\":\"typing error\",\"quantity\":10}";
        JsonNode amended = corrected(post(six, "amend", change));
        assertThat(amended.path("status").asText()).isEqualTo("AMENDED");
        String replacement = amended.path("replacement_event_id").asText();
        assertThat(corrected(post(six, "amend", change))).isEqualTo(amended);
        assertThat(post(six, "amend", "{\"reason\":\"typing error\",\"quantity\":9}")
                        .status())
                .isEqualTo(409);
        assertThat(counter("calls")).isEqualByComparingTo("10");
        assertThat(usage("calls")).isEqualByComparingTo("10");
        assertThat(full()).isTrue();
        JsonNode before = get("/api/v1/events/" + six);
        assertThat(before.path("status").asText()).isEqualTo("AMENDED");
        assertThat(before.path("correction").path("replacement_event_id").asText())
                .isEqualTo(replacement);
        JsonNode after = get("/api/v1/events/" + replacement);
        assertThat(after.path("amends").asText()).isEqualTo(six);
        assertThat(after.path("timestamp")).isEqualTo(before.path("timestamp"));
        assertThat(after.path("metadata")).isEqualTo(before.path("metadata"));
        assertThat(after.path("idempotency_key").isNull()).isTrue();
        return replacement;
    }

    private void nobodyElseSeesOrTouchesIt(String event) throws Exception {
        Api other = admin.newOrganization("curious");
        for (String step : List.of("void", "amend")) {
            Api.Answer answer =
                    other.post("/api/v1/events/" + event + "/" + step, "{\"reason\":\"mine\",\"quantity\":1}");
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body().toString()).doesNotContain("calls");
        }
        JsonNode many = other.post("/api/v1/events/void", "{\"event_ids\":[\"" + event + "\"],\"reason\":\"mine\"}")
                .body();
        assertThat(many.path("results").get(0).path("error").path("code").asText())
                .isEqualTo("NOT_FOUND");
        assertThat(counter("calls")).isEqualByComparingTo("10");
    }

    private void manyAreTakenOutTogether() throws Exception {
        JsonNode ids = api.post(
                        "/api/v1/events",
                        "{\"events\":[" + event("imports", "1", "i1") + "," + event("imports", "2", "i2") + ","
                                + event("imports", "4", "i3") + "]}")
                .body()
                .path("event_ids");
        String unknown = "evt_00000000000000000000000000";
        Api.Answer some = api.post(
                "/api/v1/events/void",
                "{\"event_ids\":[" + ids.get(0) + ",\"" + unknown + "\"," + ids.get(1) + "],\"reason\":\"imported\"}");
        assertThat(some.status()).as(some.body().toString()).isEqualTo(207);
        assertThat(some.body().path("voided").asInt()).isEqualTo(2);
        assertThat(some.body().path("failed").asInt()).isEqualTo(1);
        assertThat(some.body().path("results").get(1).path("error").path("code").asText())
                .isEqualTo("NOT_FOUND");
        assertThat(counter("imports")).isEqualByComparingTo("4");
        Api.Answer all = api.post("/api/v1/events/void", "{\"event_ids\":" + ids + ",\"reason\":\"imported\"}");
        assertThat(all.status()).as(all.body().toString()).isEqualTo(200);
        assertThat(all.body().path("voided").asInt()).isEqualTo(3);
        // Nobody has defined it, and nothing is counted for it any more.
        assertThat(api.get("/api/v1/metrics/imports?scope=customer&customer_id=t")
                        .status())
                .isEqualTo(404);
        assertThat(get("/api/v1/usage?group_by=event_type").path("usage").findValuesAsText("event_type"))
                .doesNotContain("imports");
        assertThat(api.post("/api/v1/events/void", "{\"event_ids\":[],\"reason\":\"none\"}")
                        .status())
                .isEqualTo(400);
    }

    private void theLargestIsFoundAnew() throws Exception {
        Api.Answer made = api.post(
                "/api/v1/metrics?scope=customer&customer_id=t", "{\"metric_name\":\"load\",\"operation\":\"MAX\"}");
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        reported("load", "5", "low");
        String high = reported("load", "90", "high");
        reported("load", "7", "middle");
        assertThat(counter("load")).isEqualByComparingTo("90");
        corrected(post(high, "void", REASON));
        assertThat(counter("load")).isEqualByComparingTo("7");
        assertThat(usage("load")).isEqualByComparingTo("7");
    }

    private void everythingIsInTheTrailAndNothingDiverges() throws Exception {
        JsonNode trail = get("/api/v1/audit-logs?limit=100");
        List<String> actions = trail.findValuesAsText("action");
        assertThat(actions.stream().filter("void_event"::equals)).hasSize(6);
        assertThat(actions.stream().filter("amend_event"::equals)).hasSize(1);
        String organization = get("/api/v1/organization").path("business_id").asText();
        JsonNode compared = admin.get("/admin/v1/divergence?limit=100&business_id=" + organization)
                .body();
        assertThat(compared.path("counters_checked").asInt())
                .as(compared.toString())
                .isPositive();
        assertThat(compared.path("mismatches")).as(compared.toString()).isEmpty();
    }

    // ---- one call each ----

    private boolean full() throws Exception {
        return api.post("/api/v1/events", event("calls", "1", "one too many")).status() == 403;
    }

    private String report(int quantity, String key) throws Exception {
        return reported("calls", Integer.toString(quantity), key);
    }

    private String reported(String meter, String quantity, String key) throws Exception {
        Api.Answer answer = api.post("/api/v1/events", event(meter, quantity, key));
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return answer.body().path("event_id").asText();
    }

    private static String event(String meter, String quantity, String key) {
        return "{\"event_type\":\"" + meter + "\",\"tenant_id\":\"t\",\"quantity\":" + quantity
                + ",\"idempotency_key\":\"" + key + "\",\"metadata\":{\"region\":\"eu\",\"n\":[1,2.50]}}";
    }

    private Api.Answer post(String event, String step, String body) throws Exception {
        return api.post("/api/v1/events/" + event + "/" + step, body);
    }

    private static JsonNode corrected(Api.Answer answer) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return answer.body();
    }

    private JsonNode get(String path) throws Exception {
        Api.Answer answer = api.get(path);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        assertThat(answer.stale()).isFalse();
        return answer.body();
    }

    private BigDecimal counter(String meter) throws Exception {
        return new BigDecimal(get("/api/v1/metrics/" + meter + "?scope=customer&customer_id=t")
                .path("current_value")
                .asText());
    }

    private BigDecimal usage(String meter) throws Exception {
        JsonNode rows = get("/api/v1/usage?event_type=" + meter).path("usage");
        assertThat(rows).hasSize(1);
        return new BigDecimal(rows.get(0).path("total_quantity").asText());
    }
}
