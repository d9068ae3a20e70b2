package io.tollgate.control.plan.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.outbox.OutboxRow;
import io.tollgate.control.plan.PlanLimits;
import io.tollgate.control.plan.Plans;
import io.tollgate.control.plan.kafka.PlanAvro;
import io.tollgate.control.plan.kafka.PlanLimitAvro;
import io.tollgate.control.plan.postgres.PostgresPlanLimits;
import io.tollgate.control.plan.postgres.PostgresPlans;
import io.tollgate.definition.BreachAction;
import io.tollgate.definition.LimitOperator;
import io.tollgate.definition.LimitPeriod;
import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricType;
import io.tollgate.definition.PlanDefinition;
import io.tollgate.definition.PlanLimitDefinition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Plans and plan limits over HTTP with a real database.
class PlanRoutesIT {
    private static final String PLANS = "/api/v1/plans";
    private static final String LIMITS = "/api/v1/plan_limits";
    private static final String UUID_FORM = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    private static final TestControl CONTROL = new TestControl(Instant.parse("2026-11-22T09:30:20.5Z"));

    private OrganizationId organization = new OrganizationId("none");

    @BeforeAll
    static void start() {
        CONTROL.with(Plans.class, new PostgresPlans(CONTROL.changes()))
                .with(PlanLimits.class, new PostgresPlanLimits(CONTROL.changes()))
                .with(OutboundTargets.class, OutboundTargets.parse("hooks.internal"))
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
        return CONTROL.send(organization.value(), method, path, body);
    }

