package io.tollgate.billing.usage.http;

import static io.tollgate.billing.usage.UsageSamples.event;
import static io.tollgate.billing.usage.UsageSamples.withMetadata;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.tollgate.billing.invoice.BillingTotals;
import io.tollgate.billing.invoice.postgres.PostgresBillingTotals;
import io.tollgate.billing.report.QuotaFill;
import io.tollgate.billing.report.ReportReads;
import io.tollgate.billing.report.postgres.PostgresReportReads;
import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.LogPlace;
import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.RefusedEvent;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.postgres.PostgresSinkProgress;
import io.tollgate.billing.usage.postgres.PostgresUsageReads;
import io.tollgate.billing.usage.postgres.PostgresUsageStore;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.metering.meter.Operation;
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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The routes over HTTP, with principals and problems as the server has them (TestEdge of control-plane's fixtures).
/// The organization counts in Kolkata's time, 5:30 ahead of UTC, and it is 2026-03-20 there.
class UsageRoutesIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OWN = UsageSamples.ORGANIZATION.value();
    private static final Barrier BARRIER = new Barrier();
    private static final ApplicationContext CONTEXT = ApplicationContext.builder(
                    Map.of("tollgate.roles.control", "true", "micronaut.server.port", "-1"))
            .build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static String base = "";

    private static final class Barrier implements ReadBarrier {
        private volatile boolean caughtUp = true;
        private volatile Optional<LogPosition> asked = Optional.empty();

        @Override
        public boolean awaitOrganization(OrganizationId organizationId, Optional<LogPosition> after, Duration atMost) {
            asked = after;
            return caughtUp;
        }
    }

    /// Bytes are gauged by their largest, everything else is summed.
    private static final class Operations implements MeterOperations {
        @Override
        public Operation of(SubjectKey subject, String meter) {
            return meter.equals("bytes") ? Operation.MAX : Operation.SUM;
        }

        @Override
        public Set<String> notSummed(OrganizationId organizationId, Collection<String> meters) {
            return Set.of("bytes");
        }
    }

    @BeforeAll
    static void start() {
        Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
        PostgresUsageStore store = new PostgresUsageStore(jdbi, new PostgresSinkProgress(jdbi), InstantSource.system());
        store.positions("events", List.of(0));
        store.positions("windows", List.of(0));
        List<CountedEvent> events = List.of(
                withMetadata(event(1, "a", "calls", "1.50", "2026-03-01T10:00:00Z"), "{\"k\": \"v\"}"),
                event(2, "a", "bytes", "1000", "2026-03-01T18:29:59.999999Z"),
                event(3, "b", "calls", "2", "2026-03-01T18:30:00Z"),
                event(4, "b", "calls", "0.5", "2026-02-28T18:29:59.999999Z"),
                event(5, "b", "calls", "7", "2026-04-02T00:00:00Z"));
        store.storeEvents(events, List.of(new Advance("events", 0, 0, 1)));
        store.positions("rejected", List.of(0));
        store.storeRejected(List.of(refused(6, "a"), refused(7, "b")), List.of(new Advance("rejected", 0, 0, 1)));
        store.storeCounters(UsageSamples.hoursOf(events), List.of(new Advance("windows", 0, 0, 1)));
        CONTEXT.registerSingleton(UsageReads.class, new PostgresUsageReads(jdbi));
        CONTEXT.registerSingleton(MeterOperations.class, new Operations());
        CONTEXT.registerSingleton(ReadBarrier.class, BARRIER);
        CONTEXT.registerSingleton(OrganizationZones.class, organization -> ZoneId.of("Asia/Kolkata"));
        CONTEXT.registerSingleton(ReportReads.class, new PostgresReportReads(jdbi));
        CONTEXT.registerSingleton(BillingTotals.Source.class, new PostgresBillingTotals(jdbi));
        CONTEXT.registerSingleton(QuotaFill.class, (organization, tenants) -> Map.of());
        CONTEXT.registerSingleton(InstantSource.class, InstantSource.fixed(Instant.parse("2026-03-20T00:00:00Z")));
        CONTEXT.start();
        base = CONTEXT.getBean(EmbeddedServer.class).start().getURL().toString();
    }

    private static RefusedEvent refused(int number, String tenant) {
        Instant at = Instant.parse("2026-03-05T00:00:00Z").plusSeconds(number);
        return new RefusedEvent(
                "evt_refused_" + number,
                OWN,
                "tenant:" + tenant,
                "calls",
                BigDecimal.ONE,
                at,
                at,
                at,
                number == 6 ? "QUOTA_BACKSTOP" : "LATE",
                "no room",
                Optional.of("key-" + number),
                Optional.empty(),
                new LogPlace(2, number, 0));
    }

    @AfterAll
    static void stop() {
        CONTEXT.close();
    }

    private static HttpResponse<String> get(String path, String principal, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).header("Principal", principal);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
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

    @Test
    void eventsAreNewestFirstInTheirWireForm() {
        HttpResponse<String> answer = get("/api/v1/events", OWN);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(answer.headers().firstValue("Tollgate-Stale")).isEmpty();
        JsonNode body = json(answer);
        assertThat(body.required("total").intValue()).isEqualTo(5);
        assertThat(body.required("limit").intValue()).isEqualTo(100);
        assertThat(body.required("next_cursor").isNull()).isTrue();
        assertThat(body.at("/events/0/timestamp").textValue()).isEqualTo("2026-04-02T00:00:00Z");
        JsonNode oldestOfMarch = body.at("/events/3");
        assertThat(oldestOfMarch.required("tenant_id").textValue()).isEqualTo("a");
        assertThat(oldestOfMarch.required("event_type").textValue()).isEqualTo("calls");
        assertThat(oldestOfMarch.required("metadata").required("k").textValue()).isEqualTo("v");
        assertThat(oldestOfMarch.required("idempotency_key").textValue()).isEqualTo("key-1");
        assertThat(oldestOfMarch.required("status").textValue()).isEqualTo("ACCEPTED");
        assertThat(answer.body()).contains("\"quantity\":1.5,").contains("\"quantity\":1000,");
        assertThat(body.at("/events/0/metadata").isObject()).isTrue();
    }

    @Test
    void cursorLeadsThroughTheList() {
        JsonNode first = json(get("/api/v1/events?limit=3", OWN));
        JsonNode rest = json(get(
                "/api/v1/events?limit=3&cursor=" + first.required("next_cursor").textValue(), OWN));

        assertThat(first.required("events")).hasSize(3);
        assertThat(rest.required("events")).hasSize(2);
        assertThat(rest.required("next_cursor").isNull()).isTrue();
        assertThat(rest.required("total").intValue()).isEqualTo(5);
    }

    /// Both ends are included; a date is a day in the organization's zone.
    @ParameterizedTest
    @CsvSource({
        "start_date=2026-03-01&end_date=2026-03-01,2",
        "start_date=2026-03-02,2",
        "end_date=2026-02-28,1",
        "start_date=2026-03-01T18:30:00Z&end_date=2026-03-01T18:30:00Z,1",
        "start_date=2026-03-02T00:00:00%2B05:30&end_date=2026-03-02T00:00:00+05:30,1",
        "tenant_id=a,2",
        "tenant_id=a&tenant_id=b&event_type=calls,4",
        "tenant_id=none,0",
        "status=VOIDED,0",
        "billed=true,0",
        "billed=false&tenant_id=a,2",
        "invoice_id=unknown,0",
    })
    void filtersSelect(String query, int total) {
        assertThat(json(get("/api/v1/events?" + query, OWN)).path("total").intValue())
                .isEqualTo(total);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=1.5",
                "limit=x",
                "start_date=yesterday",
                "start_date=2026-02-30",
                "start_date=2026-03-02&end_date=2026-03-01",
                "end_date=2026-03-01T10:00:00",
                "cursor=!!",
                "cursor=AAAA",
                "status=PENDING",
                "billed=yes",
                "tenant_id=%00",
                "tenant_id=a%0Ab",
            })
    void wrongEventQueryIs400(String query) {
        HttpResponse<String> answer = get("/api/v1/events?" + query, OWN);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).required("code").textValue()).isEqualTo("VALIDATION_FAILED");
        assertThat(json(answer).at("/details/0/path").textValue()).isEqualTo(query.substring(0, query.indexOf('=')));
    }

    @Test
    void limitAboveTheMaximumIsCut() {
        assertThat(json(get("/api/v1/events?limit=99999999999999999999", OWN))
                        .required("limit")
                        .intValue())
                .isEqualTo(1_000);
    }

    @Test
    void usageIsOfTheCurrentMonthByMeter() {
        HttpResponse<String> answer = get("/api/v1/usage", OWN);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo("{\"usage\":[{\"event_type\":\"bytes\",\"total_quantity\":1000,\"event_count\":1},"
                        + "{\"event_type\":\"calls\",\"total_quantity\":3.5,\"event_count\":2}],"
                        + "\"period\":{\"start\":\"2026-02-28T18:30:00Z\",\"end\":\"2026-03-31T18:29:59.999999Z\"},"
                        + "\"next_cursor\":null}");
    }

    @Test
    void usageByDayHasDaysOfTheOrganizationsZone() {
        JsonNode usage = json(get("/api/v1/usage?group_by=day&start_date=2026-02-01", OWN))
                .required("usage");

        assertThat(usage.toString())
                .isEqualTo("[{\"date\":\"2026-02-28\",\"total_quantity\":0.5,\"event_count\":1},"
                        + "{\"date\":\"2026-03-01\",\"total_quantity\":1001.5,\"event_count\":2},"
                        + "{\"date\":\"2026-03-02\",\"total_quantity\":2,\"event_count\":1}]");
    }

    @Test
    void usageByDayInAnotherZone() {
        JsonNode usage = json(get(
                        "/api/v1/usage?group_by=day&time_zone=UTC&start_date=2026-03-01&end_date=2026-03-01", OWN))
                .required("usage");

        assertThat(usage).hasSize(1);
        assertThat(usage.at("/0/total_quantity").decimalValue()).isEqualByComparingTo(new BigDecimal("1003.5"));
    }

    @Test
    void usageByTenantPageByPage() {
        JsonNode first = json(get("/api/v1/usage?group_by=tenant&limit=1", OWN));
        JsonNode second = json(get(
                "/api/v1/usage?group_by=tenant&limit=1&cursor="
                        + first.required("next_cursor").textValue(),
                OWN));

        assertThat(first.at("/usage/0/tenant_id").textValue()).isEqualTo("a");
        assertThat(second.at("/usage/0/tenant_id").textValue()).isEqualTo("b");
        assertThat(second.required("next_cursor").isNull()).isTrue();
    }

    /// A period before or after the current month, of which only one end is given.
    @ParameterizedTest
    @CsvSource({
        "end_date=2026-02-28,2026-01-31T18:30:00Z,2026-02-28T18:29:59.999999Z",
        "start_date=2026-04-02,2026-04-01T18:30:00Z,2026-04-30T18:29:59.999999Z",
        "start_date=2026-03-10T00:00:00Z&end_date=2026-03-10T00:00:00Z,2026-03-10T00:00:00Z,2026-03-10T00:00:00Z",
    })
    void periodIsWhatIsAskedFor(String query, String start, String end) {
        JsonNode period = json(get("/api/v1/usage?" + query, OWN)).required("period");

        assertThat(period.required("start").textValue()).isEqualTo(start);
        assertThat(period.required("end").textValue()).isEqualTo(end);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "metadata",
                "metadata.",
                "hour",
                "",
                "day,day",
                "event_type,",
                "metadata.a,metadata.b,metadata.c",
            })
    void otherGroupingsAreRefusedInThePublishedWords(String groupBy) {
        HttpResponse<String> answer = get("/api/v1/usage?group_by=" + (groupBy.isEmpty() ? "," : groupBy), OWN);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).required("error").textValue())
                .isEqualTo("Invalid group_by parameter. Use: event_type, tenant, or day");
    }

    @Test
    void usageByMetadataTellsEventsWithoutItApart() {
        assertThat(json(get("/api/v1/usage?group_by=event_type,metadata.k", OWN))
                        .required("usage")
                        .toString())
                .isEqualTo("[{\"event_type\":\"bytes\",\"metadata.k\":null,\"total_quantity\":1000,\"event_count\":1},"
                        + "{\"event_type\":\"calls\",\"metadata.k\":null,\"total_quantity\":2,\"event_count\":1},"
                        + "{\"event_type\":\"calls\",\"metadata.k\":\"v\",\"total_quantity\":1.5,\"event_count\":1}]");
    }

    @Test
    void filtersOfMetadataSelect() {
        JsonNode usage = json(get("/api/v1/usage?filter%5Bmetadata.k%5D=v&filter%5Bmetadata.k%5D=w", OWN))
                .required("usage");

        assertThat(usage.toString()).isEqualTo("[{\"event_type\":\"calls\",\"total_quantity\":1.5,\"event_count\":1}]");
    }

    @Test
    void windowsAreThereWithAndWithoutUsage() {
        JsonNode usage = json(get(
                        "/api/v1/usage?event_type=calls&window=day&start_date=2026-02-28&end_date=2026-03-02", OWN))
                .required("usage");

        assertThat(usage).hasSize(3);
        assertThat(usage.get(0).toString())
                .isEqualTo("{\"event_type\":\"calls\",\"window_start\":\"2026-02-27T18:30:00Z\","
                        + "\"window_end\":\"2026-02-28T18:30:00Z\",\"total_quantity\":0.5,\"event_count\":1}");
        JsonNode minutes = json(get(
                        "/api/v1/usage?tenant_id=a&event_type=calls&window=minute"
                                + "&start_date=2026-03-01T09:59:00Z&end_date=2026-03-01T10:01:00Z",
                        OWN))
                .required("usage");
        assertThat(minutes.findValuesAsText("total_quantity")).containsExactly("0", "1.5", "0");
    }

    @Test
    void totalsOfAMeterFollowItsOperation() {
        assertThat(json(get("/api/v1/usage?event_type=bytes&group_by=day&tenant_id=a", OWN))
                        .at("/usage/0/total_quantity")
                        .decimalValue())
                .isEqualByComparingTo("1000");
    }

    @Test
    void usageOfWhatIsNoTenantIsRefused() {
        HttpResponse<String> answer = get("/api/v1/usage?tenant_id=a%7F", OWN);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).at("/details/0/path").textValue()).isEqualTo("tenant_id");
        assertThat(json(answer).at("/details/0/code").textValue()).isEqualTo("invalid_value");
    }

    @Test
    void usageAsATableForThoseWhoAskForOne() {
        HttpResponse<String> answer =
                get("/api/v1/usage?group_by=event_type,tenant&limit=2", OWN, "Accept", "text/csv");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/csv"));
        assertThat(answer.body())
                .isEqualTo("event_type,tenant_id,total_quantity,event_count\r\nbytes,a,1000,1\r\ncalls,a,1.5,1\r\n");
        String cursor = answer.headers().firstValue("Tollgate-Next-Cursor").orElseThrow();
        assertThat(get("/api/v1/usage?group_by=event_type,tenant&limit=2&cursor=" + cursor, OWN, "Accept", "text/csv")
                        .body())
                .isEqualTo("event_type,tenant_id,total_quantity,event_count\r\ncalls,b,2,1\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "window=year",
                "window=day&group_by=day",
                "window=minute&start_date=2026-01-01&end_date=2026-03-01",
                "filter%5Bmetadata%5D=v",
                "filter%5Bmetadata.k=v",
                "filter%5Bmetadata.k%5D=%00",
                "filter%5Bmetadata.k%5D=1&filter%5Bmetadata.k%5D=2&filter%5Bmetadata.k%5D=3"
                        + "&filter%5Bmetadata.l%5D=1&filter%5Bmetadata.l%5D=2&filter%5Bmetadata.l%5D=3",
                "cursor=AAAA",
                "time_zone=Mars/Olympus",
                "start_date=2026-03-02&end_date=2026-03-01",
                "group_by=day&start_date=1990-01-01&end_date=2026-03-01",
                "start_date=9999-12-31&end_date=9999-12-31",
                "start_date=0001-01-01",
            })
    void wrongUsageQueryIs400(String query) {
        assertThat(get("/api/v1/usage?" + query, OWN).statusCode()).isEqualTo(400);
    }

    @Test
    void anEventIsToldByItsId() {
        String id = json(get("/api/v1/events?tenant_id=a&event_type=calls", OWN))
                .at("/events/0/id")
                .textValue();
        HttpResponse<String> answer = get("/api/v1/events/" + id, OWN);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode event = json(answer);
        assertThat(event.required("id").textValue()).isEqualTo(id);
        assertThat(event.required("status").textValue()).isEqualTo("ACCEPTED");
        assertThat(event.required("log").toString())
                .isEqualTo("{\"topic\":\"tollgate.usage-events\",\"partition\":0,\"offset\":1}");
        assertThat(event.required("invoice").isNull()).isTrue();
        assertThat(get("/api/v1/events/" + id, "biz_other").statusCode()).isEqualTo(404);
        assertThat(get("/api/v1/events/evt_none", OWN).statusCode()).isEqualTo(404);
    }

    @Test
    void rejectedEventsAreToldWithTheirReason() {
        JsonNode rejected = json(get("/api/v1/rejected-events", OWN)).required("events");

        assertThat(rejected.findValuesAsText("event_id")).containsExactly("evt_refused_7", "evt_refused_6");
        assertThat(rejected.get(1).required("reason").textValue()).isEqualTo("QUOTA_BACKSTOP");
        assertThat(json(get("/api/v1/events/evt_refused_6", OWN))
                        .required("status")
                        .textValue())
                .isEqualTo("REJECTED");
        assertThat(json(get("/api/v1/rejected-events?reason=LATE&tenant_id=b&start_date=2026-03-05", OWN))
                        .required("events"))
                .hasSize(1);
        assertThat(json(get("/api/v1/rejected-events?end_date=2026-03-04", OWN)).required("events"))
                .isEmpty();
        assertThat(json(get("/api/v1/rejected-events", "biz_other")).required("events"))
                .isEmpty();
        assertThat(get("/api/v1/rejected-events?reason=WHIM", OWN).statusCode()).isEqualTo(400);
        assertThat(get("/api/v1/rejected-events?cursor=AAAA", OWN).statusCode()).isEqualTo(400);
    }

    @Test
    void aReportOfUsageIsAlsoAFile() {
        assertThat(get("/api/v1/reports/usage?start_date=2026-03-01&end_date=2026-03-01", OWN)
                        .body())
                .isEqualTo("{\"period\":{\"start\":\"2026-02-28T18:30:00Z\",\"end\":\"2026-03-01T18:29:59.999999Z\"},"
                        + "\"usage\":[{\"event_type\":\"bytes\",\"total_quantity\":1000,\"event_count\":1},"
                        + "{\"event_type\":\"calls\",\"total_quantity\":1.5,\"event_count\":1}]}");
        HttpResponse<String> file = get("/api/v1/reports/usage?format=csv", OWN);
        assertThat(file.headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename=\"usage-report-biz_test-2026-03-20.csv\"");
        assertThat(file.body()).isEqualTo("Event Type,Event Count,Total Quantity\r\nbytes,1,1000\r\ncalls,2,3.5\r\n");
        assertThat(get("/api/v1/reports/usage?format=xls", OWN).statusCode()).isEqualTo(400);
        assertThat(get("/api/v1/reports/usage", "nobody").statusCode()).isEqualTo(401);
        assertThat(get("/api/v1/reports/usage", "biz_other").body()).contains("\"usage\":[]");
    }

    @Test
    void aReportOfTheOrganizationAddsUp() {
        JsonNode report = json(get("/api/v1/reports/organization", OWN));

        assertThat(report.required("tenant_count").intValue()).isEqualTo(2);
        assertThat(report.at("/usage/total_quantity").decimalValue()).isEqualByComparingTo("1003.5");
        assertThat(report.at("/usage/total_events").intValue()).isEqualTo(3);
        assertThat(report.at("/usage/by_type")).hasSize(2);
        assertThat(report.at("/billing/invoice_count").intValue()).isZero();
    }

    /// It is midnight of 2026-03-20; nothing happened in the five minutes before.
    @Test
    void nobodyIsHotWhereNothingHappens() {
        assertThat(get("/api/v1/reports/hot-tenants", OWN).body()).isEqualTo("{\"tenants\":[]}");
        assertThat(get("/api/v1/reports/hot-tenants?event_type=a&event_type=b", OWN)
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void onlyTheOrganizationReads() {
        assertThat(get("/api/v1/usage", "nobody").statusCode()).isEqualTo(401);
        assertThat(get("/api/v1/events", "admin").statusCode()).isEqualTo(403);
        assertThat(json(get("/api/v1/events", "biz_other")).required("total").intValue())
                .isZero();
    }

    @Test
    void staleReadSaysSoAndADemandedPositionIs503() {
        String position = LogPosition.of(3, 17).toText();
        BARRIER.caughtUp = false;
        try {
            HttpResponse<String> stale = get("/api/v1/usage", OWN);
            assertThat(stale.statusCode()).isEqualTo(200);
            assertThat(stale.headers().firstValue("Tollgate-Stale")).contains("true");

            HttpResponse<String> behind = get("/api/v1/events", OWN, "Tollgate-After", position);
            assertThat(behind.statusCode()).isEqualTo(503);
            assertThat(json(behind).required("code").textValue()).isEqualTo("NOT_CAUGHT_UP");
            assertThat(behind.headers().firstValue("Retry-After")).contains("1");
        } finally {
            BARRIER.caughtUp = true;
        }
        assertThat(get("/api/v1/events", OWN, "Tollgate-After", position).statusCode())
                .isEqualTo(200);
        assertThat(BARRIER.asked).contains(LogPosition.of(3, 17));
        assertThat(get("/api/v1/events", OWN, "Tollgate-After", "nonsense").statusCode())
                .isEqualTo(400);
    }
}
