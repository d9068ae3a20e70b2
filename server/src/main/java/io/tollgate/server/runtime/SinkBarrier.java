package io.tollgate.server.runtime;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tollgate.billing.daily.StoredLog;
import io.tollgate.billing.divergence.StoreProgress;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.SinkProgress;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.quota.query.LastWrites;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;

/// Follows a write down the whole pipeline: first until its records are counted and committed, then until the sink has
/// stored
/// everything that was in the output topics at that moment. Asks the broker only while an organization has writes that
/// are
/// not known to have arrived.
final class SinkBarrier implements ReadBarrier, StoreProgress, StoredLog {
    private static final long ORGANIZATIONS_MAX = 100_000;
    /// The broker tells offsets only when asked.
    private static final Duration ASK_EVERY = Duration.ofMillis(20);

    /// What reads are answered from.
    private static final List<String> STORED = List.of(
            Topics.ACCEPTED_EVENTS.name(),
            Topics.EVENT_CORRECTIONS.name(),
            Topics.USAGE_WINDOWS.name(),
            Topics.REJECTED_EVENTS.name());

    private final LastWrites lastWrites;
    private final PipelineLag pipeline;
    private final SinkProgress sink;
    private final Cache<OrganizationId, LogPosition> arrived =
            Caffeine.newBuilder().maximumSize(ORGANIZATIONS_MAX).build();

    SinkBarrier(LastWrites lastWrites, PipelineLag pipeline, SinkProgress sink) {
        this.lastWrites = lastWrites;
        this.pipeline = pipeline;
        this.sink = sink;
    }

    @Override
    public boolean awaitOrganization(OrganizationId organizationId, Optional<LogPosition> after, Duration atMost) {
        LogPosition wanted =
                lastWrites.lastOf(organizationId).orElse(LogPosition.START).max(after.orElse(LogPosition.START));
        LogPosition known =
                Optional.ofNullable(arrived.getIfPresent(organizationId)).orElse(LogPosition.START);
        if (covers(known, wanted)) {
            return true;
        }
        boolean complete = awaitStored(wanted, atMost);
        if (complete) {
            arrived.asMap().merge(organizationId, wanted, LogPosition::max);
        }
        return complete;
    }

    @Override
    public boolean awaitStored(LogPosition position, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            return awaitCounted(position, deadline) && awaitStored(position, deadline);
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public boolean awaitAll(Duration atMost) {
        return awaitEnds(partition -> true, atMost);
    }

    /// Waits until the store includes everything that stands in the partition of `usage-events` now. Answers false when
    /// that is not so after `atMost`.
    boolean awaitEnd(int partition, Duration atMost) {
        return awaitEnds(wanted -> wanted == partition, atMost);
    }

    private boolean awaitEnds(IntPredicate partitions, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            SortedMap<Integer, Long> last = new TreeMap<>(pipeline.ends(Topics.USAGE_EVENTS.name()));
            last.keySet().removeIf(partition -> !partitions.test(partition));
            last.replaceAll((partition, end) -> end - 1);
            last.values().removeIf(offset -> offset < 0);
            return awaitStored(LogPosition.ofEvents(last), Duration.ofNanos(deadline - System.nanoTime()));
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean awaitCounted(LogPosition wanted, long deadline)
            throws ExecutionException, TimeoutException, InterruptedException {
        while (true) {
            Map<Integer, Long> counted = pipeline.counted();
            boolean all = wanted.offsets().entrySet().stream()
                    .allMatch(entry -> counted.getOrDefault(entry.getKey(), 0L) > entry.getValue());
            if (all) {
                return true;
            }
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(ASK_EVERY.toNanos());
        }
    }

    private boolean awaitStored(LogPosition wanted, long deadline)
            throws ExecutionException, TimeoutException, InterruptedException {
        for (String topic : STORED) {
            Map<Integer, Long> ends = pipeline.ends(topic);
            for (int partition : wanted.offsets().keySet()) {
                Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
                if (!sink.awaitPassed(topic, partition, ends.getOrDefault(partition, 0L) - 1, left)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean covers(LogPosition known, LogPosition wanted) {
        return wanted.offsets().entrySet().stream()
                .allMatch(entry -> known.offsetOf(entry.getKey()) >= entry.getValue());
    }
}
