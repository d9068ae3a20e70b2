package io.tollgate.control.metric.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.metric.CreationAllowance;
import io.tollgate.control.metric.MeterPresence;
import io.tollgate.control.metric.MetricKey;
import io.tollgate.control.metric.MetricUpdates;
import io.tollgate.control.metric.Metrics;
import io.tollgate.control.metric.kafka.CounterCutAvro;
import io.tollgate.control.metric.kafka.MetricAvro;
import io.tollgate.control.metric.postgres.PostgresMetrics;
import io.tollgate.definition.BreachAction;
import io.tollgate.definition.LimitOperator;
import io.tollgate.definition.LimitPeriod;
import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.definition.MetricType;
import io.tollgate.event.CutKind;
import io.tollgate.event.UsageBatch;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Making and deleting metrics over HTTP with a real database.
class MetricCreationIT {
    private static final String METRICS = "/api/v1/metrics";
    private static final String COUNTED = "counted by events";

    private static final TestControl CONTROL = new TestControl(Instant.parse("2026-11-22T09:30:20.5Z"));
    private static final List<String> UPDATES = new CopyOnWriteArrayList<>();

    private OrganizationId organization = new OrganizationId("none");

    /// Knows one meter, of every subject.
    private static Optional<MeterPresence.ImplicitMeter> counted(MetricKey key) {
        return key.meter().value().equals(COUNTED)
                ? Optional.of(MeterPresence.ImplicitMeter.OF_EVENT)
                : Optional.empty();
    }

