package io.tollgate.control.quota.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.fixture.InMemorySchemaRegistry;
import io.tollgate.control.fixture.TestBroker;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.kafka.OrganizationAvro;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.outbox.OutboxPublisher;
import io.tollgate.control.outbox.kafka.KafkaDefinitionLog;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.outbox.postgres.PostgresOutbox;
import io.tollgate.control.quota.QuotaUsage;
import io.tollgate.control.quota.Quotas;
import io.tollgate.control.quota.kafka.QuotaAvro;
import io.tollgate.control.quota.postgres.PostgresQuotas;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.definition.DefinitionFeed;
import io.tollgate.quota.definition.Definitions;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The routes over HTTP with a real database and broker: what a call changes is in memory of the instance that
/// answered, by the way that every other instance learns it too.
class QuotaControllerIT {
    private static final Instant START = Instant.parse("2026-11-22T09:30:20.5Z");
    private static final AtomicLong TICKS = new AtomicLong();
    /// A millisecond passes whenever somebody looks, so that rows have an order.
    private static final InstantSource CLOCK = () -> START.plusMillis(TICKS.getAndIncrement());

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final TestBroker BROKER = TestBroker.start();
    private static final Jdbi JDBI = TestDatabase.jdbi(TestDatabase.fresh());
    private static final PostgresOutbox OUTBOX = new PostgresOutbox(JDBI, CLOCK);
    private static final InMemorySchemaRegistry REGISTRY = new InMemorySchemaRegistry();
    private static final Definitions DEFINITIONS = new Definitions(CLOCK);
    private static final OutboxPublisher PUBLISHER = new OutboxPublisher(
            OUTBOX,
            new KafkaDefinitionLog(
                    BROKER.bootstrapServers(), REGISTRY, List.of(new OrganizationAvro(), new QuotaAvro())),
            (topic, recordKey, offset, atMost) -> DEFINITIONS.await(topic, offset, atMost),
            new SimpleMeterRegistry());
    private static final Organizations ORGANIZATIONS =
            new PostgresOrganizations(new DefinitionChanges(JDBI, PUBLISHER, CLOCK));
    private static final ApplicationContext CONTEXT = ApplicationContext.builder(
                    Map.of("tollgate.roles.control", "true", "micronaut.server.port", "-1"))
            .build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static DefinitionFeed feed;
    private static String base = "";

    private OrganizationId organization = new OrganizationId("none");

    @BeforeAll
    static void start() {
        BROKER.createTopics(1, Topics.definitions().stream().map(Topic::name).toList());
        feed = DefinitionFeed.start(DEFINITIONS, BROKER.bootstrapServers(), REGISTRY);
        PUBLISHER.start();
        CONTEXT.registerSingleton(InstantSource.class, CLOCK);
        CONTEXT.registerSingleton(Organizations.class, ORGANIZATIONS);
        CONTEXT.registerSingleton(Quotas.class, new PostgresQuotas(new DefinitionChanges(JDBI, PUBLISHER, CLOCK)));
        CONTEXT.registerSingleton(QuotaUsage.class, (QuotaUsage) QuotaControllerIT::usage);
        CONTEXT.start();
        base = CONTEXT.getBean(EmbeddedServer.class).start().getURL().toString();
    }

    @AfterAll
    static void stop() {
        CONTEXT.close();
        PUBLISHER.stop(Duration.ofSeconds(5));
        feed.close();
        BROKER.close();
    }

    @BeforeEach
    void organization() {
        organization = newOrganization();
    }

    /// Knows only tenants whose id says what they used.
    private static List<Optional<QuotaUsage.Usage>> usage(OrganizationId id, List<QuotaUsage.Asked> asked) {
        return asked.stream()
                .map(one -> one.tenantId().value())
                .map(tenant -> tenant.startsWith("used-")
                        ? Optional.of(new QuotaUsage.Usage(
                                new BigDecimal(tenant.substring("used-".length())).setScale(6),
                                new BigDecimal("15.000000")))
                        : Optional.<QuotaUsage.Usage>empty())
                .toList();
    }

    private static OrganizationId newOrganization() {
        return ORGANIZATIONS
                .create(
                        Actor.SYSTEM,
                        new OrganizationDraft(
                                "Acme", "a@b.c", ZoneId.of("Europe/Berlin"), Currency.getInstance("EUR"), Mode.LIVE))
                .id();
    }

