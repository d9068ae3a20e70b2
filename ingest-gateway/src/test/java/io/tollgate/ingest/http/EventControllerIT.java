package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.contract.EventId;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.ingest.admission.InMemoryAdmissions;
import io.tollgate.ingest.capacity.InFlightBytes;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.InMemoryEventLog;
import io.tollgate.ingest.fixture.GatewayServer;
import io.tollgate.ingest.fixture.Waiting;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.ingest.receipt.ReceiptPublicKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `POST /api/v1/events` over HTTP, on a log in memory.
class EventControllerIT {
    private static final String PATH = "/api/v1/events";
    private static final String ORDER =
            "{\"event_type\":\"calls\",\"tenant_id\":\"cust_7\",\"idempotency_key\":\"order-1001\"}";
    private static final String ORDER_ID = "evt_2rtphs4de9r778kbtm2pezgxmd";

    private static final InMemoryEventLog LOG = new InMemoryEventLog(GatewayServer.NOW);
    private static final InMemoryAdmissions OWNERS = new InMemoryAdmissions(GatewayServer.NOW);
    private static GatewayServer server;

    @BeforeAll
    static void start() {
        server = new GatewayServer(LOG, OWNERS, new IngestConfig(EventTimeBounds.DEFAULT, 20_000_000));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void everyReservationIsGivenBack() {
        LOG.away(false);
        OWNERS.forget();
        InFlightBytes inFlight = server.bean(InFlightBytes.class);
        Waiting.until("all bytes are released", Duration.ofSeconds(5), () -> inFlight.reserved() == 0);
    }

    @Test
    void singleEventIsLoggedAndAnswered() {
        HttpResponse<String> answer = server.postEvents(ORDER);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(answer.body())
                .isEqualTo("{\"success\":true,\"event_id\":\"" + ORDER_ID + "\",\"deduplicated\":false}");
        InMemoryEventLog.StoredBatch stored = LOG.stored().getLast();
        assertThat(stored.batch().subjectKey().recordKey()).isEqualTo("biz_demo/tenant:cust_7");
        assertThat(stored.report().zone().getId()).isEqualTo("Europe/Berlin");
        assertThat(stored.report().acceptedAt()).isEqualTo(GatewayServer.NOW);
        LogPosition position = LogPosition.fromText(
                answer.headers().firstValue("Tollgate-Position").orElseThrow());
        assertThat(position).isEqualTo(LogPosition.of(0, LOG.stored().size() - 1));
        assertThat(server.writes()).contains(position);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json; charset=utf-8",
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/octet-stream",
                "application/vnd.company+json",
                "not a type",
                ""
            })
    void anyOtherTypeIsReadAsJson(String type) {
        HttpRequest.Builder request = server.post(PATH).POST(BodyPublishers.ofString(ORDER));
        HttpResponse<String> answer =
                server.send((type.isEmpty() ? request : request.header("Content-Type", type)).build());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains(ORDER_ID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*/*", "application/json", "text/html", "application/vnd.x"})
    void whateverIsAcceptedTheAnswerIsJson(String accept) {
        HttpResponse<String> answer = server.send(server.post(PATH)
                .POST(BodyPublishers.ofString(ORDER))
                .header("Accept", accept)
                .build());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void batchIsAnsweredInOrder() {
        HttpResponse<String> answer = server.postEvents(batch(1_000, "batch"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .startsWith("{\"success\":true,\"count\":1000,\"new_events\":1000,\"deduplicated\":0,");
        assertThat(LOG.stored().getLast().batch().events()).hasSize(1_000);
    }

    @Test
    void conflictsInABatchFailAlone() {
        HttpResponse<String> answer = server.postEvents("{\"events\":["
                + "{\"event_type\":\"m\",\"tenant_id\":\"t\",\"idempotency_key\":\"k1\"},"
                + "{\"event_type\":\"m\",\"tenant_id\":\"t\",\"idempotency_key\":\"k2\"},"
                + "{\"event_type\":\"m\",\"tenant_id\":\"t\",\"idempotency_key\":\"k1\"},"
                + "{\"event_type\":\"m\",\"tenant_id\":\"t\",\"idempotency_key\":\"k2\",\"quantity\":2}]}");

        assertThat(answer.statusCode()).isEqualTo(207);
        assertThat(answer.headers().firstValue("Tollgate-Position")).isPresent();
        assertThat(answer.body())
                .startsWith("{\"success\":false,\"count\":4,\"new_events\":2,\"deduplicated\":1,\"failed\":1,")
                .contains("\"code\":\"IDEMPOTENCY_KEY_REUSED\"");
        assertThat(LOG.stored().getLast().batch().events()).hasSize(2);
    }

    @Test
    void oneInvalidEventRefusesTheBatch() {
        int before = LOG.stored().size();
        HttpResponse<String> answer =
                server.postEvents("{\"events\":[" + ORDER + ",{\"tenant_id\":\"t\",\"quantity\":0}]}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("""
                {"error":"Invalid request body","message":"events[1].event_type: is required (and 1 more)",\
                "code":"VALIDATION_FAILED","details":[\
                {"path":"events[1].event_type","code":"REQUIRED","message":"is required"},\
                {"path":"events[1].quantity","code":"NOT_POSITIVE",\
                "message":"must be greater than 0 after rounding to 6 places"}]}""");
        assertThat(LOG.stored()).hasSize(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"query", "body", "header"})
    void invalidEventsFailAloneOnRequest(String way) {
        String body = (way.equals("body") ? "{\"partial\":true,\"events\":[" : "{\"events\":[") + ORDER + ",{}]}";
        HttpRequest.Builder request =
                server.post(way.equals("query") ? PATH + "?partial=true" : PATH).POST(BodyPublishers.ofString(body));
        if (way.equals("header")) {
            request.header("Prefer", "respond-async, Handling = lenient; x=1");
        }
        HttpResponse<String> answer = server.send(request.build());

        assertThat(answer.statusCode()).isEqualTo(207);
        assertThat(answer.body()).contains("\"new_events\":1").contains("\"failed\":1");
        assertThat(answer.headers().firstValue("Preference-Applied").orElse("none"))
                .isEqualTo(way.equals("header") ? "handling=lenient" : "none");
    }

    @Test
    void nothingValidIsStillAnsweredPerEvent() {
        HttpResponse<String> answer = server.send(server.post(PATH + "?partial=true")
                .POST(BodyPublishers.ofString("{\"events\":[{}]}"))
                .build());

        assertThat(answer.statusCode()).isEqualTo(207);
        assertThat(answer.headers().firstValue("Tollgate-Position")).hasValue(LogPosition.START.toText());
    }

    @Test
    void otherWordsForPartialAreRefused() {
        assertProblem(
                server.send(server.post(PATH + "?partial=yes")
                        .POST(BodyPublishers.ofString(ORDER))
                        .build()),
                400,
                "VALIDATION_FAILED",
                null);
    }

    @Test
    void linesAreAnsweredAsABatch() {
        HttpResponse<String> answer = server.send(server.post(PATH)
                .POST(BodyPublishers.ofString(ORDER + "\n\n" + ORDER + "\n"))
                .header("Content-Type", "Application/X-NDJSON; charset=utf-8")
                .build());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"count\":2,\"new_events\":1,\"deduplicated\":1");
    }

    @Test
    void headerIsTheKeyOfASingleEvent() {
        HttpResponse<String> answer = server.send(server.post(PATH)
                .POST(BodyPublishers.ofString("{\"event_type\":\"calls\",\"tenant_id\":\"cust_7\"}"))
                .header("Idempotency-Key", "order-1001")
                .build());
        assertThat(answer.body()).contains(ORDER_ID);
    }

    @Test
    void aKeyOfAnEarlierRequestIsADuplicate() {
        server.postEvents(ORDER);
        int before = LOG.stored().size();
        HttpResponse<String> answer = server.postEvents(ORDER);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo("{\"success\":true,\"event_id\":\"" + ORDER_ID + "\",\"deduplicated\":true}");
        assertThat(LOG.stored()).hasSize(before);
    }

    @Test
    void aKeyOfAnotherEventIsAConflict() {
        server.postEvents(ORDER);
        HttpResponse<String> answer = server.postEvents(ORDER.substring(0, ORDER.length() - 1) + ",\"quantity\":2}");

        assertProblem(answer, 409, "IDEMPOTENCY_KEY_REUSED", null);
        assertThat(answer.body())
                .contains("\"event_id\":\"" + ORDER_ID + "\"")
                .contains("\"received_at\":\"2026-03-04T10:15:30.123456Z\"");
    }

    @Test
    void cloudEventsAreRecordedUnderOneKeyInEachMode() {
        String attributes =
                "\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/shop\",\"type\":\"calls\",\"subject\":\"cust_7\"";
        String structured = server.send(server.post(PATH)
                        .header("Content-Type", "application/cloudevents+json")
                        .POST(BodyPublishers.ofString("{" + attributes + ",\"data\":{\"quantity\":2}}"))
                        .build())
                .body();
        HttpResponse<String> binary = server.send(server.post(PATH)
                .header("Content-Type", "application/json")
                .header("ce-specversion", "1.0")
                .header("ce-id", "7")
                .header("ce-source", "/shop")
                .header("ce-type", "calls")
                .header("ce-subject", "cust_7")
                .POST(BodyPublishers.ofString("{\"quantity\":2}"))
                .build());
        HttpResponse<String> batch = server.send(server.post(PATH)
                .header("Content-Type", "application/cloudevents-batch+json")
                .POST(BodyPublishers.ofString("[{" + attributes + ",\"data\":{\"quantity\":2}}]"))
                .build());

        String id = EventId.derived(
                        new OrganizationId("biz_demo"), SubjectId.tenant(new TenantId("cust_7")), "ce:/shop:7")
                .value();
        assertThat(structured).contains("\"event_id\":\"" + id + "\"");
        assertThat(binary.statusCode()).as(binary.body()).isEqualTo(200);
        assertThat(binary.body()).contains("\"event_id\":\"" + id + "\"");
        assertThat(batch.body()).contains("\"count\":1").contains(id);
        HttpResponse<String> nobodys = server.send(server.post(PATH)
                .header("Content-Type", "application/cloudevents+json")
                .POST(BodyPublishers.ofString(
                        "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/shop\",\"type\":\"calls\"}"))
                .build());
        assertProblem(nobodys, 400, "VALIDATION_FAILED", null);
        assertThat(nobodys.body()).contains("\"path\":\"subject\"");
    }

    @Test
    void compressedBodiesAreRead() {
        assertThat(postCompressed(gzip(ORDER.getBytes(StandardCharsets.UTF_8)), "gzip")
                        .body())
                .contains(ORDER_ID);
        HttpResponse<String> lines = server.send(server.post(PATH)
                .POST(BodyPublishers.ofByteArray(gzip((ORDER + "\n").repeat(3).getBytes(StandardCharsets.UTF_8))))
                .header("Content-Encoding", "GZIP")
                .header("Content-Type", "application/x-ndjson")
                .build());
        assertThat(lines.body()).contains("\"count\":3");
    }

    @Test
    void bombsAndOtherEncodingsAreRefused() {
        assertProblem(postCompressed(gzip(new byte[100_000_000]), "gzip"), 413, "BODY_TOO_LARGE", null);
        assertProblem(postCompressed(new byte[] {1, 2, 3}, "gzip"), 400, "MALFORMED_JSON", null);
        assertProblem(postCompressed(new byte[] {1, 2, 3}, "br"), 415, "UNSUPPORTED_MEDIA_TYPE", null);
    }

    @Test
    void emptyBodyIsMalformed() {
        assertProblem(
                server.send(server.post(PATH).POST(BodyPublishers.noBody()).build()), 400, "MALFORMED_JSON", null);
    }

    @Test
    void announcedSizeIsRefusedBeforeTheBody() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            write(
                    socket,
                    "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: " + GatewayServer.KEY
                            + "\r\nContent-Length: 8000001\r\n\r\n");
            assertThat(readUntil(socket, "}"))
                    .startsWith("HTTP/1.1 413")
                    .contains("\"error\":\"Request Too Large\"")
                    .contains("\"message\":\"Request body exceeds maximum size of 8MB\"")
                    .contains("\"max_bytes\":8000000");
        }
    }

    @Test
    void chunkedBodiesAreCutOffAtTheLimit() {
        byte[] body = new byte[8_000_001];
        Arrays.fill(body, (byte) ' ');
        assertProblem(
                server.send(server.post(PATH)
                        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                        .build()),
                413,
                "BODY_TOO_LARGE",
                null);
    }

    @Test
    void theLargestBodyIsRead() {
        String body = ORDER + " ".repeat(8_000_000 - ORDER.length());
        assertThat(server.postEvents(body).statusCode()).isEqualTo(200);
        assertThat(server.send(server.post(PATH)
                                .POST(BodyPublishers.ofString(body))
                                .expectContinue(true)
                                .build())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void onlyOrganizationsReportEvents() {
        assertProblem(post(null), 401, "UNAUTHENTICATED", null);
        assertProblem(post("Bearer admin"), 403, "FORBIDDEN", null);
    }

    @Test
    void unknownZoneIsToBeTriedAgain() {
        assertProblem(post("Bearer biz_unseen"), 503, "OWNER_UNAVAILABLE", "1");
    }

    @Test
    void unacknowledgedEventsAreToBeTriedAgain() {
        LOG.away(true);
        assertProblem(server.postEvents(ORDER), 503, "LOG_UNAVAILABLE", "2");
        assertProblem(server.postEvents(batch(1_000, "away")), 503, "LOG_UNAVAILABLE", "2");
        LOG.away(false);
        assertThat(server.postEvents(ORDER).statusCode()).isEqualTo(200);
    }

    /// Two requests of 8 MB that do not arrive take the room of 20 MB; a small one still fits, a third does not.
    @Test
    void bytesInFlightAreBounded() throws IOException {
        InFlightBytes inFlight = server.bean(InFlightBytes.class);
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 1; i <= 2; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                slow.add(socket);
                write(
                        socket,
                        "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: " + GatewayServer.KEY
                                + "\r\nContent-Length: 8000000\r\n\r\n{");
                long expected = i * 8_000_000L;
                Waiting.until("the body is expected", Duration.ofSeconds(5), () -> inFlight.reserved() == expected);
            }
            assertProblem(server.postEvents(ORDER + " ".repeat(5_000_000)), 503, "OVERLOADED", "1");
            assertThat(server.postEvents(ORDER).statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        Waiting.until("bodies that will not come are given up", Duration.ofSeconds(5), () -> inFlight.reserved() == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"query", "header"})
    void receiptsAreSignedAndCoverTheAnswer(String way) throws IOException {
        server.postEvents(ORDER);
        String other = ORDER.replace("order-1001", "order-" + way).replace("cust_7", "cust_8");
        HttpRequest.Builder request = server.post(way.equals("query") ? PATH + "?receipt=true" : PATH)
                .POST(BodyPublishers.ofString("{\"events\":[" + ORDER + "," + other + "," + ORDER + "]}"));
        if (way.equals("header")) {
            request.header("Prefer", "return=receipt");
        }
        HttpResponse<String> answer = server.send(request.build());

        assertThat(answer.headers().firstValue("Preference-Applied").orElse("none"))
                .isEqualTo(way.equals("header") ? "return=receipt" : "none");
        JsonNode body = new ObjectMapper().readTree(answer.body());
        JsonNode json = body.path("receipt");
        List<EventId> ids = new ArrayList<>();
        body.path("event_ids").forEach(id -> ids.add(new EventId(id.asText())));
        long offset = LOG.stored().size() - 1L;
        List<Receipt.Range> ranges = List.of(new Receipt.Range("tollgate.usage-events", 0, offset, offset));
        Receipt receipt = new Receipt(
                LOG.stored().getLast().report().id(),
                new OrganizationId("biz_demo"),
                GatewayServer.NOW,
                3,
                ranges,
                Receipt.digest(ids),
                GatewayServer.KEYRING.current().publicKey().id(),
                json.path("signature").asText());
        assertThat(receipt.signedBy(GatewayServer.KEYRING.current().publicKey()))
                .isTrue();
        assertThat(json.toString())
                .isEqualTo("{\"batch_id\":\"" + receipt.batchId()
                        + "\",\"organization_id\":\"biz_demo\",\"issued_at\":\"2026-03-04T10:15:30.123456Z\","
                        + "\"events\":3,\"ranges\":[{\"topic\":\"tollgate.usage-events\",\"partition\":0,"
                        + "\"first_offset\":" + offset + ",\"last_offset\":" + offset + "}],\"sha256\":\""
                        + receipt.sha256() + "\",\"key_id\":\"" + receipt.keyId() + "\",\"signature\":\""
                        + receipt.signature() + "\"}");
    }

    @Test
    void singleEventsHaveReceiptsToo() {
        HttpResponse<String> answer = server.send(server.post(PATH + "?receipt=true")
                .POST(BodyPublishers.ofString(ORDER))
                .build());
        assertThat(answer.body()).contains("\"deduplicated\":false,\"receipt\":{\"batch_id\":\"bat_");
        assertThat(server.postEvents(ORDER).body()).doesNotContain("receipt");
        assertProblem(
                server.send(server.post(PATH + "?receipt=1")
                        .POST(BodyPublishers.ofString(ORDER))
                        .build()),
                400,
                "VALIDATION_FAILED",
                null);
    }

    @Test
    void keysOfReceiptsArePublic() throws IOException {
        HttpResponse<String> answer = server.send(HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/.well-known/tollgate-receipt-keys.json"))
                .build());

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode keys = new ObjectMapper().readTree(answer.body()).path("keys");
        assertThat(keys).hasSize(2);
        ReceiptPublicKey current = GatewayServer.KEYRING.current().publicKey();
        assertThat(keys.get(0).toString())
                .isEqualTo("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + current.x() + "\",\"kid\":\""
                        + current.id() + "\",\"use\":\"sig\",\"alg\":\"EdDSA\"}");
    }

    @Test
    void whatHappensIsCounted() {
        double accepted = count("tollgate.ingest.events", "outcome", "accepted");
        double duplicate = count("tollgate.ingest.events", "outcome", "duplicate");
        double reused = count("tollgate.ingest.events.rejected", "code", "IDEMPOTENCY_KEY_REUSED");
        double invalid = count("tollgate.ingest.requests.refused", "code", "VALIDATION_FAILED");
        String key = "\"tenant_id\":\"t\",\"event_type\":\"m\",\"idempotency_key\":\"k\"";
        server.postEvents("{\"events\":[{" + key + "},{" + key + "},{" + key + ",\"quantity\":2}]}");
        server.postEvents("{}");

        assertThat(count("tollgate.ingest.events", "outcome", "accepted")).isEqualTo(accepted + 1);
        assertThat(count("tollgate.ingest.events", "outcome", "duplicate")).isEqualTo(duplicate + 1);
        assertThat(count("tollgate.ingest.events.rejected", "code", "IDEMPOTENCY_KEY_REUSED"))
                .isEqualTo(reused + 1);
        assertThat(count("tollgate.ingest.requests.refused", "code", "VALIDATION_FAILED"))
                .isEqualTo(invalid + 1);
        assertThat(server.meters().get("tollgate.ingest.request").timer().count())
                .isPositive();
        assertThat(server.meters().get("tollgate.ingest.append").timer().count())
                .isPositive();
    }

    private static double count(String meter, String tag, String value) {
        return server.meters().get(meter).tag(tag, value).counter().count();
    }

    private static HttpResponse<String> post(@Nullable String authorization) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.post(PATH).build().uri()).POST(BodyPublishers.ofString(ORDER));
        return server.send((authorization == null ? request : request.header("Authorization", authorization)).build());
    }

    private static HttpResponse<String> postCompressed(byte[] body, String encoding) {
        return server.send(server.post(PATH)
                .POST(BodyPublishers.ofByteArray(body))
                .header("Content-Encoding", encoding)
                .build());
    }

    private static void assertProblem(
            HttpResponse<String> answer, int status, String code, @Nullable String retryAfter) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
        assertThat(answer.headers().firstValue("Retry-After").orElse(null)).isEqualTo(retryAfter);
        assertThat(answer.headers().firstValue("Tollgate-Position")).isEmpty();
    }

    private static String batch(int events, String tenant) {
        return IntStream.range(0, events)
                .mapToObj(i -> "{\"event_type\":\"image_resize\",\"tenant_id\":\"" + tenant
                        + "\",\"quantity\":1.5,\"idempotency_key\":\"key-" + i + "\",\"metadata\":{\"region\":\"eu\"}}")
                .collect(Collectors.joining(",", "{\"events\":[", "]}"));
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static void write(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private static String readUntil(Socket socket, String end) throws IOException {
        socket.setSoTimeout(5_000);
        InputStream in = socket.getInputStream();
        StringBuilder text = new StringBuilder();
        int next = in.read();
        while (next >= 0 && text.indexOf(end) < 0) {
            text.append((char) next);
            next = text.indexOf(end) < 0 ? in.read() : -1;
        }
        return text.toString();
    }
}