    private JsonNode create(String path, String body) {
        Answer answer = send("POST", path, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private static String id(JsonNode thing) {
        return thing.required("id").textValue();
    }

    private void tenant(String tenantId, String planRef, String status) {
        CONTROL.jdbi()
                .useHandle(handle -> handle.createUpdate("""
                        INSERT INTO tenants (organization_id, tenant_id, name, status, origin, plan_ref, created_at)
                        VALUES (:organization, :tenant, :tenant, :status, 'api', :plan, now())
                        """)
                        .bind("organization", organization.value())
                        .bind("tenant", tenantId)
                        .bind("status", status)
                        .bind("plan", planRef)
                        .execute());
    }

    private Optional<String> planRef(String tenantId) {
        return CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT plan_ref FROM tenants WHERE organization_id = :organization AND tenant_id = :tenant")
                        .bind("organization", organization.value())
                        .bind("tenant", tenantId)
                        .mapTo(String.class)
                        .findOne());
    }

    private PlanDefinition publishedPlan(String id) {
        return new PlanAvro()
                .toAvro(CONTROL.lastPublished(Topics.PLAN_DEFINITIONS.name(), organization + "/" + id))
                .orElseThrow();
    }

    private static PlanLimitDefinition publishedLimit(String id) {
        return new PlanLimitAvro()
                .toAvro(CONTROL.lastPublished(Topics.PLAN_LIMIT_DEFINITIONS.name(), id))
                .orElseThrow();
    }

    @Test
    void newPlanIsPublishedBeforeItsAnswer() {
        Answer answer = send("POST", PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\"}");

        assertThat(answer.status()).isEqualTo(201);
        JsonNode made = answer.json();
        assertThat(made.required("status").textValue()).isEqualTo("created");
        assertThat(made.required("plan_name").textValue()).isEqualTo("gold");
        assertThat(made.required("stripe_price_id").textValue()).isEqualTo("price_1");
        assertThat(id(made)).matches(UUID_FORM);
        PlanDefinition definition = publishedPlan(id(made));
        assertThat(definition.getPlanName()).isEqualTo("gold");
        assertThat(definition.getStripePriceId()).isEqualTo("price_1");
        assertThat(CONTROL.auditedActions(organization)).containsExactly("create_plan");
    }

    @Test
    void machinesOfAPlanAreSetShownAndTakenAway() {
        JsonNode made = create(
                PLANS,
                "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\",\"machines\":2,"
                        + "\"docker_image\":\"acme/app:1\"}");
        String path = PLANS + "/" + id(made);
        assertThat(send("PUT", path, "{\"plan_name\":\"golden\"}").status()).isEqualTo(200);
        JsonNode shown = send("GET", path, "").json();
        assertThat(shown.required("machines").intValue()).isEqualTo(2);
        assertThat(shown.required("docker_image").textValue()).isEqualTo("acme/app:1");

        assertThat(send("PUT", path, "{\"machines\":0,\"docker_image\":null}").status())
                .isEqualTo(200);
        JsonNode without = send("GET", path, "").json();
        assertThat(without.required("machines").intValue()).isZero();
        assertThat(without.required("docker_image").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"plan_name":"gold","machines":1}                                   | docker_image
        {"plan_name":"gold","machines":1,"docker_image":""}                 | docker_image
        {"plan_name":"gold","machines":1,"docker_image":" "}                | docker_image
        {"plan_name":"gold","docker_image":"  "}                            | docker_image
        {"plan_name":"gold","machines":-1,"docker_image":"acme/app:1"}      | machines
        {"plan_name":"gold","machines":101,"docker_image":"acme/app:1"}     | machines
        {"plan_name":"gold","machines":1.5,"docker_image":"acme/app:1"}     | machines
        """)
    void machinesThatCannotBeMadeAreRefused(String body, String field) {
        Answer answer = send("POST", PLANS, body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.text()).contains(field);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"plan_name":"free"}
        {"plan_name":"free","stripe_price_id":null}
        {"plan_name":"free","stripe_price_id":""}
        """)
    void planWithoutPriceIsTheFreeOneAndTheOnlyOne(String body) {
        assertThat(create(PLANS, body).required("stripe_price_id").isNull()).isTrue();

        Answer second = send("POST", PLANS, "{\"plan_name\":\"other\"}");

        assertThat(second.status()).isEqualTo(409);
        assertThat(second.code()).isEqualTo("FREE_PLAN_EXISTS");
        create(PLANS, "{\"plan_name\":\"paid\",\"stripe_price_id\":\"price_1\"}");
    }

    @Test
    void ofConcurrentFreePlansExactlyOneWins() throws Exception {
        List<Answer> answers = TestControl.concurrently(
                8,
                () -> send(
                        "POST",
                        PLANS,
                        "{\"plan_name\":\"free " + Thread.currentThread().threadId() + "\"}"));

        assertThat(answers).extracting(Answer::status).containsOnly(201, 409).containsOnlyOnce(201);
        assertThat(answers)
                .filteredOn(answer -> answer.status() == 409)
                .extracting(Answer::code)
                .containsOnly("FREE_PLAN_EXISTS");
        assertThat(send("GET", PLANS, "").json().required("count").intValue()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"plan_name":"gold","stripe_price_id":"price_2"}                 | plan_name
        {"plan_name":"silver","stripe_price_id":"price_1"}               | stripe_price_id
        {"plan_name":"silver","stripe_price_id":"price_2","id":"p-gold"} | id
        """)
    void nameIdAndPriceAreUnique(String body, String field) {
        create(PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\",\"id\":\"p-gold\"}");

        Answer answer = send("POST", PLANS, body);

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.code()).isEqualTo("ALREADY_EXISTS");
        assertThat(answer.json().required("message").textValue()).contains("this " + field);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                         | plan_name
        {"plan_name":null}                         | plan_name
        {"plan_name":""}                           | plan_name
        {"plan_name":7}                            | plan_name
        {"plan_name":"a\\u0000"}                   | plan_name
        {"plan_name":"a","id":"with space"}        | id
        {"plan_name":"a","id":""}                  | id
        {"plan_name":"a","stripe_price_id":1}      | stripe_price_id
        """)
    void wrongPlanIsRefusedWithItsField(String body, String field) {
        Answer answer = send("POST", PLANS, body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("VALIDATION_FAILED");
        assertThat(answer.json().required("error").textValue()).isEqualTo("Bad Request");
        assertThat(answer.json().required("message").textValue()).isEqualTo("Invalid plan data");
        assertThat(answer.json().required("details").required("field").textValue())
                .isEqualTo(field);
    }

    @Test
    void plansAreListedNewestFirstWholeOrInPages() {
        List<String> newestFirst = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            newestFirst.addFirst(
                    id(create(PLANS, "{\"plan_name\":\"p" + i + "\",\"stripe_price_id\":\"price_" + i + "\"}")));
        }

        JsonNode all = send("GET", PLANS, "").json();
        assertThat(all.required("plans")).extracting(PlanRoutesIT::id).isEqualTo(newestFirst);
        assertThat(all.required("count").intValue()).isEqualTo(3);
        assertThat(all.required("plans").get(0).required("created_at").textValue())
                .startsWith("2026-11-22T09:30:2");

        JsonNode first = send("GET", PLANS + "?limit=2", "").json();
        String cursor = first.required("next_cursor").textValue();
        JsonNode second = send("GET", PLANS + "?limit=2&cursor=" + cursor, "").json();
        assertThat(first.required("plans")).extracting(PlanRoutesIT::id).isEqualTo(newestFirst.subList(0, 2));
        assertThat(second.required("plans")).extracting(PlanRoutesIT::id).isEqualTo(newestFirst.subList(2, 3));
        assertThat(second.required("next_cursor").isNull()).isTrue();
        assertThat(send("GET", PLANS + "?limit=0", "").status()).isEqualTo(400);
        assertThat(send("GET", PLANS + "?cursor=x", "").status()).isEqualTo(400);
    }

    @Test
    void changedPlanIsInForceAndTenantsThatNameItStayOnIt() {
        String id = id(create(PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\"}"));
        create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":10,\"plan_id\":\"gold\"}");
        tenant("by-name", "gold", "ACTIVE");
        tenant("other", "silver", "ACTIVE");

        Answer answer = send("PUT", PLANS + "/" + id, "{\"plan_name\":\"golden\"}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().required("plan_name").textValue()).isEqualTo("golden");
        assertThat(answer.json().required("stripe_price_id").textValue()).isEqualTo("price_1");
        assertThat(answer.json().required("plan_limits")).hasSize(1);
        assertThat(send("GET", PLANS + "/" + id, "").json()).isEqualTo(answer.json());
        assertThat(publishedPlan(id).getPlanName()).isEqualTo("golden");
        assertThat(planRef("by-name")).hasValue(id);
        assertThat(planRef("other")).hasValue("silver");
    }

    @Test
    void changeIntoSomethingTakenIs409() {
        create(PLANS, "{\"plan_name\":\"free\"}");
        String id = id(create(PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\"}"));

        assertThat(send("PUT", PLANS + "/" + id, "{\"plan_name\":\"free\"}").code())
                .isEqualTo("ALREADY_EXISTS");
        assertThat(send("PUT", PLANS + "/" + id, "{\"stripe_price_id\":null}").code())
                .isEqualTo("FREE_PLAN_EXISTS");
        assertThat(send("PUT", PLANS + "/" + id, "{\"plan_name\":\"gold\"}").status())
                .isEqualTo(200);
    }

    @Test
    void planInUseIsNotDeletedAndAFreeOneGoesWithItsLimits() {
        String id = id(create(PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\"}"));
        String limit = id(create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":10,\"plan_id\":\"" + id + "\"}"));
        tenant("by-name", "gold", "ACTIVE");
        tenant("by-id", id, "SUSPENDED");
        tenant("gone", "gold", "DELETED");

        Answer refused = send("DELETE", PLANS + "/" + id, "");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("PLAN_IN_USE");
        assertThat(refused.json().required("details").required("customers").intValue())
                .isEqualTo(2);

        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE tenants SET plan_ref = NULL WHERE organization_id = ?", organization.value()));
        Answer deleted = send("DELETE", PLANS + "/" + id, "");
        assertThat(deleted.status()).isEqualTo(200);
        assertThat(deleted.json().required("status").textValue()).isEqualTo("deleted");
        assertThat(deleted.json().required("plan_id").textValue()).isEqualTo(id);
        assertThat(send("GET", PLANS + "/" + id, "").status()).isEqualTo(404);
        assertThat(send("GET", LIMITS + "/" + limit, "").status()).isEqualTo(404);
        assertThat(CONTROL.lastPublished(Topics.PLAN_LIMIT_DEFINITIONS.name(), limit)
                        .isNull())
                .isTrue();
        assertThat(CONTROL.lastPublished(Topics.PLAN_DEFINITIONS.name(), organization + "/" + id)
                        .isNull())
                .isTrue();
    }

