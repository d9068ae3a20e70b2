package io.tollgate.ingest.correction;

import io.tollgate.contract.EventId;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.ingest.event.InMemoryEventLog;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.Correction;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Events as they are stored behind a log in memory: of several corrections of an event in it the first takes effect.
final class DecidedEvents implements StoredEvents {
    private final InMemoryEventLog log;
    private final Map<EventId, StoredEvent> events = new LinkedHashMap<>();
    private final Map<EventId, String> rejected = new HashMap<>();
    private boolean behind;
    private boolean unawaited;
    private boolean decides = true;

    DecidedEvents(InMemoryEventLog log) {
        this.log = log;
    }

    void add(StoredEvent event) {
        events.put(event.id(), event);
    }

    void reject(EventId id, String reason) {
        rejected.put(id, reason);
    }

    /// Whether what is in the log is not stored yet.
    void behind(boolean isBehind) {
        behind = isBehind;
    }

    /// As long as nobody awaits the end of the log, nothing of what is in it now is stored: others wrote it.
    void storedWhenAwaited() {
        unawaited = true;
    }

    /// Whether corrections take effect; else all of them are refused.
    void decides(boolean whether) {
        decides = whether;
    }

    @Override
    public boolean await(OrganizationId organizationId, LogPosition after) {
        return !behind;
    }

    @Override
    public boolean awaitEnd(SubjectKey subjectKey) {
        unawaited = unawaited && behind;
        return !behind;
    }

    @Override
    public Map<EventId, StoredEvent> find(OrganizationId organizationId, Collection<EventId> ids) {
        Map<EventId, StoredEvent> found = new HashMap<>();
        for (EventId id : ids) {
            StoredEvent event = events.get(id);
            if (event != null && event.subjectKey().organizationId().equals(organizationId)) {
                found.put(id, corrected(event));
            }
        }
        return found;
    }

    private StoredEvent corrected(StoredEvent event) {
        Optional<StoredEvent.Made> first = log.stored().stream()
                .filter(record -> decides && !unawaited && isOf(record.batch().correction(), event))
                .findFirst()
                .map(DecidedEvents::made);
        return new StoredEvent(
                event.id(),
                event.subjectKey(),
                event.meter(),
                event.quantity(),
                event.eventTime(),
                event.metadata(),
                event.offset(),
                event.correction().or(() -> first),
                event.billedBy());
    }

    private static boolean isOf(@Nullable Correction correction, StoredEvent event) {
        return correction != null && correction.eventId().equals(event.id());
    }

    private static StoredEvent.Made made(InMemoryEventLog.StoredBatch record) {
        Correction correction = Objects.requireNonNull(record.batch().correction());
        return new StoredEvent.Made(
                correction.kind(),
                correction.fingerprint(),
                record.report().acceptedAt(),
                record.batch().events().stream().findFirst().map(UsageReport.NewEvent::id));
    }

    @Override
    public Optional<String> rejection(OrganizationId organizationId, EventId id) {
        return Optional.ofNullable(rejected.get(id))
                .or(() -> decides
                        ? Optional.empty()
                        : log.stored().stream()
                                .flatMap(record -> record.batch().events().stream())
                                .filter(event -> event.id().equals(id))
                                .findFirst()
                                .map(event -> "NOT_AMENDED"));
    }
}
