package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.ingest.admission.Verdict;
import io.tollgate.ingest.event.EventIntake;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.Intake;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Golden answers, from body to body.
class EventAnswerTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:15:30Z");

    @Test
    void singleEvent() {
        assertThat(answer(
                        "{\"event_type\":\"calls\",\"tenant_id\":\"cust_7\",\"idempotency_key\":\"order-1001\"}",
                        false))
                .isEqualTo("{\"success\":true,\"event_id\":\"evt_2rtphs4de9r778kbtm2pezgxmd\",\"deduplicated\":false}");
    }

    @Test
    void batchOfNewEvents() {
        assertThat(answer("""
                        {"events":[{"event_type":"calls","tenant_id":"cust_7","idempotency_key":"order-1001"},
                        {"event_type":"\\"é","tenant_id":"cust_8","idempotency_key":"order-1001"}]}""", false)).isEqualTo("""
                        {"success":true,"count":2,"new_events":2,"deduplicated":0,\
                        "event_ids":["evt_2rtphs4de9r778kbtm2pezgxmd","evt_23v5fd9fcgq8n48tqwwvbyeafe"],\
                        "events":[{"id":"evt_2rtphs4de9r778kbtm2pezgxmd","tenant_id":"cust_7","event_type":"calls",\
                        "idempotency_key":"order-1001","deduplicated":false},\
                        {"id":"evt_23v5fd9fcgq8n48tqwwvbyeafe","tenant_id":"cust_8","event_type":"\\"é",\
                        "idempotency_key":"order-1001","deduplicated":false}]}""");
    }

    @Test
    void eventsWithoutKeyAreAnsweredWithoutOne() {
        assertThat(answer("{\"events\":[{\"event_type\":\"calls\",\"tenant_id\":\"t\"}]}", false))
                .matches("\\{\"success\":true,\"count\":1,\"new_events\":1,\"deduplicated\":0,"
                        + "\"event_ids\":\\[\"(evt_[0-9a-z]{26})\"],\"events\":\\[\\{\"id\":\"\\1\",\"tenant_id\":\"t\","
                        + "\"event_type\":\"calls\",\"deduplicated\":false}]}");
    }

    /// V7 g
    @Test
    void duplicateAndConflictInABatch() {
        assertThat(answer("""
                        {"events":[{"event_type":"calls","tenant_id":"cust_7","idempotency_key":"order-1001"},
                        {"event_type":"calls","tenant_id":"cust_8","idempotency_key":"order-1001"},
                        {"event_type":"calls","tenant_id":"cust_7","idempotency_key":"order-1001","quantity":"1.0"},
                        {"event_type":"calls","tenant_id":"cust_8","idempotency_key":"order-1001","quantity":2}]}""", false)).isEqualTo("""
                        {"success":false,"count":4,"new_events":2,"deduplicated":1,"failed":1,\
                        "event_ids":["evt_2rtphs4de9r778kbtm2pezgxmd","evt_23v5fd9fcgq8n48tqwwvbyeafe",\
                        "evt_2rtphs4de9r778kbtm2pezgxmd"],\
                        "events":[{"id":"evt_2rtphs4de9r778kbtm2pezgxmd","tenant_id":"cust_7","event_type":"calls",\
                        "idempotency_key":"order-1001","deduplicated":false},\
                        {"id":"evt_23v5fd9fcgq8n48tqwwvbyeafe","tenant_id":"cust_8","event_type":"calls",\
                        "idempotency_key":"order-1001","deduplicated":false},\
                        {"id":"evt_2rtphs4de9r778kbtm2pezgxmd","tenant_id":"cust_7","event_type":"calls",\
                        "idempotency_key":"order-1001","deduplicated":true},\
                        {"index":3,"tenant_id":"cust_8","event_type":"calls","idempotency_key":"order-1001",\
                        "error":{"code":"IDEMPOTENCY_KEY_REUSED","error":"Idempotency key reused",\
                        "message":"The idempotency key belongs to another event of this tenant.",\
                        "details":{"event_id":"evt_23v5fd9fcgq8n48tqwwvbyeafe","received_at":"2026-03-04T10:15:30Z"}}}]}""");
    }

    @Test
    void invalidEventsThatFailAlone() {
        assertThat(answer("""
                        {"events":[{"event_type":"calls","tenant_id":"cust_7","quantity":1e20,"idempotency_key":"k"},
                        {"event_type":"calls","tenant_id":"cust_7","idempotency_key":"order-1001"},{"tenant_id":7}]}""", true)).isEqualTo("""
                        {"success":false,"count":3,"new_events":1,"deduplicated":0,"failed":2,\
                        "event_ids":["evt_2rtphs4de9r778kbtm2pezgxmd"],\
                        "events":[{"index":0,"tenant_id":"cust_7","event_type":"calls","idempotency_key":"k",\
                        "error":{"code":"QUANTITY_OUT_OF_RANGE","error":"Invalid request body",\
                        "message":"events[0].quantity: must have at most 14 integer digits",\
                        "details":[{"path":"events[0].quantity","code":"QUANTITY_OUT_OF_RANGE",\
                        "message":"must have at most 14 integer digits"}]}},\
                        {"id":"evt_2rtphs4de9r778kbtm2pezgxmd","tenant_id":"cust_7","event_type":"calls",\
                        "idempotency_key":"order-1001","deduplicated":false},\
                        {"index":2,"error":{"code":"VALIDATION_FAILED","error":"Invalid request body",\
                        "message":"events[2].tenant_id: must be a string",\
                        "details":[{"path":"events[2].tenant_id","code":"INVALID_TYPE","message":"must be a string"},\
                        {"path":"events[2].event_type","code":"REQUIRED","message":"is required"}]}}]}""");
    }

    private static Verdict.Written written(Intake.Taken taken) {
        return new Verdict.Written(taken.report(), taken.outcomes(), List.of(), true);
    }

    private static String answer(String body, boolean partial) {
        Submission submission =
                new EventJson(EventTimeBounds.DEFAULT).read(body.getBytes(StandardCharsets.UTF_8), null, NOW);
        Intake intake = EventIntake.decide(
                new OrganizationId("biz_demo"),
                (organization, tenant) -> false,
                ZoneOffset.UTC,
                submission.events(),
                partial,
                NOW,
                new SplittableRandom(1));
        return new String(
                EventAnswer.of(submission.batch(), written((Intake.Taken) intake))
                        .json(),
                StandardCharsets.UTF_8);
    }
}
