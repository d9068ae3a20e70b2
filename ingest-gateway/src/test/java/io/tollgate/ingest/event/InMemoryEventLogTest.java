package io.tollgate.ingest.event;

import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import java.util.List;

class InMemoryEventLogTest extends EventLogContract {
    private final InMemoryEventLog log = new InMemoryEventLog(Reports.NOW);

    @Override
    protected EventLog log() {
        return log;
    }

    @Override
    protected List<List<String>> storedKeys(String tenant) {
        return log.stored().stream()
                .map(InMemoryEventLog.StoredBatch::batch)
                .filter(batch -> batch.subjectKey().subject().equals(SubjectId.tenant(new TenantId(tenant))))
                .map(batch -> batch.events().stream()
                        .map(event -> String.valueOf(event.event().idempotencyKey()))
                        .toList())
                .toList();
    }

    @Override
    protected void away(boolean isAway) {
        log.away(isAway);
    }
}