    private HttpResponse<String> send(String method, String path, String body) {
        return send(organization.value(), method, path, body);
    }

    private static HttpResponse<String> send(String principal, String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + "/api/v1/quotas" + path))
                .header("Principal", principal)
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
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

    private JsonNode create(String body) {
        HttpResponse<String> answer = send("POST", "", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return json(answer);
    }

    private JsonNode change(JsonNode quota, String body) {
        HttpResponse<String> answer = send("PUT", "/" + id(quota), body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    private static String id(JsonNode quota) {
        return quota.required("id").textValue();
    }

    private Optional<Quota> inForce(String tenant, String meter) {
        return DEFINITIONS.quota(organization, SubjectId.tenant(new TenantId(tenant)), meter);
    }

    @Test
    void newQuotaHasTheDocumentedDefaultsAndIsInForceWithTheAnswer() {
        HttpResponse<String> answer =
                send("POST", "", "{\"tenant_id\":\"used-480\",\"event_type\":\"api_request\",\"limit_value\":1e3}");

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.body()).contains("\"limit_value\":1000,").contains("\"current\":480,");
        JsonNode quota = json(answer);
        assertThat(inForce("used-480", "api_request")).hasValueSatisfying(applied -> {
            assertThat(applied.id()).isEqualTo(id(quota));
            assertThat(applied.version()).isEqualTo(1);
            assertThat(applied.limit()).isEqualByComparingTo("1000");
            assertThat(applied.period()).isEqualTo(new QuotaPeriod.Monthly());
            assertThat(applied.mode()).isEqualTo(EnforcementMode.HARD);
        });
        assertThat(id(quota)).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(quota.required("tenant_id").textValue()).isEqualTo("used-480");
        assertThat(quota.required("event_type").textValue()).isEqualTo("api_request");
        assertThat(quota.required("limit_type").textValue()).isEqualTo("MONTHLY");
        assertThat(quota.required("enforcement_mode").textValue()).isEqualTo("HARD");
        assertThat(quota.required("overage_allowed").decimalValue()).isEqualByComparingTo("0");
        assertThat(quota.required("reset_at").textValue()).isEqualTo("2026-11-30T23:00:00Z");
        assertThat(quota.required("reserved").decimalValue()).isEqualByComparingTo("15");
        assertThat(quota.required("created_at").textValue())
                .isEqualTo(quota.required("updated_at").textValue());
        for (String absent : List.of(
                "window_start",
                "window_length",
                "soft_limit_value",
                "soft_limit_percent",
                "grace_period_hours",
                "grace_period_end")) {
            assertThat(quota.required(absent).isNull()).as(absent).isTrue();
        }
        assertThat(json(send("GET", "/" + id(quota), ""))).isEqualTo(quota);
    }

    @Test
    void everyFieldIsKeptAndReachesAdmission() {
        JsonNode quota = create("""
                {"tenant_id":"t1","event_type":"m","limit_value":"500.5","limit_type":"CUSTOM",
                 "window_start":"2026-11-01T00:00:00+01:00","window_length":"P2W","enforcement_mode":"SOFT",
                 "soft_limit_percent":90.0,"overage_allowed":0.0000005,"grace_period_hours":24,
                 "grace_period_end":"2026-12-01T00:00:00.1234567Z","unknown":{"a":[1]}}""");

        assertThat(inForce("t1", "m"))
                .contains(new Quota(
                        id(quota),
                        1,
                        new BigDecimal("500.500000"),
                        new QuotaPeriod.Custom(Instant.parse("2026-10-31T23:00:00Z"), Duration.ofDays(14)),
                        EnforcementMode.SOFT,
                        Optional.of(new BigDecimal("450.450000")),
                        new BigDecimal("0.000001"),
                        Optional.of(Duration.ofHours(24)),
                        Optional.of(Instant.parse("2026-12-01T00:00:00.123456Z"))));
        assertThat(quota.required("window_start").textValue()).isEqualTo("2026-10-31T23:00:00Z");
        assertThat(quota.required("window_length").textValue()).isEqualTo("P14D");
        assertThat(quota.required("reset_at").textValue()).isEqualTo("2026-11-28T23:00:00Z");
        assertThat(quota.required("grace_period_end").textValue()).isEqualTo("2026-12-01T00:00:00.123456Z");
        assertThat(quota.required("soft_limit_percent").intValue()).isEqualTo(90);
        assertThat(quota.required("overage_allowed").decimalValue()).isEqualByComparingTo("0.000001");
        assertThat(quota.required("current").isNull()).isTrue();
        assertThat(quota.required("reserved").isNull()).isTrue();
    }

    @Test
    void camelCaseAndOtherDialectsNamesAreTaken() {
        JsonNode quota = create("""
                {"customer_id":"t1","metric_name":"m","limitValue":7,"limitType":"DAILY","enforcementMode":"SOFT",
                 "softLimitValue":5,"softLimitPercent":50,"overageAllowed":2,"gracePeriodHours":1,
                 "gracePeriodEnd":"2026-12-01T00:00:00Z"}""");

        assertThat(quota.required("tenant_id").textValue()).isEqualTo("t1");
        assertThat(quota.required("event_type").textValue()).isEqualTo("m");
        assertThat(quota.required("limit_type").textValue()).isEqualTo("DAILY");
        assertThat(quota.required("reset_at").textValue()).isEqualTo("2026-11-22T23:00:00Z");
        assertThat(inForce("t1", "m").orElseThrow().softLimit()).contains(new BigDecimal("5.000000"));
        JsonNode both = create("{\"meter\":\"n\",\"limit_value\":1,\"limitValue\":2}");
        assertThat(both.required("limit_value").intValue()).isEqualTo(1);
    }

    @Test
    void defaultCoversTenantsWithoutAQuotaOfTheirOwn() {
        JsonNode fallback = create("{\"tenant_id\":null,\"event_type\":\"m\",\"limit_value\":10}");
        JsonNode own = create("{\"tenant_id\":\"t1\",\"event_type\":\"m\",\"limit_value\":20}");

        assertThat(fallback.required("tenant_id").isNull()).isTrue();
        assertThat(fallback.required("current").isNull()).isTrue();
        assertThat(inForce("t1", "m").map(Quota::id)).contains(id(own));
        assertThat(inForce("t2", "m").map(Quota::id)).contains(id(fallback));
        assertThat(send("DELETE", "/" + id(own), "").body()).isEqualTo("{\"success\":true}");
        assertThat(inForce("t1", "m").map(Quota::id)).contains(id(fallback));
        assertThat(send("DELETE", "/" + id(fallback), "").statusCode()).isEqualTo(200);
        assertThat(inForce("t1", "m")).isEmpty();
        assertThat(send("DELETE", "/" + id(own), "").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/" + id(own), "").statusCode()).isEqualTo(404);
    }

    @Test
    void changeKeepsWhatIsAbsentAndClearsWhatIsNull() {
        JsonNode quota = create("""
                {"tenant_id":"t1","event_type":"m","limit_value":500,"enforcement_mode":"SOFT","soft_limit_value":400,
                 "soft_limit_percent":50,"overage_allowed":9,"grace_period_hours":3,
                 "grace_period_end":"2026-12-01T00:00:00Z"}""");

        JsonNode raised = change(quota, "{\"limit_value\":600}");
        assertThat(raised.required("limit_value").intValue()).isEqualTo(600);
        assertThat(raised.required("enforcement_mode").textValue()).isEqualTo("SOFT");
        assertThat(raised.required("overage_allowed").intValue()).isEqualTo(9);
        assertThat(raised.required("created_at")).isEqualTo(quota.required("created_at"));
        assertThat(raised.required("updated_at").textValue())
                .isGreaterThan(quota.required("updated_at").textValue());
        assertThat(inForce("t1", "m").orElseThrow().version()).isEqualTo(2);
        assertThat(inForce("t1", "m").orElseThrow().softLimit()).contains(new BigDecimal("400.000000"));

        JsonNode cleared = change(
                quota,
                "{\"soft_limit_value\":null,\"grace_period_hours\":null,\"gracePeriodEnd\":null,\"overage_allowed\":null}");
        assertThat(cleared.required("soft_limit_value").isNull()).isTrue();
        assertThat(cleared.required("soft_limit_percent").intValue()).isEqualTo(50);
        assertThat(cleared.required("grace_period_hours").isNull()).isTrue();
        assertThat(cleared.required("grace_period_end").isNull()).isTrue();
        Quota applied = inForce("t1", "m").orElseThrow();
        assertThat(applied.version()).isEqualTo(3);
        assertThat(applied.limit()).isEqualByComparingTo("600");
        assertThat(applied.softLimit()).contains(new BigDecimal("300.000000"));
        assertThat(applied.overageAllowed()).isEqualByComparingTo("0");
        assertThat(applied.graceLength()).isEmpty();
        assertThat(applied.graceEnd()).isEmpty();

        // What was read can be sent back as it is.
        JsonNode same = change(quota, cleared.toString());
        assertThat(inForce("t1", "m").orElseThrow().version()).isEqualTo(4);
        assertThat(same.required("limit_value")).isEqualTo(cleared.required("limit_value"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        before                                                                                       | change                                                | type    | start                | length
        {}                                                                                           | {"limit_type":"CUSTOM","reset_at":"2026-11-23T09:30:00Z"} | CUSTOM  | 2026-11-22T09:30:00Z | P1D
        {}                                                                                           | {"reset_at":"2026-11-22T10:30:00Z"}                   | CUSTOM  | 2026-11-22T09:30:00Z | PT1H
        {}                                                                                           | {"resetAt":"2026-11-30T23:59:59Z"}                    | CUSTOM  | 2026-11-22T09:30:00Z | PT206H30M
        {}                                                                                           | {"limit_type":"YEARLY","reset_at":"2026-11-23T09:30:00Z"} | YEARLY  |                      |
        {"window_start":"2026-11-01T00:00:00Z","window_length":"P7D"}                                | {"limit_value":5}                                     | CUSTOM  | 2026-11-01T00:00:00Z | P7D
        {"window_start":"2026-11-01T00:00:00Z","window_length":"P7D"}                                | {"window_length":"PT36H"}                             | CUSTOM  | 2026-11-01T00:00:00Z | PT36H
        {"window_start":"2026-11-01T00:00:00Z","window_length":"P7D"}                                | {"window_start":"2026-11-02T00:00:00Z","reset_at":"2027-01-01T00:00:00Z"} | CUSTOM | 2026-11-02T00:00:00Z | P7D
        {"window_start":"2026-11-01T00:00:00Z","window_length":"P7D"}                                | {"reset_at":"2026-11-29T09:30:00Z"}                   | CUSTOM  | 2026-11-22T09:30:00Z | P7D
        {"window_start":"2026-11-01T00:00:00Z","window_length":"P366D"}                              | {"limit_type":"DAILY"}                                | DAILY   |                      |
        {"window_start":"2026-11-01T00:00:00Z","window_length":"P7D"}                                | {"limit_type":"LIFETIME","window_start":null}         | LIFETIME |                     |
        """)
    void windowFollowsTheChange(String before, String change, String type, String start, String length)
            throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree(before);
        JsonNode quota = create(body.put("tenant_id", "t1")
                .put("event_type", "m")
                .put("limit_value", 10)
                .toString());

        JsonNode changed = change(quota, change);

        assertThat(changed.required("limit_type").textValue()).isEqualTo(type);
        assertThat(changed.required("window_start").textValue()).isEqualTo(start);
        assertThat(changed.required("window_length").textValue()).isEqualTo(length);
        if (type.equals("CUSTOM")) {
            assertThat(inForce("t1", "m").orElseThrow().period())
                    .isEqualTo(new QuotaPeriod.Custom(Instant.parse(start), Duration.parse(length)));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        type        | reset_at
        DAILY       | 2026-11-22T23:00:00Z
        MONTHLY     | 2026-11-30T23:00:00Z
        YEARLY      | 2026-12-31T23:00:00Z
        ROLLING_30D | 2026-11-22T23:00:00Z
        LIFETIME    |
        """)
    void windowsEndInTheOrganizationsZone(String type, String resetAt) {
        JsonNode quota = create("{\"event_type\":\"m\",\"limit_value\":0,\"limit_type\":\"" + type + "\"}");

        assertThat(quota.required("limit_type").textValue()).isEqualTo(type);
        assertThat(quota.required("reset_at").textValue()).isEqualTo(resetAt);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        body                                                                                        | code                  | path
        {"limit_value":1}                                                                           | VALIDATION_FAILED     | event_type
        {"event_type":"m"}                                                                          | VALIDATION_FAILED     | limit_value
        {"event_type":"m","limit_value":null}                                                       | VALIDATION_FAILED     | limit_value
        {"event_type":"","limit_value":1}                                                           | VALIDATION_FAILED     | event_type
        {"event_type":7,"limit_value":1}                                                            | VALIDATION_FAILED     | event_type
        {"event_type":"m","tenant_id":"","limit_value":1}                                           | VALIDATION_FAILED     | tenant_id
        {"event_type":"m","tenant_id":"a\\u0000","limit_value":1}                                   | VALIDATION_FAILED     | tenant_id
        {"event_type":"m","tenant_id":"a\\ud800","limit_value":1}                                   | VALIDATION_FAILED     | tenant_id
        {"event_type":"m","limit_value":-1}                                                         | VALIDATION_FAILED     | limit_value
        {"event_type":"m","limit_value":true}                                                       | VALIDATION_FAILED     | limit_value
        {"event_type":"m","limit_value":"ten"}                                                      | VALIDATION_FAILED     | limit_value
        {"event_type":"m","limit_value":" 1"}                                                       | VALIDATION_FAILED     | limit_value
        {"event_type":"m","limit_value":100000000000000}                                            | QUANTITY_OUT_OF_RANGE | limit_value
        {"event_type":"m","limit_value":1e99999999}                                                 | QUANTITY_OUT_OF_RANGE | limit_value
        {"event_type":"m","limit_value":"1e999999999"}                                              | QUANTITY_OUT_OF_RANGE | limit_value
        {"event_type":"m","limit_value":1,"limit_type":"WEEKLY"}                                    | VALIDATION_FAILED     | limit_type
        {"event_type":"m","limit_value":1,"limit_type":"monthly"}                                   | VALIDATION_FAILED     | limit_type
        {"event_type":"m","limit_value":1,"enforcement_mode":"OFF"}                                 | VALIDATION_FAILED     | enforcement_mode
        {"event_type":"m","limit_value":1,"soft_limit_value":-0.000001}                             | VALIDATION_FAILED     | soft_limit_value
        {"event_type":"m","limit_value":1,"soft_limit_percent":0}                                   | VALIDATION_FAILED     | soft_limit_percent
        {"event_type":"m","limit_value":1,"soft_limit_percent":101}                                 | VALIDATION_FAILED     | soft_limit_percent
        {"event_type":"m","limit_value":1,"soft_limit_percent":90.5}                                | VALIDATION_FAILED     | soft_limit_percent
        {"event_type":"m","limit_value":1,"soft_limit_percent":1e-999999}                           | VALIDATION_FAILED     | soft_limit_percent
        {"event_type":"m","limit_value":1,"soft_limit_percent":"90"}                                | VALIDATION_FAILED     | soft_limit_percent
        {"event_type":"m","limit_value":1,"overage_allowed":-1}                                     | VALIDATION_FAILED     | overage_allowed
        {"event_type":"m","limit_value":1,"grace_period_hours":8761}                                | VALIDATION_FAILED     | grace_period_hours
        {"event_type":"m","limit_value":1,"grace_period_end":"2026-12-01"}                          | VALIDATION_FAILED     | grace_period_end
        {"event_type":"m","limit_value":1,"grace_period_end":1764547200}                            | VALIDATION_FAILED     | grace_period_end
        {"event_type":"m","limit_value":1,"limit_type":"CUSTOM"}                                    | VALIDATION_FAILED     | window_start
        {"event_type":"m","limit_value":1,"window_start":"2026-11-01T00:00:00Z"}                    | VALIDATION_FAILED     | window_length
        {"event_type":"m","limit_value":1,"window_length":"P1D"}                                    | VALIDATION_FAILED     | window_start
        {"event_type":"m","limit_value":1,"window_start":"2026-11-01T00:00:01Z","window_length":"P1D"} | VALIDATION_FAILED  | window_start
        {"event_type":"m","limit_value":1,"window_start":"2026-11-01T00:00:00Z","window_length":"PT59M"} | VALIDATION_FAILED | window_length
        {"event_type":"m","limit_value":1,"window_start":"2026-11-01T00:00:00Z","window_length":"P367D"} | VALIDATION_FAILED | window_length
        {"event_type":"m","limit_value":1,"window_start":"2026-11-01T00:00:00Z","window_length":"P1M"} | VALIDATION_FAILED  | window_length
        {"event_type":"m","limit_value":1,"limit_type":"DAILY","window_length":"P1D"}               | VALIDATION_FAILED     | window_length
        {"event_type":"m","limit_value":1,"limit_type":"CUSTOM","reset_at":"2026-11-22T09:00:00Z"}  | VALIDATION_FAILED     | reset_at
        {"event_type":"m","limit_value":1,"limit_type":"CUSTOM","reset_at":"2026-11-22T10:29:00Z"}  | VALIDATION_FAILED     | reset_at
        {"event_type":"m","limit_value":1,"limit_type":"CUSTOM","reset_at":"2027-11-24T09:30:00Z"}  | VALIDATION_FAILED     | reset_at
        """)
    void wrongQuotaIsRefusedWithItsField(String body, String code, String path) {
        HttpResponse<String> answer = send("POST", "", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).required("code").textValue()).isEqualTo(code);
        assertThat(json(answer).required("error").textValue()).isEqualTo("Invalid request body");
        assertThat(json(answer).required("message").textValue()).startsWith(path + ": ");
        assertThat(json(send("GET", "", "")).required("quotas")).isEmpty();
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        HttpResponse<String> answer =
                send("POST", "", "{\"limit_value\":-1,\"limit_type\":\"X\",\"grace_period_hours\":-1}");

        assertThat(json(answer).required("message").textValue()).endsWith("(and 3 more)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        []
        {"event_type":"m"
        {"event_type":"m","event_type":"n","limit_value":1}
        {"event_type":"m","limit_value":NaN}
        {"event_type":"m","limit_value":1} x
        """)
    void whatIsNoJsonObjectIsMalformed(String body) {
        HttpResponse<String> answer = send("POST", "", body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).required("code").textValue()).isEqualTo("MALFORMED_JSON");
        assertThat(json(answer).required("error").textValue()).isEqualTo("Invalid request body");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        change                              | path
        {"limit_value":null}                | limit_value
        {"limit_type":null}                 | limit_type
        {"enforcementMode":null}            | enforcement_mode
        {"limit_value":-1}                  | limit_value
        {"tenant_id":"t2"}                  | tenant_id
        {"tenant_id":null}                  | tenant_id
        {"event_type":"n"}                  | event_type
        {"limit_type":"CUSTOM"}             | window_start
        """)
    void wrongChangeIsRefusedAndChangesNothing(String change, String path) {
        JsonNode quota = create("{\"tenant_id\":\"t1\",\"event_type\":\"m\",\"limit_value\":10}");

        HttpResponse<String> answer = send("PUT", "/" + id(quota), change);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).required("message").textValue()).startsWith(path + ": ");
        assertThat(json(send("GET", "/" + id(quota), ""))).isEqualTo(quota);
        assertThat(inForce("t1", "m").orElseThrow().version()).isEqualTo(1);
    }

    @Test
    void secondQuotaOfATargetIs409() {
        create("{\"tenant_id\":\"t1\",\"event_type\":\"m\",\"limit_value\":10}");
        create("{\"event_type\":\"m\",\"limit_value\":10}");
        create("{\"tenant_id\":\"t1\",\"event_type\":\"M\",\"limit_value\":10}");

        for (String body : List.of(
                "{\"tenant_id\":\"t1\",\"event_type\":\"m\",\"limit_value\":99}",
                "{\"event_type\":\"m\",\"limit_value\":99}")) {
            HttpResponse<String> answer = send("POST", "", body);
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(json(answer).required("code").textValue()).isEqualTo("ALREADY_EXISTS");
        }
        assertThat(inForce("t1", "m").orElseThrow().limit()).isEqualByComparingTo("10");
    }

    @Test
    void ofConcurrentCreationsOneSucceedsAndConcurrentChangesAllCount() throws Exception {
        String body = "{\"tenant_id\":\"t1\",\"event_type\":\"m\",\"limit_value\":10}";
        List<Integer> statuses = concurrently(8, () -> send("POST", "", body).statusCode());
        assertThat(statuses).containsOnly(201, 409).containsOnlyOnce(201);

        String id = id(json(send("GET", "", "")).required("quotas").get(0));
        assertThat(concurrently(
                        8, () -> send("PUT", "/" + id, "{\"limit_value\":11}").statusCode()))
                .containsOnly(200);
        assertThat(inForce("t1", "m").orElseThrow().version()).isEqualTo(9);
    }

    private static List<Integer> concurrently(int callers, Callable<Integer> call) throws Exception {
        try (var threads = Executors.newFixedThreadPool(callers)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                results.add(threads.submit(call));
            }
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> result : results) {
                statuses.add(result.get());
            }
            return statuses;
        }
    }

    @Test
    void listIsPagedNewestFirstAndFiltered() {
        List<String> newestFirst = new ArrayList<>();
        for (String tenant : List.of("used-1", "t2", "used-3", "t4", "t5")) {
            newestFirst.addFirst(
                    id(create("{\"tenant_id\":\"" + tenant + "\",\"event_type\":\"m\",\"limit_value\":10}")));
        }
        String fallback = id(create("{\"event_type\":\"n\",\"limit_value\":10}"));
        newestFirst.addFirst(fallback);

        List<String> seen = new ArrayList<>();
        JsonNode page = json(send("GET", "?limit=4", ""));
        page.required("quotas").forEach(quota -> seen.add(id(quota)));
        assertThat(seen).hasSize(4);
        page = json(
                send("GET", "?limit=4&cursor=" + page.required("next_cursor").textValue(), ""));
        page.required("quotas").forEach(quota -> seen.add(id(quota)));
        assertThat(page.required("next_cursor").isNull()).isTrue();
        assertThat(seen).isEqualTo(newestFirst);

        JsonNode all = json(send("GET", "?limit=1000", "")).required("quotas");
        assertThat(all).hasSize(6);
        assertThat(all.get(0).required("current").isNull()).isTrue();
        assertThat(all.get(3).required("current").intValue()).isEqualTo(3);
        assertThat(all.get(4).required("current").isNull()).isTrue();
        assertThat(all.get(5).required("current").intValue()).isEqualTo(1);
        assertThat(json(send("GET", "?tenant_id=t4", "")).required("quotas")).hasSize(1);
        assertThat(json(send("GET", "?event_type=n", "")).required("quotas")).hasSize(1);
        assertThat(json(send("GET", "?tenant_id=t4&event_type=n", "")).required("quotas"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"limit=0", "limit=-1", "limit=1.5", "limit=x", "cursor=x", "cursor=MTp4fHk", "tenant_id=%00"})
    void wrongListParametersAre400(String query) {
        HttpResponse<String> answer = send("GET", "?" + query, "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).required("code").textValue()).isEqualTo("VALIDATION_FAILED");
    }

    @Test
    void onlyTheOrganizationItselfReachesItsQuotas() {
        JsonNode quota = create("{\"tenant_id\":\"t1\",\"event_type\":\"m\",\"limit_value\":10}");
        String other = newOrganization().value();
        String path = "/" + id(quota);

        for (String method : List.of("GET", "PUT", "DELETE")) {
            String body = method.equals("PUT") ? "{\"limit_value\":99}" : "";
            assertThat(send(other, method, path, body).statusCode()).as(method).isEqualTo(404);
            assertThat(send("admin", method, path, body).statusCode())
                    .as(method)
                    .isEqualTo(403);
            assertThat(send("nobody", method, path, body).statusCode())
                    .as(method)
                    .isEqualTo(401);
        }
        for (String method : List.of("GET", "POST")) {
            String body = method.equals("POST") ? "{\"event_type\":\"m\",\"limit_value\":10}" : "";
            assertThat(send("admin", method, "", body).statusCode()).isEqualTo(403);
            assertThat(send("nobody", method, "", body).statusCode()).isEqualTo(401);
        }
        assertThat(json(send(other, "GET", "", "")).required("quotas")).isEmpty();
        assertThat(json(send("GET", path, ""))).isEqualTo(quota);
        assertThat(inForce("t1", "m").orElseThrow().version()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"/00000000-0000-4000-8000-000000000000", "/nothing", "/0"})
    void unknownIdsAre404(String path) {
        assertThat(send("GET", path, "").statusCode()).isEqualTo(404);
        assertThat(send("PUT", path, "{}").statusCode()).isEqualTo(404);
        assertThat(send("DELETE", path, "").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({"text/plain", "application/x-www-form-urlencoded", "application/vnd.acme+json"})
    void everyContentTypeIsReadAsJson(String type) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/api/v1/quotas"))
                .header("Principal", organization.value())
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofString("{\"event_type\":\"m\",\"limit_value\":1}"))
                .build();

        assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(201);
    }
}