    @BeforeAll
    static void start() {
        MetricUpdates updates = (key, value) ->
                UPDATES.add(key.organizationId() + " " + key.subject() + " " + key.meter() + " " + value);
        CONTROL.with(Metrics.class, new PostgresMetrics(CONTROL.changes(), CreationAllowance.BY_EDITION))
                .with(MeterPresence.class, MetricCreationIT::counted)
                .with(MetricUpdates.class, updates)
                .start();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void organization() {
        organization = CONTROL.newOrganization();
    }

    private Answer send(String method, String path, String body) {
        return CONTROL.send(organization.value(), method, METRICS + path, body);
    }

    private JsonNode create(String query, String body) {
        Answer answer = send("POST", query, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private MetricDefinition published(String subject, String name) {
        return new MetricAvro()
                .toAvro(CONTROL.lastPublished(
                        Topics.METRIC_DEFINITIONS.name(), organization + "/" + subject + "/" + name))
                .orElseThrow();
    }

    private List<UsageBatch> cuts(String subject) {
        return CONTROL.published(Topics.USAGE_EVENTS.name()).stream()
                .filter(row -> row.recordKey().equals(organization + "/" + subject))
                .map(row -> new CounterCutAvro()
                        .toAvro(new Answer(0, row.payload().orElseThrow()).json())
                        .orElseThrow())
                .toList();
    }

    private void edition(String planType) {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE organizations SET plan_type = ? WHERE id = ?", planType, organization.value()));
    }

    private void madeToday(int creations, String day) {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO metric_creations (organization_id, day, creations) VALUES (?, ?::date, ?)",
                        organization.value(),
                        day,
                        creations));
    }

    @Test
    void metricOfTheBusinessHasTheDocumentedDefaults() {
        Answer answer = send("POST", "", "{\"metric_name\":\"api_calls\"}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.text())
                .isEqualTo("{\"status\":\"created\",\"business_id\":\"" + organization
                        + "\",\"metric_name\":\"api_calls\",\"operation\":\"SUM\",\"flush_interval\":\"1h\","
                        + "\"cleanup_after\":\"1d\",\"tick_type\":\"tick_1h\",\"metric_type\":\"checkpoint\","
                        + "\"initial_value\":0.0}");
        MetricDefinition definition = published("organization", "api_calls");
        assertThat(definition.getOperation()).isEqualTo(MeterOperation.SUM);
        assertThat(definition.getMetricType()).isEqualTo(MetricType.CHECKPOINT);
        assertThat(definition.getFlushSeconds()).isEqualTo(3_600);
        assertThat(definition.getBatchSeconds()).isEqualTo(15);
        assertThat(definition.getCleanupSeconds()).isEqualTo(86_400);
        assertThat(definition.getLimitValue()).isNull();
        assertThat(definition.getAction()).isEqualTo(BreachAction.DISABLED);
        assertThat(definition.getPeriod()).isEqualTo(LimitPeriod.REALTIME);
        assertThat(definition.getRetentionDays()).isNull();
        assertThat(CONTROL.auditedActions(organization)).containsExactly("create_metric");
    }

    @Test
    void metricOfAnUnknownTenantMakesTheTenant() {
        Answer answer = send(
                "POST", "?scope=customer&customer_id=never%2Fmade", "{\"metric_name\":\"m\",\"initial_value\":20}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.text())
                .isEqualTo("{\"status\":\"created\",\"business_id\":\"" + organization
                        + "\",\"customer_id\":\"never/made\",\"metric_name\":\"m\",\"operation\":\"SUM\","
                        + "\"flush_interval\":\"1h\",\"cleanup_after\":\"1d\",\"metric_type\":\"checkpoint\","
                        + "\"initial_value\":20.0}");
        assertThat(CONTROL.texts(
                        organization,
                        "SELECT name || ' ' || status || ' ' || origin FROM tenants WHERE organization_id = :id"))
                .containsExactly("never/made ACTIVE api");
        assertThat(published("tenant:never%2Fmade", "m").getSubject()).isEqualTo("tenant:never/made");
        assertThat(UPDATES).isEmpty();
    }

    @Test
    void everyFieldIsTakenWithItsAliases() {
        create("", """
                {"metric_name":"m","operation":"avg","metric_type":"stripe_billing","flush_interval":"5s",
                 "cleanup_after":"never","initial_value":"-1.5","tags":{"team":"a"},"plan_limit_value":100,
                 "plan_limit_operator":"gt","plan_breach_action":"block","limit_period":"daily","unknown":true,
                 "metadata":{"integrations":{
                     "supabase":{"table_name":"t","retention_days":30.0,"batch_interval":"30s","restore_on_startup":true},
                     "stripe":{"key_name":"k","overage_threshold":5,"batch_interval":"1m","restore_on_startup":false},
                     "fly":{"scale_threshold":0.8,"max_machines":3}},
                   "billing":{"currency":"USD","rate_per_operation":0.002},"custom":[1,null],"mine":"kept"}}
                """);

        MetricDefinition definition = published("organization", "m");
        assertThat(definition.getOperation()).isEqualTo(MeterOperation.AVG);
        assertThat(definition.getMetricType()).isEqualTo(MetricType.STRIPE_BILLING);
        assertThat(definition.getFlushSeconds()).isEqualTo(5);
        assertThat(definition.getBatchSeconds()).isEqualTo(30);
        assertThat(definition.getCleanupSeconds()).isNull();
        assertThat(definition.getInitialValue()).isEqualByComparingTo("-1.5");
        assertThat(definition.getLimitValue()).isEqualByComparingTo("100");
        assertThat(definition.getOperator()).isEqualTo(LimitOperator.GT);
        assertThat(definition.getAction()).isEqualTo(BreachAction.DENY);
        assertThat(definition.getPeriod()).isEqualTo(LimitPeriod.DAILY);
        assertThat(definition.getTags()).isEqualTo(Map.of("team", "a"));
        assertThat(definition.getRetentionDays()).isEqualTo(30);
        assertThat(CONTROL.texts(organization, "SELECT metadata ->> 'mine' FROM metrics WHERE organization_id = :id"))
                .containsExactly("kept");
    }

    @ParameterizedTest
    @CsvSource({"1s, tick_1s", "5m, tick_5m", "6h, tick_6h"})
    void tickTypeFollowsTheFlushInterval(String interval, String tick) {
        assertThat(create("", "{\"metric_name\":\"m\",\"flush_interval\":\"" + interval + "\"}")
                        .required("tick_type")
                        .textValue())
                .isEqualTo(tick);
    }

    @Test
    void metricThatExistsKeepsItsSettingsAndAnInitialValueIsAnUpdate() {
        UPDATES.clear();
        create("", "{\"metric_name\":\"m\",\"operation\":\"MAX\",\"flush_interval\":\"5s\",\"initial_value\":3}");

        JsonNode again = create("", "{\"metric_name\":\"m\",\"operation\":\"SUM\"}");
        assertThat(again.required("existed").booleanValue()).isTrue();
        assertThat(again.required("operation").textValue()).isEqualTo("MAX");
        assertThat(again.required("flush_interval").textValue()).isEqualTo("5s");
        assertThat(again.required("initial_value").decimalValue()).isEqualByComparingTo("3");
        assertThat(UPDATES).isEmpty();

        create("", "{\"metric_name\":\"m\",\"initial_value\":-7.5}");
        assertThat(UPDATES).containsExactly(organization + " organization m -7.5");
        assertThat(published("organization", "m").getInitialValue()).isEqualByComparingTo("3");
        assertThat(create("?scope=customer&customer_id=t1", "{\"metric_name\":\"m\"}")
                        .has("existed"))
                .isFalse();
        UPDATES.clear();
    }

    @Test
    void metricThatEventsMadeStaysAsItIs() {
        JsonNode answer = create("", "{\"metric_name\":\"" + COUNTED + "\",\"operation\":\"MAX\"}");

        assertThat(answer.required("existed").booleanValue()).isTrue();
        assertThat(answer.required("operation").textValue()).isEqualTo("SUM");
        assertThat(CONTROL.auditedActions(organization)).isEmpty();
    }

    @Test
    void ofConcurrentCreationsOneMakesTheMetric() throws Exception {
        List<Answer> answers = TestControl.concurrently(8, () -> send("POST", "", "{\"metric_name\":\"m\"}"));

        assertThat(answers).extracting(Answer::status).containsOnly(201);
        assertThat(answers).filteredOn(answer -> !answer.json().has("existed")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                                            | metric_name    | required
        {"metric_name":""}                                            | metric_name    | invalid_value
        {"metric_name":5}                                             | metric_name    | invalid_type
        {"metric_name":"m","operation":"MEDIAN"}                      | operation      | invalid_value
        {"metric_name":"m","metric_type":"gauge"}                     | metric_type    | invalid_value
        {"metric_name":"m","flush_interval":"2s"}                     | flush_interval | invalid_value
        {"metric_name":"m","cleanup_after":"2d"}                      | cleanup_after  | invalid_value
        {"metric_name":"m","initial_value":true}                      | initial_value  | invalid_type
        {"metric_name":"m","limit_value":-1}                          | limit_value    | invalid_value
        {"metric_name":"m","limit_operator":"=>"}                     | limit_operator | invalid_value
        {"metric_name":"m","breach_action":"stop"}                    | breach_action  | invalid_value
        {"metric_name":"m","limit_period":"hourly"}                   | limit_period   | invalid_value
        {"metric_name":"m","tags":["a"]}                              | tags           | invalid_type
        {"metric_name":"m","tags":{"a":1}}                            | tags           | invalid_value
        {"metric_name":"m","tags":{"a":"\\u0000"}}                    | tags           | invalid_value
        {"metric_name":"m","metadata":"x"}                            | metadata       | invalid_type
        {"metric_name":"m","metadata":{"a":"\\ud800"}}                | metadata       | invalid_value
        {"metric_name":"m","metadata":{"a":1e999999}}                 | metadata       | invalid_value
        {"metric_name":"m","metadata":{"integrations":{"supabase":{"batch_interval":"2s"}}}}   | metadata.integrations.supabase.batch_interval | invalid_value
        {"metric_name":"m","metadata":{"integrations":{"supabase":{"retention_days":0}}}}      | metadata.integrations.supabase.retention_days | invalid_value
        {"metric_name":"m","metadata":{"integrations":{"stripe":{"overage_threshold":0.5}}}}   | metadata.integrations.stripe.overage_threshold | invalid_value
        {"metric_name":"m","metric_type":"reset","flush_interval":"1m","metadata":{"integrations":{"stripe":{"overage_threshold":5}}}} | metadata.integrations.stripe.overage_threshold | invalid_value
        {"metric_name":"m","metadata":{"integrations":[]}}            | metadata.integrations | invalid_type
        """)
    void wrongMetricIsRefusedWithItsFieldAndWhatWasReceived(String body, String field, String type) {
        Answer answer = send("POST", "", body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("VALIDATION_FAILED");
        assertThat(answer.json().required("error").textValue()).isEqualTo("Validation Failed");
        assertThat(answer.json().required("details").required("field").textValue())
                .isEqualTo(field);
        assertThat(answer.json().required("details").required("error_type").textValue())
                .isEqualTo(type);
        assertThat(answer.json().required("received_data").isObject()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        "metric_type":"reset","flush_interval":"5m"
        "metric_type":"reset","flush_interval":"1m","limit_period":"daily"
        "metric_type":"stripe_billing","flush_interval":"1m"
        """)
    void windowsThatAreLongEnoughMayHaveOverages(String settings) {
        Answer answer = send(
                "POST",
                "",
                "{\"metric_name\":\"m\"," + settings
                        + ",\"metadata\":{\"integrations\":{\"stripe\":{\"overage_threshold\":5}}}}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    }

    @ParameterizedTest
    @CsvSource({"?scope=site", "?scope=customer", "?scope=customer&customer_id=", "?scope=customer&customer_id=%00"})
    void wrongScopeIsRefused(String query) {
        for (String path : List.of(query, "/m" + query)) {
            Answer answer = send(path.startsWith("/") ? "DELETE" : "POST", path, "{\"metric_name\":\"m\"}");
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.code()).isEqualTo("INVALID_SCOPE");
            assertThat(answer.json().required("error").textValue()).isEqualTo("Invalid Scope");
        }
    }

    @Test
    void deletedMetricLosesItsSettingsAndItsCountersBeginAnew() {
        create("?scope=customer&customer_id=t1", "{\"metric_name\":\"m\"}");

        Answer answer = send("DELETE", "/m?scope=customer&customer_id=t1", "");

        assertThat(answer.text())
                .isEqualTo("{\"status\":\"deleted\",\"metric_name\":\"m\",\"business_id\":\"" + organization + "\"}");
        assertThat(CONTROL.lastPublished(Topics.METRIC_DEFINITIONS.name(), organization + "/tenant:t1/m")
                        .isNull())
                .isTrue();
        assertThat(cuts("tenant:t1")).singleElement().satisfies(batch -> {
            assertThat(batch.getOrganizationId()).isEqualTo(organization.value());
            assertThat(batch.getSubject()).isEqualTo("tenant:t1");
            assertThat(batch.getEvents()).isEmpty();
            assertThat(batch.getBatchId()).matches("bat_[0-9a-z]{26}");
            assertThat(batch.getCut().getKind()).isEqualTo(CutKind.METER_DELETED);
            assertThat(batch.getCut().getMeter()).isEqualTo("m");
        });
        Answer again = send("DELETE", "/m?scope=customer&customer_id=t1", "");
        assertThat(again.status()).isEqualTo(404);
        assertThat(again.json().required("message").textValue()).isEqualTo("Metric not found: m");
        assertThat(cuts("tenant:t1")).hasSize(1);
        assertThat(CONTROL.auditedActions(organization)).containsExactly("create_metric", "delete_metric");
    }

    @Test
    void metricThatOnlyEventsMadeCanBeDeleted() {
        String path = "/" + COUNTED.replace(" ", "%20");
        assertThat(send("DELETE", path, "").status()).isEqualTo(200);
        assertThat(send("DELETE", path, "").status()).isEqualTo(200);

        assertThat(cuts("organization"))
                .hasSize(2)
                .extracting(batch -> batch.getCut().getId())
                .doesNotHaveDuplicates();
    }

    @Test
    void unknownNamesAre404() {
        for (String path : List.of("/nothing", "/%00", "/" + "x".repeat(101))) {
            assertThat(send("DELETE", path, "").status()).as(path).isEqualTo(404);
        }
    }

    @Test
    void onlyKeysOfTheOrganizationMakeAndDeleteMetrics() {
        create("", "{\"metric_name\":\"m\"}");
        String body = "{\"metric_name\":\"n\"}";

        Answer admin = CONTROL.send("admin", "POST", METRICS, body);
        assertThat(admin.status()).isEqualTo(403);
        assertThat(admin.json().required("message").textValue()).isEqualTo("Admin key cannot create metrics directly");
        for (String who : List.of("tenant:" + organization, "reader:" + organization)) {
            assertThat(CONTROL.send(who, "POST", METRICS, body).status()).isEqualTo(403);
            assertThat(CONTROL.send(who, "DELETE", METRICS + "/m", "").status()).isEqualTo(403);
        }
        assertThat(CONTROL.send("nobody", "POST", METRICS, body).status()).isEqualTo(401);
        assertThat(CONTROL.send("nobody", "DELETE", METRICS + "/m", "").status())
                .isEqualTo(401);
        assertThat(CONTROL.send(CONTROL.newOrganization().value(), "DELETE", METRICS + "/m", "")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void deletedTenantGetsNoMetric() {
        CONTROL.jdbi().useHandle(handle -> handle.execute("""
                INSERT INTO tenants (organization_id, tenant_id, name, status, origin, created_at)
                VALUES (?, 't1', 't1', 'DELETED', 'api', now())
                """, organization.value()));

        Answer answer = send("POST", "?scope=customer&customer_id=t1", "{\"metric_name\":\"m\"}");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.code()).isEqualTo("TENANT_DELETED");
    }

    @Test
    void freeEditionAllowsTenThousandCreationsADay() {
        madeToday(9_999, "2026-11-22");
        create("", "{\"metric_name\":\"last\"}");

        Answer refused = send("POST", "?scope=customer&customer_id=t9", "{\"metric_name\":\"more\"}");

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.code()).isEqualTo("PLATFORM_LIMIT_EXCEEDED");
        assertThat(create("", "{\"metric_name\":\"last\"}").has("existed")).isTrue();
        assertThat(CONTROL.texts(organization, "SELECT count(*) FROM tenants WHERE organization_id = :id"))
                .containsExactly("0");
    }

    @Test
    void yesterdaysCreationsDoNotCount() {
        madeToday(10_000, "2026-11-21");

        create("", "{\"metric_name\":\"m\"}");
    }

    @ParameterizedTest
    @CsvSource({"pro, 201", "scale, 201", "enterprise, 201", "bronze, 429"})
    void otherEditionsHaveTheirOwnBounds(String edition, int status) {
        edition(edition);
        madeToday(1_000, "2026-11-22");

        assertThat(send("POST", "", "{\"metric_name\":\"m\"}").status()).isEqualTo(status);
    }

    @Test
    void installationOfItsOnlyCustomerHasNoBound() {
        assertThat(CreationAllowance.UNLIMITED.creationsMax("free")).isEmpty();
        assertThat(CreationAllowance.BY_EDITION.creationsMax("free")).hasValue(10_000);
    }
}
