package io.tollgate.server.runtime;

import io.tollgate.billing.invoice.LogEnd;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.Partitioning;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/// How much of each tenant's partition is stored, asked of the broker and waited for.
record StoredLogEnd(PipelineLag pipeline, SinkBarrier barrier, int partitions) implements LogEnd {
    @Override
    public Optional<Map<TenantId, Long>> awaitStored(
            OrganizationId organizationId, Collection<TenantId> tenants, Duration atMost) {
        try {
            Map<Integer, Long> ends = pipeline.ends(Topics.USAGE_EVENTS.name());
            Map<TenantId, Long> before = new HashMap<>();
            SortedMap<Integer, Long> last = new TreeMap<>();
            for (TenantId tenant : tenants) {
                byte[] key = new SubjectKey(organizationId, SubjectId.tenant(tenant)).recordKeyBytes();
                int partition = Partitioning.partitionOf(key, partitions);
                long end = ends.getOrDefault(partition, 0L);
                before.put(tenant, end);
                if (end > 0) {
                    last.put(partition, end - 1);
                }
            }
            return barrier.awaitStored(LogPosition.ofEvents(last), atMost) ? Optional.of(before) : Optional.empty();
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public boolean awaitAllStored(Duration atMost) {
        return barrier.awaitAll(atMost);
    }
}
