package io.tollgate.server.runtime;

import io.micronaut.http.context.ServerRequestContext;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.control.outbox.DefinitionsApplied;
import io.tollgate.control.outbox.Outbox;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.query.LastWrites;
import io.tollgate.server.http.ChangePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/// When a change is applied here: a definition, when it is in memory; a command in the log of events, at once, because
/// from then on every read through this instance waits until its owner has counted it.
///
/// @param partitions how many partitions `usage-events` has
record AppliedChanges(Definitions definitions, LastWrites lastWrites, int partitions) implements DefinitionsApplied {
    /// For the request, if it is one, that the thread answers.
    @Override
    public void published(List<Outbox.Publication> changes) {
        // Before the log lies what was set aside, because its row cannot be read.
        LogPosition position = changes.stream()
                .filter(change -> change.offset() >= 0)
                .map(this::position)
                .reduce(LogPosition.START, LogPosition::max);
        ServerRequestContext.currentRequest().ifPresent(request -> ChangePosition.add(request, position));
    }

    private LogPosition position(Outbox.Publication change) {
        return change.topic().equals(Topics.USAGE_EVENTS.name())
                ? LogPosition.of(partition(change.recordKey()), change.offset())
                : LogPosition.ofDefinition(change.topic(), change.offset());
    }

    private int partition(String recordKey) {
        return Partitioning.partitionOf(recordKey.getBytes(StandardCharsets.UTF_8), partitions);
    }

    @Override
    public boolean await(String topic, String recordKey, long offset, Duration atMost) {
        if (!topic.equals(Topics.USAGE_EVENTS.name())) {
            return definitions.await(topic, offset, atMost);
        }
        lastWrites.written(
                SubjectKey.ofRecordKey(recordKey).organizationId(), LogPosition.of(partition(recordKey), offset));
        return true;
    }
}
