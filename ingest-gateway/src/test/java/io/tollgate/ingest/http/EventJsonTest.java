package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventJsonTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:15:30.123456Z");
    private static final String MINIMAL = "\"event_type\":\"m\",\"tenant_id\":\"t\"";

    private final EventJson json =
            new EventJson(new EventTimeBounds(Duration.ofMinutes(5), Optional.of(Duration.ofDays(365))));

    @Test
    void everyMemberOfASingleEventIsRead() {
        ReportedEvent event = single("""
                {"event_type":"image_resize","tenant_id":"cust_7","quantity":2.50,"metadata":{"size":"xl","n":1.0},
                 "timestamp":"2026-03-04T11:15:30+01:00","idempotency_key":"order-1001","unknown":[{"a":1}]}""");

        assertThat(event.meter()).isEqualTo(new MeterKey("image_resize"));
        assertThat(event.tenantId()).isEqualTo(new TenantId("cust_7"));
        assertThat(event.quantity()).isEqualTo(Quantity.rounded(new BigDecimal("2.5")));
        assertThat(event.metadata()).isEqualTo("{\"size\":\"xl\",\"n\":1.0}");
        assertThat(event.eventTime()).isEqualTo("2026-03-04T10:15:30Z");
        assertThat(event.idempotencyKey()).isEqualTo("order-1001");
    }

    @Test
    void absentMembersHaveTheirDefaults() {
        ReportedEvent event = single("{" + MINIMAL + "}");

        assertThat(event.quantity()).isEqualTo(Quantity.rounded(BigDecimal.ONE));
        assertThat(event.metadata()).isNull();
        assertThat(event.eventTime()).isEqualTo(NOW);
        assertThat(event.idempotencyKey()).isNull();
    }

    @Test
    void emptyOptionalMembersAreAbsentOnes() {
        assertThat(single("{" + MINIMAL + ",\"metadata\":{},\"idempotency_key\":\"\"}"))
                .isEqualTo(single("{" + MINIMAL + "}"))
                .isEqualTo(single("{" + MINIMAL + ",\"metadata\":null,\"timestamp\":null,\"idempotency_key\":null}"));
    }

    /// Vectors V7 d and e, from the wire.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2.50                                                  | aa379f04a22b5e304b0ffca4997377271da36c7659b937c1b1313965a1048683
            "2.5"                                                 | aa379f04a22b5e304b0ffca4997377271da36c7659b937c1b1313965a1048683
            25e-1                                                 | aa379f04a22b5e304b0ffca4997377271da36c7659b937c1b1313965a1048683
            2.5,"timestamp":"2026-03-04T11:15:30+01:00"           | a43f7d3bf571331ada8a3ac8a11fc1471137308489041164cd65b7a485343c92
            2.5,"timestamp":"2026-03-04T10:15:30.0000009Z"        | a43f7d3bf571331ada8a3ac8a11fc1471137308489041164cd65b7a485343c92
            """)
    void payloadsHaveTheIdentityOfTheVectors(String quantityAndTime, String fingerprint) {
        assertThat(single("{\"event_type\":\"image_resize\",\"tenant_id\":\"cust_7\","
                                + "\"metadata\":{\"size\":\"xl\",\"region\":\"eu\"},\"quantity\":" + quantityAndTime
                                + "}")
                        .fingerprint())
                .hasToString(fingerprint);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            members                                                    | tenant | meter | quantity
            "customer_id":"c","metric_name":"n","value":3              | c      | n     | 3
            "customer_id":"c","meter":"m","value":"3.5"                | c      | m     | 3.5
            "meter":"m","metric_name":"n","tenant_id":"t"              | t      | n     | 1
            "event_type":"e","meter":"m","tenant_id":"t","quantity":1,"value":2  | t | e | 1
            "value":2,"quantity":1,"customer_id":"c","tenant_id":"t","metric_name":"n","event_type":"e" | t | e | 1
            "value":false,"quantity":1,"customer_id":7,"tenant_id":"t","metric_name":null,"event_type":"e" | t | e | 1
            """)
    void canonicalNamesWinOverAliases(String members, String tenant, String meter, BigDecimal quantity) {
        ReportedEvent event = single("{" + members + "}");

        assertThat(event.tenantId()).hasToString(tenant);
        assertThat(event.meter()).hasToString(meter);
        assertThat(event.quantity()).isEqualTo(Quantity.rounded(quantity));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            members                                          | errors
            "tenant_id":"t"                                  | event_type:REQUIRED
            "event_type":"m"                                 | tenant_id:REQUIRED
            "x":1                                            | tenant_id:REQUIRED event_type:REQUIRED
            "event_type":"","tenant_id":""                   | tenant_id:REQUIRED event_type:REQUIRED
            "event_type":1,"tenant_id":["t"]                 | tenant_id:INVALID_TYPE event_type:INVALID_TYPE
            "event_type":null,"tenant_id":{"a":1}            | tenant_id:INVALID_TYPE event_type:INVALID_TYPE
            "event_type":"m","customer_id":7                 | customer_id:INVALID_TYPE
            "event_type":"m\\u0000","tenant_id":"\\u009f"    | tenant_id:INVALID_CHARACTER event_type:INVALID_CHARACTER
            "event_type":"\\ud800","tenant_id":"\\udc00\\ud800" | tenant_id:INVALID_CHARACTER event_type:INVALID_CHARACTER
            $,"quantity":null                                | quantity:INVALID_TYPE
            $,"quantity":true                                | quantity:INVALID_TYPE
            $,"quantity":{}                                  | quantity:INVALID_TYPE
            $,"quantity":"NaN"                               | quantity:NOT_A_DECIMAL
            $,"quantity":""                                  | quantity:NOT_A_DECIMAL
            $,"quantity":0                                   | quantity:NOT_POSITIVE
            $,"quantity":-1                                  | quantity:NOT_POSITIVE
            $,"quantity":0.0000004                           | quantity:NOT_POSITIVE
            $,"quantity":1e-400                              | quantity:NOT_POSITIVE
            $,"quantity":1e400                               | quantity:QUANTITY_OUT_OF_RANGE
            $,"value":100000000000000                        | value:QUANTITY_OUT_OF_RANGE
            $,"metadata":"x"                                 | metadata:INVALID_TYPE
            $,"metadata":1                                   | metadata:INVALID_TYPE
            $,"metadata":[]                                  | metadata:INVALID_TYPE
            $,"metadata":{"a":[{"b":1e400}]}                 | metadata:NUMBER_OUT_OF_RANGE
            $,"metadata":{"a":"\\udfff"}                     | metadata:INVALID_CHARACTER
            $,"timestamp":1772619330                         | timestamp:INVALID_TYPE
            $,"timestamp":""                                 | timestamp:INVALID_TIMESTAMP
            $,"timestamp":"2026-03-04"                       | timestamp:INVALID_TIMESTAMP
            $,"timestamp":"1969-12-31T23:59:59.999999Z"      | timestamp:INVALID_TIMESTAMP
            $,"timestamp":"2026-03-04T10:20:30.123457Z"      | timestamp:TIMESTAMP_IN_FUTURE
            $,"timestamp":"2025-03-04T10:15:30.123455Z"      | timestamp:TIMESTAMP_TOO_OLD
            $,"idempotency_key":7                            | idempotency_key:INVALID_TYPE
            $,"idempotency_key":"\\ud800"                    | idempotency_key:INVALID_CHARACTER
            "quantity":0,"timestamp":"x","metadata":1        | metadata:INVALID_TYPE tenant_id:REQUIRED event_type:REQUIRED quantity:NOT_POSITIVE timestamp:INVALID_TIMESTAMP
            """)
    void everyInvalidFieldIsNamed(String members, String errors) {
        String body = "{" + members.replace("$", MINIMAL) + "}";
        assertThat(errorsOf(json.read(utf8(body), null, NOW).events().getFirst()))
                .isEqualTo(errors);

        String batch = "{\"events\":[{" + MINIMAL + "}," + body + "]}";
        String prefixed =
                List.of(errors.split(" ")).stream().map("events[1]."::concat).collect(Collectors.joining(" "));
        assertThat(errorsOf(json.read(utf8(batch), null, NOW).events().get(1))).isEqualTo(prefixed);
    }

    @ParameterizedTest
    @CsvSource({"tenant_id,100", "event_type,100", "idempotency_key,255"})
    void namesHaveTheirLongestLength(String name, int lengthMax) {
        String longest = "x".repeat(lengthMax);
        String base = "{\"customer_id\":\"t\",\"meter\":\"m\",\"" + name + "\":\"";

        single(base + longest + "\"}");
        assertThat(errorsOf(json.read(utf8(base + longest + "x\"}"), null, NOW)
                        .events()
                        .getFirst()))
                .isEqualTo(name + ":TOO_LONG");
        assertThat(errorsOf(json.read(utf8(base + "x".repeat(3_000_000) + "\"}"), null, NOW)
                        .events()
                        .getFirst()))
                .isEqualTo(name + ":TOO_LONG");
    }

    @Test
    void hugeValuesFailTheirOwnFieldOnly() {
        assertThat(errorsOf(json.read(utf8("{" + MINIMAL + ",\"quantity\":1" + "0".repeat(2_000_000) + "}"), null, NOW)
                        .events()
                        .getFirst()))
                .isEqualTo("quantity:TOO_LONG");
        assertThat(errorsOf(json.read(
                                utf8("{" + MINIMAL + ",\"metadata\":{\"" + "k".repeat(1_000_000) + "\":1}}"), null, NOW)
                        .events()
                        .getFirst()))
                .isEqualTo("metadata:TOO_LONG");
    }

    @Test
    void eventTimesOnTheBoundsAreTaken() {
        assertThat(single("{" + MINIMAL + ",\"timestamp\":\"2026-03-04T10:20:30.123456Z\"}")
                        .eventTime())
                .isEqualTo(NOW.plus(Duration.ofMinutes(5)));
        assertThat(single("{" + MINIMAL + ",\"timestamp\":\"2025-03-04T10:15:30.123456Z\"}")
                        .eventTime())
                .isEqualTo(NOW.minus(Duration.ofDays(365)));
        EventJson anyAge = new EventJson(EventTimeBounds.DEFAULT);
        assertThat(anyAge.read(utf8("{" + MINIMAL + ",\"timestamp\":\"1970-01-01T00:00:00Z\"}"), null, NOW)
                        .events()
                        .getFirst())
                .isInstanceOf(ReportedEvent.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"event_type\":",
                "{\"event_type\":\"m\",\"tenant_id\":\"t\"",
                "{\"event_type\":\"m\",\"tenant_id\":\"t\"}}",
                "{\"event_type\":\"m\",\"tenant_id\":\"t\"} x",
                "{\"event_type\":\"m\",\"tenant_id\":\"t\"}{}",
                "{\"event_type\":\"m\",\"tenant_id\":\"t\",}",
                "{'event_type':'m'}",
                "{event_type:\"m\"}",
                "{\"quantity\":NaN}",
                "{\"quantity\":Infinity}",
                "{\"quantity\":-Infinity}",
                "{\"quantity\":01}",
                "{\"quantity\":+1}",
                "{\"quantity\":.5}",
                "{\"quantity\":5.}",
                "{\"quantity\":0x10}",
                "{\"a\":\"line\nbreak\"}",
                "{\"a\":\"\u0001\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":1,\"a\":2}",
                "{\"event_type\":\"m\",\"event_type\":\"m\"}",
                "{\"metadata\":{\"a\":1,\"a\":1}}",
                "{\"events\":[{}],\"events\":[{}]}",
                "/* c */{}",
                "{\"a\":tru}",
                "nul"
            })
    void bodiesThatAreNotJsonAreMalformed(String body) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> json.read(utf8(body), null, NOW))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.MALFORMED_JSON);
                    assertThat(problem.message()).doesNotContain("Jackson", "Source", "JsonReadFeature", "byte[]");
                });
    }

    @Test
    void nestingHasALimit() {
        // The body's own object and metadata are two levels.
        String open = "[".repeat(EventJson.DEPTH_MAX - 2);
        String close = "]".repeat(EventJson.DEPTH_MAX - 2);
        single("{" + MINIMAL + ",\"metadata\":{\"a\":" + open + close + "}}");
        single("{" + MINIMAL + ",\"ignored\":[" + open + close + "]}");
        assertMalformed(
                "{" + MINIMAL + ",\"metadata\":{\"a\":[" + open + close + "]}}", "nested deeper than 32 levels");
        assertMalformed("{\"ignored\":" + "[".repeat(1_000_000), "nested deeper than 32 levels");
    }

    @Test
    void textInOtherEncodingsIsMalformed() {
        for (Charset charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16)) {
            byte[] body = ("{" + MINIMAL + "}").getBytes(charset);
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(() -> json.read(body, null, NOW))
                    .withMessageContaining("UTF-8");
        }
        byte[] latin = "{\"event_type\":\"é\",\"tenant_id\":\"t\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> json.read(latin, null, NOW))
                .withMessageContaining("UTF-8");
    }

    @Test
    void batchesAreReadInOrder() {
        Submission batch =
                json.read(utf8("{\"partial\":true,\"events\":" + events(EventJson.EVENTS_MAX) + "}"), null, NOW);

        assertThat(batch.batch()).isTrue();
        assertThat(batch.partial()).isTrue();
        assertThat(batch.events()).hasSize(EventJson.EVENTS_MAX);
        assertThat(batch.events().get(999))
                .isInstanceOfSatisfying(
                        ReportedEvent.class,
                        event -> assertThat(event.tenantId()).hasToString("t999"));
    }

    @Test
    void aBatchIsABatchWhateverStandsBesideIt() {
        assertThat(json.read(utf8("{\"event_type\":1,\"events\":[{" + MINIMAL + "}],\"quantity\":\"x\"}"), "key", NOW)
                        .events())
                .singleElement()
                .isInstanceOfSatisfying(
                        ReportedEvent.class,
                        event -> assertThat(event.idempotencyKey()).isNull());
    }

    @Test
    void eventsThatAreNoObjectsAreInvalid() {
        Submission batch = json.read(utf8("{\"events\":[1,null,[],\"x\",{" + MINIMAL + "}]}"), null, NOW);

        assertThat(batch.events().subList(0, 4).stream().map(EventJsonTest::errorsOf))
                .containsExactly(
                        "events[0]:INVALID_TYPE",
                        "events[1]:INVALID_TYPE",
                        "events[2]:INVALID_TYPE",
                        "events[3]:INVALID_TYPE");
        assertThat(batch.events().get(4)).isInstanceOf(ReportedEvent.class);
    }

    @Test
    void bodiesThatAreNoRequestAreInvalid() {
        assertInvalid("[]", ":INVALID_TYPE");
        assertInvalid("1", ":INVALID_TYPE");
        assertInvalid("null", ":INVALID_TYPE");
        assertInvalid("{\"events\":{}}", "events:INVALID_TYPE");
        assertInvalid("{\"events\":null}", "events:INVALID_TYPE");
        assertInvalid("{\"events\":[]}", "events:REQUIRED");
        assertInvalid("{\"events\":" + events(EventJson.EVENTS_MAX + 1) + "}", "events:TOO_LONG");
        assertInvalid("{\"events\":[{}],\"partial\":\"true\"}", "partial:INVALID_TYPE");
    }

    @Test
    void headerIsTheKeyOfASingleEventWithoutOne() {
        assertThat(keyOf("{" + MINIMAL + "}", "h")).isEqualTo("h");
        assertThat(keyOf("{" + MINIMAL + ",\"idempotency_key\":\"b\"}", "h")).isEqualTo("b");
        assertThat(keyOf("{" + MINIMAL + "}", "")).isNull();
        assertThat(errorsOf(json.read(utf8("{" + MINIMAL + "}"), "h".repeat(256), NOW)
                        .events()
                        .getFirst()))
                .isEqualTo("Idempotency-Key:TOO_LONG");
    }

    @Test
    void linesAreEvents() {
        Submission lines = json.readLines(
                utf8("\r\n{" + MINIMAL + "}\r\n\n  \t\n {" + MINIMAL + ",\"quantity\":0}\n{" + MINIMAL + "}"),
                false,
                NOW);

        assertThat(lines.batch()).isTrue();
        assertThat(lines.events()).hasSize(3);
        assertThat(lines.events().get(0)).isInstanceOf(ReportedEvent.class);
        assertThat(errorsOf(lines.events().get(1))).isEqualTo("events[1].quantity:NOT_POSITIVE");
        assertThat(lines.events().get(2)).isInstanceOf(ReportedEvent.class);
    }

    @Test
    void malformedLineRefusesAllUnlessItMayFailAlone() {
        byte[] body = utf8("{" + MINIMAL + "}\n{\"event_type\":\n{" + MINIMAL + "} {}\n{" + MINIMAL + "}");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> json.readLines(body, false, NOW))
                .satisfies(problem -> assertThat(problem.code()).isEqualTo(ErrorCode.MALFORMED_JSON))
                .withMessageStartingWith("Line 2");
        Submission partial = json.readLines(body, true, NOW);
        assertThat(partial.events()).hasSize(4);
        assertThat(errorsOf(partial.events().get(1))).isEqualTo("events[1]:MALFORMED_JSON");
        assertThat(errorsOf(partial.events().get(2))).isEqualTo("events[2]:MALFORMED_JSON");
        assertThat(partial.events().get(3)).isInstanceOf(ReportedEvent.class);
    }

    @Test
    void linesAreBoundedAsBatchesAre() {
        String line = "{" + MINIMAL + "}\n";
        assertThat(json.readLines(utf8(line.repeat(1_000)), false, NOW).events())
                .hasSize(1_000);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> json.readLines(utf8(line.repeat(1_001)), true, NOW))
                .withMessageContaining("at most 1000 events");
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> json.readLines(utf8(" \n\n"), true, NOW))
                .withMessageContaining("at least one event");
    }

    /// Whatever bytes arrive, they are an event, a list of faults, or a problem of the caller; never anything else.
    @Test
    void damagedBodiesNeverEscapeTheCatalogue() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] whole = utf8("{\"events\":[{\"event_type\":\"é\",\"tenant_id\":\"t\\u00fc\",\"quantity\":1.5e2,"
                + "\"timestamp\":\"2026-03-04T10:15:30Z\",\"metadata\":{\"b\":[1,{\"c\":null}],\"a\":-0.0}}]}");
        byte[] alphabet = utf8("{}[]\",:\\u0019eE+-.tfn \n\u0000\u007f€");
        for (int i = 0; i < 200_000; i++) {
            byte[] body = whole.clone();
            int changes = 1 + random.nextInt(4);
            for (int change = 0; change < changes; change++) {
                body[random.nextInt(body.length)] = alphabet[random.nextInt(alphabet.length)];
            }
            if (random.nextInt(4) == 0) {
                body = java.util.Arrays.copyOf(body, random.nextInt(body.length));
            }
            try {
                json.read(body, null, NOW);
            } catch (Problem problem) {
                assertThat(problem.code())
                        .as("seed %d", seed)
                        .isIn(ErrorCode.MALFORMED_JSON, ErrorCode.VALIDATION_FAILED);
            }
        }
    }

    private ReportedEvent single(String body) {
        Submission submission = json.read(utf8(body), null, NOW);
        assertThat(submission.batch()).isFalse();
        Reported reported = submission.events().getFirst();
        assertThat(reported).as(() -> errorsOf(reported)).isInstanceOf(ReportedEvent.class);
        return (ReportedEvent) reported;
    }

    private @Nullable String keyOf(String body, String header) {
        return ((ReportedEvent) json.read(utf8(body), header, NOW).events().getFirst()).idempotencyKey();
    }

    private void assertMalformed(String body, String sentence) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> json.read(utf8(body), null, NOW))
                .withMessageContaining(sentence)
                .satisfies(problem -> assertThat(problem.code()).isEqualTo(ErrorCode.MALFORMED_JSON));
    }

    private void assertInvalid(String body, String error) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> json.read(utf8(body), null, NOW))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.VALIDATION_FAILED);
                    assertThat(problem.details())
                            .hasValueSatisfying(details -> assertThat(details)
                                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.list(
                                            Problem.FieldError.class))
                                    .singleElement()
                                    .satisfies(field -> assertThat(field.path() + ":" + field.code())
                                            .isEqualTo(error)));
                });
    }

    private static String errorsOf(Reported reported) {
        return reported instanceof Reported.Invalid invalid
                ? invalid.errors().stream()
                        .map(error -> error.path() + ":" + error.code())
                        .collect(Collectors.joining(" "))
                : "none";
    }

    private static String events(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"event_type\":\"m\",\"tenant_id\":\"t" + i + "\"}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
