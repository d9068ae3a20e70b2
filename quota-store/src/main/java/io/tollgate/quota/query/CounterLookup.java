package io.tollgate.quota.query;

import io.tollgate.contract.wire.Partitioning;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.routing.Owners;
import io.tollgate.quota.store.CounterReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.streams.errors.InvalidStateStoreException;

/// Answers questions about counters. Blocks while it waits for the owner to count what the caller wrote; call it off
/// event
/// loops. Thread-safe.
public final class CounterLookup {
    /// Between two attempts while a partition is on its way to a new owner.
    private static final Duration RETRY_AFTER = Duration.ofMillis(50);

    private final LocalCounters local;
    private final Owners owners;
    private final OwnerClient client;
    private final String ownAddress;
    private final int partitions;

    /// @param ownAddress the address under which this process itself appears among the owners
    /// @param partitions how many partitions `usage-events` has
    public CounterLookup(LocalCounters local, Owners owners, OwnerClient client, String ownAddress, int partitions) {
        this.local = local;
        this.owners = owners;
        this.client = client;
        this.ownAddress = ownAddress;
        this.partitions = partitions;
    }

    public int partitionOf(String subjectKey) {
        return Partitioning.partitionOf(subjectKey.getBytes(StandardCharsets.UTF_8), partitions);
    }

    /// @param afterOffset offset in the subject's partition that the answer shall include; -1 for none
    /// @param atMost how long to wait for that, and for a partition that is between two owners
    public LookupOutcome read(CounterRead read, long afterOffset, Duration atMost) {
        int partition = partitionOf(read.subjectKey());
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            Optional<LookupOutcome.Found> found = here(partition, read, afterOffset, left);
            if (found.isEmpty()) {
                found = elsewhere(partition, read, afterOffset, left);
            }
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() - deadline >= 0) {
                return new LookupOutcome.OwnerUnavailable(
                        "The counters of partition " + partition + " are changing hands; ask again.");
            }
            LockSupport.parkNanos(RETRY_AFTER.toNanos());
            owners.refresh();
        }
    }

    /// From the counters of this process, if it owns the partition.
    public Optional<LookupOutcome.Found> here(int partition, CounterRead read, long afterOffset, Duration atMost) {
        Optional<CounterReader> counters = local.counters(partition);
        if (counters.isEmpty()) {
            return Optional.empty();
        }
        try {
            boolean caughtUp = counters.get().awaitCounted(afterOffset, atMost);
            List<MeterReading> readings = read.from(counters.get());
            return Optional.of(new LookupOutcome.Found(readings, caughtUp));
        } catch (InvalidStateStoreException e) {
            return Optional.empty();
        }
    }

    private Optional<LookupOutcome.Found> elsewhere(
            int partition, CounterRead read, long afterOffset, Duration atMost) {
        Optional<Owner> owner = owners.ownerOf(partition);
        return owner.isEmpty() || owner.get().address().equals(ownAddress)
                ? Optional.empty()
                : client.ask(owner.get(), partition, read, afterOffset, atMost);
    }
}