    @Test
    void newLimitHasTheDocumentedDefaultsAndIsPublishedBeforeItsAnswer() {
        Answer answer = send("POST", LIMITS, "{\"metric_name\":\"api_calls\",\"limit_value\":1000}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.text()).contains("\"limit_value\":1000.0,");
        JsonNode limit = answer.json();
        assertThat(limit.required("status").textValue()).isEqualTo("created");
        assertThat(id(limit)).matches(UUID_FORM);
        assertThat(limit.required("limit_period").textValue()).isEqualTo("monthly");
        assertThat(limit.required("breach_operator").textValue()).isEqualTo("gte");
        assertThat(limit.required("breach_action").textValue()).isEqualTo("deny");
        assertThat(limit.required("metric_type").textValue()).isEqualTo("reset");
        assertThat(limit.required("operation").textValue()).isEqualTo("SUM");
        for (String absent : List.of("plan_id", "customer_id", "webhook_urls")) {
            assertThat(limit.required(absent).isNull()).as(absent).isTrue();
        }
        PlanLimitDefinition definition = publishedLimit(id(limit));
        assertThat(definition.getOrganizationId()).isEqualTo(organization.value());
        assertThat(definition.getMeter()).isEqualTo("api_calls");
        assertThat(definition.getLimitValue()).isEqualByComparingTo("1000");
        assertThat(definition.getPeriod()).isEqualTo(LimitPeriod.MONTHLY);
        assertThat(definition.getOperator()).isEqualTo(LimitOperator.GTE);
        assertThat(definition.getAction()).isEqualTo(BreachAction.DENY);
        assertThat(definition.getMetricType()).isEqualTo(MetricType.RESET);
        assertThat(definition.getOperation()).isEqualTo(MeterOperation.SUM);
        assertThat(definition.getPlanId()).isNull();
        assertThat(CONTROL.auditedActions(organization)).containsExactly("create_plan_limit");
    }

