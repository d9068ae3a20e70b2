package io.tollgate.control.metric.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.BatchId;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.event.CounterCut;
import io.tollgate.event.CutKind;
import io.tollgate.event.UsageBatch;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

/// Cuts of counters as records of the log of events, whose order decides what lies before them. The same row makes the
/// same record, so that a repetition can be told.
public final class CounterCutAvro implements DefinitionAvro<UsageBatch> {
    @Override
    public Topic<UsageBatch> topic() {
        return Topics.USAGE_EVENTS;
    }

    @Override
    public Optional<UsageBatch> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        UUID id = UUID.fromString(row.text("id"));
        Instant createdAt = row.instant("created_at");
        SplittableRandom random = new SplittableRandom(id.getMostSignificantBits() ^ id.getLeastSignificantBits());
        return Optional.of(UsageBatch.newBuilder()
                .setBatchId(BatchId.timeOrdered(createdAt, random).value())
                .setOrganizationId(row.text("organization_id"))
                .setSubject(row.text("subject"))
                .setTimeZone(row.text("time_zone"))
                .setAcceptedAt(createdAt)
                .setEvents(List.of())
                .setCut(CounterCut.newBuilder()
                        .setId(id)
                        .setKind(CutKind.valueOf(row.text("kind")))
                        .setMeter(row.optionalText("meter"))
                        .build())
                .build());
    }
}
