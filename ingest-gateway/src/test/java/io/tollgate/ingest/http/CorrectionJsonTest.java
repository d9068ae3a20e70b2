package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.correction.CorrectionOutcome.Corrected;
import io.tollgate.ingest.correction.StoredEvent;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.Fingerprint;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.UsageReport.Correction;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CorrectionJsonTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:15:30Z");

    private final CorrectionJson json =
            new CorrectionJson(new EventTimeBounds(Duration.ofMinutes(5), Optional.of(Duration.ofDays(30))));

    @Test
    void whatIsNotSentStaysAsItWas() {
        StoredEvent event = event("2.5", "{\"b\": 1, \"a\": {\"c\": [1.50]}}");
        ReportedEvent same = amended(event, "{\"reason\":\"r\",\"quantity\":2.5}");
        assertThat(same.tenantId()).isEqualTo(new TenantId("t"));
        assertThat(same.meter()).isEqualTo(event.meter());
        assertThat(same.quantity()).isEqualTo(event.quantity());
        // Far older than what is taken as new.
        assertThat(same.eventTime()).isEqualTo(event.eventTime());
        assertThat(same.metadata()).isEqualTo("{\"b\":1,\"a\":{\"c\":[1.50]}}");
        assertThat(same.idempotencyKey()).isNull();
        assertThat(same.fingerprint())
                .isEqualTo(amended(event, "{\"reason\":\"other\",\"quantity\":\"2.50\"}")
                        .fingerprint())
                .isNotEqualTo(
                        amended(event, "{\"reason\":\"r\",\"quantity\":3}").fingerprint());
    }

    @Test
    void whatIsSentIsReplaced() {
        ReportedEvent changed = amended(
                event("2.5", "{\"a\":1}"),
                "{\"reason\":\"r\",\"event_type\":\"other\",\"quantity\":4,\"timestamp\":\"2026-03-04T10:00:00Z\","
                        + "\"metadata\":{},\"tenant_id\":\"u\",\"idempotency_key\":\"k\"}");
        assertThat(changed.tenantId()).isEqualTo(new TenantId("t"));
        assertThat(changed.meter()).isEqualTo(new MeterKey("other"));
        assertThat(changed.quantity()).isEqualTo(Quantity.rounded(new BigDecimal(4)));
        assertThat(changed.eventTime()).isEqualTo(Instant.parse("2026-03-04T10:00:00Z"));
        assertThat(changed.metadata()).isNull();
        assertThat(changed.idempotencyKey()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"2.5, 0, false", "2.5, -1, false", "-2.5, -1, true", "-2.5, 0, true", "0, -1, true", "-2.5, 3, true"})
    void aQuantityGoesBelowZeroOnlyWhereTheEventsDoes(String before, String after, boolean taken) {
        StoredEvent event = event(before, "{}");
        String body = "{\"reason\":\"r\",\"quantity\":" + after + "}";
        if (taken) {
            assertThat(amended(event, body).quantity()).isEqualTo(Quantity.rounded(new BigDecimal(after)));
        } else {
            assertThat(catchThrowableOfType(Problem.class, () -> amended(event, body)))
                    .hasMessageContaining("greater than 0");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"reason\":\"r\"}",
                "{\"reason\":\"r\",\"metadata\":null}",
                "{\"reason\":\"r\",\"tenant_id\":\"u\"}",
                "{\"quantity\":1}",
                "{\"reason\":\"r\",\"quantity\":null}",
                "{\"reason\":\"r\",\"quantity\":\"x\"}",
                "{\"reason\":\"r\",\"event_type\":\"\"}",
                "{\"reason\":\"r\",\"timestamp\":\"2026-03-04T10:30:00Z\"}",
                "{\"reason\":\"r\",\"timestamp\":\"2025-01-01T00:00:00Z\"}",
                "{\"reason\":\"r\",\"metadata\":[]}",
                "[]",
                ""
            })
    void anAmendmentThatSaysNothingOrNonsenseIsRefused(String body) {
        assertThat(catchThrowableOfType(Problem.class, () -> amended(event("1", "{}"), body)))
                .as(body)
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\"reason\":null}", "{\"reason\":7}", "{\"reason\":\"  \"}", "{\"reason\":\"a\\u0000\"}"})
    void aReasonIsATextThatCanBeStored(String body) {
        assertThat(catchThrowableOfType(Problem.class, () -> json.readReason(bytes(body), NOW)))
                .as(body)
                .isNotNull();
    }

    @Test
    void aReasonHasAtMost500Characters() {
        String longest = "\uD83D\uDE00".repeat(500);
        assertThat(json.readReason(bytes("{\"reason\":\"" + longest + "\"}"), NOW))
                .isEqualTo(longest);
        assertThat(catchThrowableOfType(
                        Problem.class, () -> json.readReason(bytes("{\"reason\":\"" + longest + "x\"}"), NOW)))
                .hasMessageContaining("at most 500");
    }

    @Test
    void aListHasOneToAThousandIds() {
        assertThat(voiding(1_000).eventIds()).hasSize(1_000);
        for (int count : new int[] {0, 1_001}) {
            assertThat(catchThrowableOfType(Problem.class, () -> voiding(count)))
                    .as("%d ids", count)
                    .isNotNull();
        }
        assertThat(catchThrowableOfType(Problem.class, () -> json.readVoiding(bytes("{\"reason\":\"r\"}"), NOW)))
                .hasMessageContaining("event_ids");
        assertThat(catchThrowableOfType(
                        Problem.class,
                        () -> json.readVoiding(bytes("{\"reason\":\"r\",\"event_ids\":[\"a\",1]}"), NOW)))
                .hasMessageContaining("event_ids[1]");
    }

    private CorrectionJson.Voiding voiding(int count) {
        return json.readVoiding(
                bytes("{\"event_ids\":[" + String.join(",", Collections.nCopies(count, "\"evt_1\""))
                        + "],\"reason\":\"r\"}"),
                NOW);
    }

    private ReportedEvent amended(StoredEvent event, String body) {
        return json.replacement(json.readAmending(bytes(body), NOW), event, NOW);
    }

    private static StoredEvent event(String quantity, String metadata) {
        return new StoredEvent(
                new EventId("evt_2rtphs4de9r778kbtm2pezgxmd"),
                new SubjectKey(new OrganizationId("biz_demo"), SubjectId.tenant(new TenantId("t"))),
                new MeterKey("calls"),
                Quantity.rounded(new BigDecimal(quantity)),
                Instant.parse("2024-01-01T00:00:00.000001Z"),
                metadata,
                7,
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void aVoidNamesTheInvoiceThatBillsTheEventAndAnAmendmentItsReplacement() {
        EventId id = new EventId("evt_2rtphs4de9r778kbtm2pezgxmd");
        Fingerprint request = Fingerprint.of(List.of("r"), null);
        StoredEvent.Made voided = new StoredEvent.Made(Correction.Kind.VOID, request, NOW, Optional.empty());
        StoredEvent.Made amended = new StoredEvent.Made(Correction.Kind.AMEND, request, NOW, Optional.of(id));

        assertThat(CorrectionController.toJson(new Corrected(id, voided, Optional.of("inv_1"))))
                .isEqualTo(Map.of(
                        "event_id",
                        id.value(),
                        "status",
                        "VOIDED",
                        "voided_at",
                        "2026-03-04T10:15:30Z",
                        "adjustment",
                        Map.of("invoice_id", "inv_1")));
        assertThat(CorrectionController.toJson(new Corrected(id, voided, Optional.empty())))
                .containsOnlyKeys("event_id", "status", "voided_at");
        assertThat(CorrectionController.toJson(new Corrected(id, amended, Optional.of("inv_1"))))
                .containsOnlyKeys("event_id", "status", "replacement_event_id", "amended_at");
    }

    private static byte[] bytes(String body) {
        return body.getBytes(StandardCharsets.UTF_8);
    }
}