    @Test
    void everyFieldIsTakenWithItsAliases() {
        String plan = id(create(PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\"}"));

        JsonNode limit = create(LIMITS, """
                {"metric_name":"m","plan_limit_value":"2.5","limit_period":"yearly","plan_limit_operator":"gt",
                 "plan_breach_action":"block","webhook_urls":"https://a.example/x, https://b.example/y","plan_id":"gold",
                 "metric_type":"checkpoint","operation":"max","unknown":1}
                """);

        assertThat(limit.required("limit_value").decimalValue()).isEqualByComparingTo("2.5");
        assertThat(limit.required("limit_period").textValue()).isEqualTo("yearly");
        assertThat(limit.required("breach_operator").textValue()).isEqualTo("gt");
        assertThat(limit.required("breach_action").textValue()).isEqualTo("deny");
        assertThat(limit.required("webhook_urls").textValue()).isEqualTo("https://a.example/x,https://b.example/y");
        assertThat(limit.required("plan_id").textValue()).isEqualTo(plan);
        PlanLimitDefinition definition = publishedLimit(id(limit));
        assertThat(definition.getWebhookUrls()).containsExactly("https://a.example/x", "https://b.example/y");
        assertThat(definition.getPlanId()).isEqualTo(plan);
        assertThat(definition.getOperation()).isEqualTo(MeterOperation.MAX);
        assertThat(definition.getMetricType()).isEqualTo(MetricType.CHECKPOINT);
    }

    @ParameterizedTest
    @CsvSource({"reset, monthly", "checkpoint, realtime", "stripe_billing, realtime"})
    void periodFollowsTheMetricTypeUnlessSaid(String type, String period) {
        JsonNode limit = create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"metric_type\":\"" + type + "\"}");

