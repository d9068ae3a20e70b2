package io.tollgate.server.runtime;

import io.tollgate.billing.usage.CorrectableEvent;
import io.tollgate.billing.usage.CorrectionReads;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.contract.EventId;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.ingest.correction.StoredEvent;
import io.tollgate.ingest.correction.StoredEvents;
import io.tollgate.ingest.event.Fingerprint;
import io.tollgate.ingest.event.UsageReport.Correction;
import io.tollgate.metering.quantity.Quantity;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Events as the sink has stored them, for those who correct them.
///
/// @param partitions of `usage-events`
record StoredOriginals(CorrectionReads reads, SinkBarrier barrier, int partitions) implements StoredEvents {
    /// As reads of events wait.
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    @Override
    public boolean await(OrganizationId organizationId, LogPosition after) {
        return barrier.awaitOrganization(organizationId, Optional.of(after), WAIT_MAX);
    }

    @Override
    public boolean awaitEnd(SubjectKey subjectKey) {
        return barrier.awaitEnd(Partitioning.partitionOf(subjectKey.recordKeyBytes(), partitions), WAIT_MAX);
    }

    @Override
    public Map<EventId, StoredEvent> find(OrganizationId organizationId, Collection<EventId> ids) {
        return reads.find(organizationId, ids).stream()
                .collect(Collectors.toMap(CorrectableEvent::id, StoredOriginals::stored));
    }

    @Override
    public Optional<String> rejection(OrganizationId organizationId, EventId id) {
        return reads.rejection(organizationId, id);
    }

    private static StoredEvent stored(CorrectableEvent event) {
        return new StoredEvent(
                event.id(),
                event.subject(),
                event.meter(),
                Quantity.rounded(event.quantity()),
                event.occurredAt(),
                event.metadata(),
                event.place().offset(),
                event.correction().map(StoredOriginals::made),
                event.billedBy());
    }

    private static StoredEvent.Made made(EventCorrection correction) {
        return new StoredEvent.Made(
                switch (correction.kind()) {
                    case VOID -> Correction.Kind.VOID;
                    case AMEND -> Correction.Kind.AMEND;
                },
                Fingerprint.ofBytes(correction.fingerprint()),
                correction.receivedAt(),
                correction.replacementId());
    }
}
