package io.tollgate.server.runtime;

import io.tollgate.contract.LogPosition;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.control.outbox.DefinitionsApplied;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.query.LastWrites;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// When a change is applied here: a definition, when it is in memory; a command in the log of events, at once, because
/// from then on every read through this instance waits until its owner has counted it.
///
/// @param partitions how many partitions `usage-events` has
record AppliedChanges(Definitions definitions, LastWrites lastWrites, int partitions) implements DefinitionsApplied {
    @Override
    public boolean await(String topic, String recordKey, long offset, Duration atMost) {
        if (!topic.equals(Topics.USAGE_EVENTS.name())) {
            return definitions.await(topic, offset, atMost);
        }
        int partition = Partitioning.partitionOf(recordKey.getBytes(StandardCharsets.UTF_8), partitions);
        lastWrites.written(SubjectKey.ofRecordKey(recordKey).organizationId(), LogPosition.of(partition, offset));
        return true;
    }
}