        assertThat(limit.required("limit_period").textValue()).isEqualTo(period);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"limit_value":1}                                                            | metric_name  | VALIDATION_FAILED
        {"metric_name":"","limit_value":1}                                           | metric_name  | VALIDATION_FAILED
        {"metric_name":"m"}                                                          | limit_value  | VALIDATION_FAILED
        {"metric_name":"m","limit_value":-1}                                         | limit_value  | VALIDATION_FAILED
        {"metric_name":"m","limit_value":"ten"}                                      | limit_value  | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1e15}                                       | limit_value  | QUANTITY_OUT_OF_RANGE
        {"metric_name":"m","limit_value":1,"limit_period":"hourly"}                  | limit_period | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"breach_operator":"ge"}                   | breach_operator | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"breach_action":"disabled"}               | breach_action | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"metric_type":"gauge"}                    | metric_type  | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"operation":"MEDIAN"}                     | operation    | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"plan_id":"p","customer_id":"t"}          | customer_id  | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"webhook_urls":"http://a.example/"}       | webhook_urls | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"webhook_urls":"https://127.0.0.1/"}      | webhook_urls | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"webhook_urls":"https://a.example,ftp:x"} | webhook_urls | VALIDATION_FAILED
        {"metric_name":"m","limit_value":1,"webhook_urls":["https://a.example"]}     | webhook_urls | VALIDATION_FAILED
        """)
    void wrongLimitIsRefusedWithItsField(String body, String field, String code) {
        Answer answer = send("POST", LIMITS, body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo(code);
        assertThat(answer.json().required("error").textValue()).isEqualTo("Bad Request");
        assertThat(answer.json().required("message").textValue()).isEqualTo("Invalid plan limit data");
        assertThat(answer.json().required("details").required("field").textValue())
                .isEqualTo(field);
        assertThat(answer.json().required("details").required("error_type").textValue())
                .isNotEmpty();
    }

    @Test
    void plainHttpIsForListedPlacesOnly() {
        create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"webhook_urls\":\"http://hooks.internal/x\"}");
    }

    @Test
    void unknownPlanIs400AndUnknownTenantIsNot() {
        Answer answer = send("POST", LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"plan_id\":\"nowhere\"}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("PLAN_NOT_FOUND");
        create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"customer_id\":\"never made\"}");
    }

    @Test
    void oneLimitPerTargetMeterAndPeriodAlsoUnderConcurrency() throws Exception {
        String body = "{\"metric_name\":\"m\",\"limit_value\":0,\"customer_id\":\"t1\"}";
        assertThat(TestControl.concurrently(8, () -> send("POST", LIMITS, body).status()))
                .containsOnly(201, 409)
                .containsOnlyOnce(201);
        assertThat(send("POST", LIMITS, body).code()).isEqualTo("LIMIT_EXISTS");

        create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"customer_id\":\"t1\",\"limit_period\":\"daily\"}");
        create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"customer_id\":\"t2\"}");
        String other = id(create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1}"));
        assertThat(send("PUT", LIMITS + "/" + other, "{\"customer_id\":\"t1\"}").code())
                .isEqualTo("LIMIT_EXISTS");
    }

    @Test
    void changeKeepsWhatIsAbsentAndIsInForceWithItsAnswer() {
        String gold = id(create(PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\"}"));
        JsonNode limit = create(LIMITS, """
                {"metric_name":"m","limit_value":10,"plan_id":"gold","breach_operator":"lt","limit_period":"daily",
                 "webhook_urls":"https://a.example/x"}
                """);
        String path = LIMITS + "/" + id(limit);

        Answer value = send("PUT", path, "{\"limit_value\":2000}");
        assertThat(value.status()).as(value.text()).isEqualTo(200);
        assertThat(value.text()).contains("\"limit_value\":2000.0,");
        assertThat(publishedLimit(id(limit)).getLimitValue()).isEqualByComparingTo("2000");
        assertThat(value.json().required("plan_id").textValue()).isEqualTo(gold);
        assertThat(value.json().required("breach_operator").textValue()).isEqualTo("lt");
        assertThat(value.json().required("limit_period").textValue()).isEqualTo("daily");
        assertThat(value.json().required("webhook_urls").textValue()).isEqualTo("https://a.example/x");
        assertThat(value.json().required("created_at")).isEqualTo(limit.required("created_at"));

        Answer all = send("PUT", path, """
                {"metric_name":"n","limit_value":7,"limit_period":"monthly","breach_operator":"gte",
                 "breach_action":"allow","webhook_urls":null,"metric_type":"reset","plan_id":null,"customer_id":"t1"}
                """);
        assertThat(all.status()).as(all.text()).isEqualTo(200);
        assertThat(all.json().required("plan_id").isNull()).isTrue();
        assertThat(all.json().required("customer_id").textValue()).isEqualTo("t1");
        assertThat(all.json().required("webhook_urls").isNull()).isTrue();
        assertThat(send("GET", path, "").json()).isEqualTo(all.json());
        assertThat(publishedLimit(id(limit)).getTenantId()).isEqualTo("t1");

        assertThat(send("PUT", path, "{\"limit_value\":-1}").status()).isEqualTo(400);
        assertThat(send("PUT", path, "{\"plan_id\":\"gold\"}").status()).isEqualTo(400);
        assertThat(send("PUT", path, "{\"customer_id\":null,\"plan_id\":\"x\"}").code())
                .isEqualTo("PLAN_NOT_FOUND");
        assertThat(send("GET", path, "").json()).isEqualTo(all.json());
    }

    @Test
    void limitsAreFiltered() {
        String gold = id(create(PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\"}"));
        String ofPlan = id(create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"plan_id\":\"gold\"}"));
        String ofTenant = id(create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"customer_id\":\"t1\"}"));
        String forAll = id(create(LIMITS, "{\"metric_name\":\"n\",\"limit_value\":1}"));

        assertThat(ids("")).containsExactly(forAll, ofTenant, ofPlan);
        assertThat(ids("?plan_id=gold")).containsExactly(ofPlan);
        assertThat(ids("?plan_id=" + gold)).containsExactly(ofPlan);
        assertThat(ids("?customer_id=t1")).containsExactly(ofTenant);
        assertThat(ids("?metric_name=m")).containsExactly(ofTenant, ofPlan);
        assertThat(ids("?metric_name=m&plan_id=nowhere")).isEmpty();
    }

    private List<String> ids(String query) {
        JsonNode list = send("GET", LIMITS + query, "").json();
        List<String> ids = new ArrayList<>();
        list.required("plan_limits").forEach(limit -> ids.add(id(limit)));
        assertThat(list.required("count").intValue()).isEqualTo(ids.size());
        return ids;
    }

    @Test
    void deletedLimitIsGone() {
        String id = id(create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1}"));

        Answer answer = send("DELETE", LIMITS + "/" + id, "");

        assertThat(answer.json().required("message").textValue()).isEqualTo("Plan limit deleted successfully");
        assertThat(answer.json().required("limit_id").textValue()).isEqualTo(id);
        for (String method : List.of("GET", "PUT", "DELETE")) {
            Answer gone = send(method, LIMITS + "/" + id, method.equals("PUT") ? "{}" : "");
            assertThat(gone.status()).isEqualTo(404);
            assertThat(gone.json().required("message").textValue()).isEqualTo("Plan limit not found");
        }
        assertThat(CONTROL.lastPublished(Topics.PLAN_LIMIT_DEFINITIONS.name(), id)
                        .isNull())
                .isTrue();
    }

    @Test
    void onlyTheOrganizationItselfReachesItsCatalog() {
        String plan = PLANS + "/" + id(create(PLANS, "{\"plan_name\":\"gold\",\"stripe_price_id\":\"price_1\"}"));
        String limit = LIMITS + "/" + id(create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1}"));
        String other = CONTROL.newOrganization().value();

        for (String path : List.of(plan, limit)) {
            for (String method : List.of("GET", "PUT", "DELETE")) {
                String body = method.equals("PUT") ? "{\"limit_value\":9}" : "";
                assertThat(CONTROL.send(other, method, path, body).status()).isEqualTo(404);
                assertThat(CONTROL.send("admin", method, path, body).status()).isEqualTo(403);
                assertThat(CONTROL.send("nobody", method, path, body).status()).isEqualTo(401);
                assertThat(CONTROL.send("tenant:" + organization, method, path, body)
                                .status())
                        .isEqualTo(403);
                assertThat(CONTROL.send("reader:" + organization, method, path, body)
                                .status())
                        .isEqualTo(method.equals("GET") ? 200 : 403);
            }
        }
        assertThat(CONTROL.send(other, "GET", PLANS, "").json().required("plans"))
                .isEmpty();
        assertThat(CONTROL.send(other, "GET", LIMITS, "").json().required("plan_limits"))
                .isEmpty();
        assertThat(CONTROL.send(other, "POST", LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1,\"plan_id\":\"gold\"}")
                        .code())
                .isEqualTo("PLAN_NOT_FOUND");
    }

    @ParameterizedTest
    @CsvSource({"/nothing", "/0", "/%00", "/a%2Fb"})
    void unknownIdsAre404(String path) {
        for (String list : List.of(PLANS, LIMITS)) {
            assertThat(send("GET", list + path, "").status()).isEqualTo(404);
            assertThat(send("PUT", list + path, "{}").status()).isEqualTo(404);
            assertThat(send("DELETE", list + path, "").status()).isEqualTo(404);
        }
    }

    /// A row that somebody changes by hand takes effect like one that the API changed.
    @Test
    void rowChangedByPlainSqlIsPublished() {
        String id = id(create(LIMITS, "{\"metric_name\":\"m\",\"limit_value\":1}"));

        CONTROL.changes().make(handle -> handle.execute("UPDATE plan_limits SET limit_value = 5 WHERE id = ?", id));

        assertThat(CONTROL.published(Topics.PLAN_LIMIT_DEFINITIONS.name()))
                .extracting(OutboxRow::recordKey)
                .filteredOn(id::equals)
                .hasSize(2);
        assertThat(publishedLimit(id).getLimitValue()).isEqualByComparingTo("5");
    }
}
