package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micronaut.core.convert.ConversionService;
import io.micronaut.http.simple.SimpleHttpHeaders;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Examples are those of the CloudEvents 1.0.2 documents (spec.md, json-format.md, http-protocol-binding.md), with a
/// `subject` where they have none.
class CloudEventsTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:15:30.123456Z");
    private static final String REQUIRED = """
            "specversion":"1.0","id":"1","source":"/s","type":"m","subject":"t"
            """;

    private final CloudEvents events = new CloudEvents(new EventTimeBounds(Duration.ofMinutes(5), Optional.empty()));

    private Submission read(String body, String... headers) {
        SimpleHttpHeaders all = new SimpleHttpHeaders(ConversionService.SHARED);
        for (int i = 0; i < headers.length; i += 2) {
            all.add(headers[i], headers[i + 1]);
        }
        return events.read(CloudEvents.mode(all).orElseThrow(), all, body.getBytes(StandardCharsets.UTF_8), NOW);
    }

    private Submission structured(String body) {
        return read(body, "Content-Type", "application/cloudevents+json; charset=UTF-8");
    }

    private static ReportedEvent only(Submission submission) {
        assertThat(submission.events()).hasSize(1);
        return (ReportedEvent) submission.events().getFirst();
    }

    private static Map<String, String> faults(Reported reported) {
        return ((Reported.Invalid) reported)
                .errors().stream()
                        .collect(java.util.stream.Collectors.toMap(
                                Problem.FieldError::path, Problem.FieldError::code, (one, other) -> one + " " + other));
    }

    @Test
    void theExampleOfTheSpecification() {
        Submission submission = structured("""
                {
                    "specversion" : "1.0",
                    "type" : "com.github.pull_request.opened",
                    "source" : "https://github.com/cloudevents/spec/pull",
                    "subject" : "123",
                    "id" : "A234-1234-1234",
                    "time" : "2018-04-05T17:31:00Z",
                    "comexampleextension1" : "value",
                    "comexampleothervalue" : 5,
                    "datacontenttype" : "text/xml",
                    "data" : "<much wow=\\"xml\\"/>"
                }""");

        assertThat(submission.batch()).isFalse();
        ReportedEvent event = only(submission);
        assertThat(event.meter()).isEqualTo(new MeterKey("com.github.pull_request.opened"));
        assertThat(event.tenantId()).isEqualTo(new TenantId("123"));
        assertThat(event.eventTime()).isEqualTo("2018-04-05T17:31:00Z");
        assertThat(event.quantity()).isEqualTo(Quantity.rounded(BigDecimal.ONE));
        assertThat(event.idempotencyKey()).isEqualTo("ce:https://github.com/cloudevents/spec/pull:A234-1234-1234");
        assertThat(event.metadata())
                .isEqualTo("{\"ce_comexampleextension1\":\"value\",\"ce_comexampleothervalue\":5,"
                        + "\"data\":\"<much wow=\\\"xml\\\"/>\"}");
    }

    @Test
    void theExampleOfTheJsonFormatWithAnUnsetExtensionAndAnObject() {
        ReportedEvent event = only(structured("""
                {
                    "specversion" : "1.0",
                    "type" : "com.example.someevent",
                    "source" : "/mycontext",
                    "subject": "cust_7",
                    "id" : "C234-1234-1234",
                    "time" : "2018-04-05T17:31:00Z",
                    "comexampleextension1" : "value",
                    "comexampleothervalue" : 5,
                    "unsetextension": null,
                    "datacontenttype" : "application/json",
                    "data" : {
                        "appinfoA" : "abc",
                        "appinfoB" : 123,
                        "appinfoC" : true
                    }
                }"""));

        assertThat(event.metadata())
                .isEqualTo("{\"ce_comexampleextension1\":\"value\",\"ce_comexampleothervalue\":5,"
                        + "\"appinfoA\":\"abc\",\"appinfoB\":123,\"appinfoC\":true}");
    }

    @Test
    void theExampleOfTheJsonFormatWithBinaryData() {
        assertThat(only(structured("""
                                {"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","subject":"t",
                                 "id":"D234-1234-1234","time":"2018-04-05T17:31:00Z",
                                 "datacontenttype":"application/vnd.apache.thrift.binary",
                                 "data_base64":"... base64 encoded string ..."}""")).metadata()).isEqualTo("{\"data_base64\":\"... base64 encoded string ...\"}");
    }

    @Test
    void theExampleOfABatch() {
        Submission submission = read("""
                [
                  {
                      "specversion" : "1.0",
                      "type" : "com.example.someevent",
                      "source" : "/mycontext/4",
                      "subject" : "a",
                      "id" : "B234-1234-1234",
                      "time" : "2018-04-05T17:31:00Z",
                      "comexampleextension1" : "value",
                      "comexampleothervalue" : 5,
                      "datacontenttype" : "application/vnd.apache.thrift.binary",
                      "data_base64" : "... base64 encoded string ..."
                  },
                  {
                      "specversion" : "1.0",
                      "type" : "com.example.someotherevent",
                      "source" : "/mycontext/9",
                      "id" : "C234-1234-1234",
                      "time" : "2018-04-05T17:31:05Z",
                      "comexampleextension1" : "value",
                      "comexampleothervalue" : 5,
                      "datacontenttype" : "application/json",
                      "data" : {
                          "appinfoA" : "abc",
                          "appinfoB" : 123,
                          "appinfoC" : true
                      }
                  }
                ]""", "Content-Type", "application/cloudevents-batch+json");

        assertThat(submission.batch()).isTrue();
        assertThat(submission.events()).hasSize(2);
        assertThat(((ReportedEvent) submission.events().getFirst()).idempotencyKey())
                .isEqualTo("ce:/mycontext/4:B234-1234-1234");
        assertThat(faults(submission.events().getLast())).isEqualTo(Map.of("events[1].subject", "REQUIRED"));
    }

    @Test
    void theExampleOfBinaryMode() {
        ReportedEvent event = only(read(
                "{\"quantity\":2.5,\"region\":\"eu\"}",
                "ce-specversion",
                "1.0",
                "ce-type",
                "com.example.someevent",
                "ce-time",
                "2018-04-05T03:56:24Z",
                "CE-Id",
                "1234-1234-1234",
                "ce-source",
                "/mycontext/subcontext",
                "ce-subject",
                "Euro%20%E2%82%AC%20%F0%9F%98%80",
                "ce-traceparent",
                "\"00-0af7-01\"",
                "Content-Type",
                "application/json; charset=utf-8"));

        assertThat(event.meter()).isEqualTo(new MeterKey("com.example.someevent"));
        assertThat(event.tenantId()).isEqualTo(new TenantId("Euro \u20ac \ud83d\ude00"));
        assertThat(event.quantity()).isEqualTo(Quantity.rounded(new BigDecimal("2.5")));
        assertThat(event.idempotencyKey()).isEqualTo("ce:/mycontext/subcontext:1234-1234-1234");
        assertThat(event.metadata()).isEqualTo("{\"ce_traceparent\":\"00-0af7-01\",\"region\":\"eu\"}");
    }

    /// What is the same event is the same payload, however it was sent.
    @Test
    void modesAgreeOnTheIdentityOfAnEvent() {
        ReportedEvent structured = only(structured(
                "{" + REQUIRED + ",\"data\":{\"b\":1,\"value\":\"3\"},\"x\":\"y\",\"time\":\"2026-03-04T10:00:00Z\"}"));
        ReportedEvent binary = only(read(
                "{\"value\":3.0,\"b\":1}",
                "ce-specversion",
                "1.0",
                "ce-x",
                "y",
                "ce-time",
                "2026-03-04T11:00:00+01:00",
                "ce-id",
                "1",
                "ce-source",
                "/s",
                "ce-type",
                "m",
                "ce-subject",
                "t"));

        assertThat(binary.fingerprint()).isEqualTo(structured.fingerprint());
        assertThat(binary.idempotencyKey()).isEqualTo(structured.idempotencyKey());
    }

    @Test
    void binaryModeNeedsNoBody() {
        ReportedEvent event = only(
                read("", "ce-specversion", "1.0", "ce-id", "1", "ce-source", "/s", "ce-type", "m", "ce-subject", "t"));

        assertThat(event.metadata()).isNull();
        assertThat(event.quantity()).isEqualTo(Quantity.rounded(BigDecimal.ONE));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, quoteCharacter = '`', textBlock = """
            event                                                                       | path            | code
            "specversion":"0.3","id":"1","source":"/s","type":"m","subject":"t"         | specversion     | UNSUPPORTED
            "id":"1","source":"/s","type":"m","subject":"t"                             | specversion     | REQUIRED
            "specversion":"1.0","source":"/s","type":"m","subject":"t"                  | id              | REQUIRED
            "specversion":"1.0","id":"","source":"/s","type":"m","subject":"t"          | id              | REQUIRED
            "specversion":"1.0","id":"1","type":"m","subject":"t"                       | source          | REQUIRED
            "specversion":"1.0","id":"1","source":"/s","subject":"t"                    | type            | REQUIRED
            "specversion":"1.0","id":"1","source":"/s","type":"m"                       | subject         | REQUIRED
            "specversion":"1.0","id":"1","source":"/s","type":"m","subject":null        | subject         | REQUIRED
            "specversion":"1.0","id":7,"source":"/s","type":"m","subject":"t","x":1     | id              | INVALID_TYPE REQUIRED
            "specversion":"1.0","id":"1\\n2","source":"/s","type":"m","subject":"t"   | id              | INVALID_CHARACTER
            "specversion":"1.0","id":"1","source":"/s\\n","type":"m","subject":"t"   | source          | INVALID_CHARACTER
            "specversion":"1.0","id":"1","source":"/s","type":"m","subject":"t","x":[1] | x               | INVALID_TYPE
            "specversion":"1.0","id":"1","source":"/s","type":"m","subject":"t","time":"noon" | time      | INVALID_TIMESTAMP
            "specversion":"1.0","id":"1","source":"/s","type":"m","subject":"t","data":{"quantity":0} | data.quantity | NOT_POSITIVE
            "specversion":"1.0","id":"1","source":"/s","type":"m","subject":"t","x":1,"data":{"ce_x":2} | data.ce_x | REPEATED
            "specversion":"1.0","id":"1","source":"/s","type":"m","subject":"t","data":1,"data_base64":"" | data_base64 | REPEATED
            """)
    void whatIsWrongIsToldByItsNameInTheEvent(String event, String path, String code) {
        assertThat(faults(structured("{" + event + "}").events().getFirst())).isEqualTo(Map.of(path, code));
    }

    @Test
    void longKeysAreDigests() {
        String source = "/" + "s".repeat(240);

        assertThat(CloudEvent.key(source, "0123456789"))
                .isEqualTo("ce:" + source + ":0123456789")
                .hasSize(255);
        // printf '%s\n%s' "/sss…" 01234567890 | sha256sum
        assertThat(CloudEvent.key(source, "01234567890"))
                .isEqualTo("ce:f6414a4a8348537ab524477f54e1991af9f4d36b0c2deac211e5d48ad98e4bdd");
    }

    @Test
    void sourceAndIdAreNotMistakenForOthers() {
        assertThat(CloudEvent.key("a", "b:c")).isNotEqualTo(CloudEvent.key("a:b", "c"));
        assertThat(CloudEvent.key("a:b", "c")).isEqualTo("ce:a:b:c");
        // printf 'a\nb:c' | sha256sum
        assertThat(CloudEvent.key("a", "b:c"))
                .isEqualTo("ce:0813a4016c682a8ae4db5488009c37c3c2328edfd73de957c8deeaeb23f8fabf");
    }

    @Test
    void bodiesOfAnotherShapeAreRefused() {
        assertThatExceptionOfType(Problem.class).isThrownBy(() -> structured("[]"));
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> read("{}", "Content-Type", "application/cloudevents-batch+json"));
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> read("[]", "Content-Type", "application/cloudevents-batch+json"));
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() ->
                        read("[" + "1,".repeat(1_000) + "1]", "Content-Type", "application/cloudevents-batch+json"));
    }

    @Test
    void otherRequestsCarryNone() {
        SimpleHttpHeaders headers = new SimpleHttpHeaders(ConversionService.SHARED);
        assertThat(CloudEvents.mode(headers)).isEmpty();
        headers.add("Content-Type", "application/json");
        assertThat(CloudEvents.mode(headers)).isEmpty();
    }
}
