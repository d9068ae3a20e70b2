package io.tollgate.billing.snapshot;

import static io.tollgate.billing.usage.UsageSamples.event;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.tollgate.billing.snapshot.postgres.PostgresHistoryReads;
import io.tollgate.billing.snapshot.postgres.PostgresSnapshots;
import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.WriteOutcome;
import io.tollgate.billing.usage.postgres.PostgresSinkProgress;
import io.tollgate.billing.usage.postgres.PostgresUsageStore;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.Operation;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Snapshots into PostgreSQL, and histories out of it over HTTP.
class MetricHistoryIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OWN = UsageSamples.ORGANIZATION.value();
    private static final SubjectKey TENANT =
            new SubjectKey(UsageSamples.ORGANIZATION, SubjectId.tenant(new TenantId("t1")));
    private static final Instant START = Instant.parse("2026-03-04T10:00:00Z");

    private static final Jdbi JDBI = TestDatabase.jdbi(TestDatabase.fresh());
    private static final PostgresSnapshots STORE = new PostgresSnapshots(JDBI);
    private static final ApplicationContext CONTEXT = ApplicationContext.builder(
                    Map.of("tollgate.roles.control", "true", "micronaut.server.port", "-1"))
            .build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static String base = "";

    @BeforeAll
    static void start() {
        STORE.positions("snapshots", List.of(0));
        STORE.store(
                List.of(
                        List.of(snapshot("m", 0, "1", "1"), snapshot("m", 5, "3.5", "2.5")),
                        List.of(snapshot("m", 10, "4", "0.5"), snapshot("other", 0, "9", "9")),
                        List.of(snapshot("m", 5, "3", "2"))),
                List.of(new Advance("snapshots", 0, 0, 3)));
        storeUsage();
        CONTEXT.registerSingleton(
                HistoryReads.class, new PostgresHistoryReads(JDBI, InstantSource.fixed(START.plusSeconds(3_600))));
        CONTEXT.registerSingleton(MetricShapes.class, (MetricShapes) MetricHistoryIT::shape);
        CONTEXT.registerSingleton(ReadBarrier.class, (ReadBarrier) (organizationId, after, atMost) -> true);
        CONTEXT.registerSingleton(OrganizationZones.class, (OrganizationZones) organizationId -> ZoneOffset.UTC);
        CONTEXT.start();
        base = CONTEXT.getBean(EmbeddedServer.class).start().getURL().toString();
    }

    private static void storeUsage() {
        PostgresUsageStore usage = new PostgresUsageStore(JDBI, new PostgresSinkProgress(JDBI), InstantSource.system());
        usage.positions("events", List.of(0));
        usage.positions("windows", List.of(0));
        List<CountedEvent> events = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            int number = 10 * operation.ordinal();
            events.add(event(number + 1, "t1", operation.name(), "4", "2026-03-04T10:10:00Z"));
            events.add(event(number + 2, "t1", operation.name(), "9", "2026-03-04T10:20:00Z"));
            events.add(event(number + 3, "t1", operation.name(), "0.5", "2026-03-04T10:30:00Z"));
            events.add(event(number + 4, "t1", operation.name(), "7", "2026-03-04T12:00:00Z"));
        }
        usage.storeEvents(events, List.of(new Advance("events", 0, 0, 1)));
        usage.storeCounters(UsageSamples.hoursOf(events), List.of(new Advance("windows", 0, 0, 1)));
        // The samples leave these two out.
        JDBI.useHandle(handle -> handle.execute("""
                UPDATE counters c SET (quantity_min, quantity_max) =
                    (SELECT min(quantity), max(quantity) FROM usage_events e
                     WHERE e.subject = c.subject AND e.meter = c.meter
                       AND e.occurred_at >= c.window_start AND e.occurred_at < c.window_end)
                """));
    }

    /// Meters that are named after an operation have it; one is defined and was never used.
    private static Optional<MetricShapes.Shape> shape(SubjectKey subject, MeterKey meter) {
        for (Operation operation : Operation.values()) {
            if (operation.name().equals(meter.value())) {
                return Optional.of(new MetricShapes.Shape(operation, MetricType.RESET));
            }
        }
        return meter.value().equals("unused") ? Optional.of(MetricShapes.Shape.IMPLICIT) : Optional.empty();
    }

    @AfterAll
    static void stop() {
        CONTEXT.close();
    }

    private static Snapshot snapshot(String meter, int second, String value, String delta) {
        return new Snapshot(
                TENANT,
                new MeterKey(meter),
                START.plusSeconds(second),
                START.plusSeconds(second + 5),
                new BigDecimal(value),
                Optional.of(new BigDecimal(delta)),
                MetricType.CHECKPOINT,
                START.plusSeconds(60));
    }

    private static HttpResponse<String> get(String principal, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/api/v1/metrics/" + path))
                .header("Principal", principal)
                .build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode history(String path) {
        HttpResponse<String> answer = get(OWN, path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        try {
            return JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(answer.body(), e);
        }
    }

    @Test
    void readingsAreOldestFirstAndTheLastOfAWindowCounts() {
        HttpResponse<String> answer = get(OWN, "m/history?scope=customer&customer_id=t1");

        assertThat(answer.body())
                .isEqualTo("{\"business_id\":\"" + OWN + "\",\"metric_name\":\"m\",\"history\":["
                        + row("10:00:00Z", "10:00:05Z", "1.0", "1.0") + ","
                        + row("10:00:05Z", "10:00:10Z", "3.0", "2.0") + ","
                        + row("10:00:10Z", "10:00:15Z", "4.0", "0.5") + "],\"next_cursor\":null}");
    }

    private static String row(String start, String end, String value, String delta) {
        return "{\"window_start\":\"2026-03-04T" + start + "\",\"window_end\":\"2026-03-04T" + end + "\",\"value\":"
                + value + ",\"delta\":" + delta
                + ",\"metric_type\":\"checkpoint\",\"scope\":\"customer\",\"flushed_at\":\"2026-03-04T10:01:00Z\"}";
    }

    @Test
    void historyIsReadInPagesAndSpans() {
        String path = "m/history?scope=customer&customer_id=t1";
        JsonNode first = history(path + "&limit=2");
        JsonNode second = history(
                path + "&limit=2&cursor=" + first.required("next_cursor").textValue());

        assertThat(values(first)).containsExactly("1.0", "3.0");
        assertThat(values(second)).containsExactly("4.0");
        assertThat(second.required("next_cursor").isNull()).isTrue();
        assertThat(values(history(path + "&from=2026-03-04T10:00:05Z"))).containsExactly("3.0", "4.0");
        assertThat(values(history(path + "&to=2026-03-04T10:00:05Z"))).containsExactly("1.0", "3.0");
        assertThat(values(history(path + "&from=2026-03-05"))).isEmpty();
    }

    private static List<String> values(JsonNode body) {
        List<String> values = new ArrayList<>();
        body.required("history").forEach(row -> values.add(row.required("value").asText()));
        return values;
    }

    @ParameterizedTest
    @CsvSource({"SUM, 13.5, 7.0", "COUNT, 3.0, 1.0", "AVG, 4.5, 7.0", "MIN, 0.5, 7.0", "MAX, 9.0, 7.0", "LAST, 0.5, 7.0"
    })
    void hoursComeFromCountersByTheOperation(String meter, String ten, String twelve) {
        JsonNode body = history(meter + "/history?scope=customer&customer_id=t1&granularity=hour");

        assertThat(values(body)).containsExactly(ten, twelve);
        JsonNode hour = body.required("history").get(0);
        assertThat(hour.required("window_start").textValue()).isEqualTo("2026-03-04T10:00:00Z");
        assertThat(hour.required("window_end").textValue()).isEqualTo("2026-03-04T11:00:00Z");
        assertThat(hour.required("delta")).isEqualTo(hour.required("value"));
        assertThat(hour.required("metric_type").textValue()).isEqualTo("reset");
    }

    @Test
    void definedMetricWithoutReadingsHasAnEmptyHistoryAndAnUnknownOneNone() {
        assertThat(values(history("unused/history"))).isEmpty();
        assertThat(values(history("m/history?scope=customer&customer_id=t1&granularity=month")))
                .isEmpty();

        HttpResponse<String> answer = get(OWN, "nothing/history");
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("Metric not found: nothing");
        assertThat(get(OWN, "m/history").statusCode()).isEqualTo(404);
        assertThat(get("biz_other", "m/history?scope=customer&customer_id=t1").statusCode())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "scope=site, INVALID_SCOPE",
        "scope=customer, INVALID_SCOPE",
        "granularity=year, VALIDATION_FAILED",
        "from=yesterday, VALIDATION_FAILED",
        "limit=0, VALIDATION_FAILED",
        "cursor=x, VALIDATION_FAILED"
    })
    void wrongParametersAre400(String query, String code) {
        HttpResponse<String> answer = get(OWN, "m/history?" + query);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains(code);
    }

    @Test
    void tenantReadsItsOwnHistoryOnly() {
        assertThat(get("tenant:" + OWN, "m/history").statusCode()).isEqualTo(200);
        assertThat(get("tenant:" + OWN, "m/history?scope=business").statusCode())
                .isEqualTo(403);
        assertThat(get("tenant:" + OWN, "m/history?scope=customer&customer_id=t2")
                        .statusCode())
                .isEqualTo(403);
        assertThat(get("nobody", "m/history").statusCode()).isEqualTo(401);
    }

    /// Rows and positions are one transaction: who was overtaken stores nothing.
    @Test
    void overtakenWriterStoresNothing() {
        STORE.positions("overtaken", List.of(0));
        STORE.advance(List.of(new Advance("overtaken", 0, 0, 5)));

        WriteOutcome outcome = STORE.store(
                List.of(List.of(snapshot("late", 0, "1", "1"))), List.of(new Advance("overtaken", 0, 0, 1)));

        assertThat(outcome).isInstanceOf(WriteOutcome.Overtaken.class);
        assertThat(new PostgresHistoryReads(JDBI, InstantSource.fixed(START.plusSeconds(3_600)))
                        .known(TENANT, new MeterKey("late")))
                .isFalse();
        assertThat(STORE.positions("overtaken", List.of(0))).containsEntry(0, 5L);
    }
}
