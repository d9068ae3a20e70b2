package io.tollgate.quota.query;

import io.tollgate.contract.wire.Partitioning;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.routing.Owners;
import io.tollgate.quota.store.CounterReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.streams.errors.InvalidStateStoreException;

/// Answers questions about counters. Blocks while it waits for the owner to count what the caller wrote; call it off
/// event
/// loops. Where no owner answers, a standby's copy does, marked stale. Thread-safe.
public final class CounterLookup {
    /// How long a copy's answer is held back that lacks what the caller wrote, in case an owner appears, for a caller
    /// who
    /// rather reads something old than waits.
    public static final Duration OWNER_AWAITED = Duration.ofMillis(300);

    /// Between two attempts while a partition is on its way to a new owner.
    private static final Duration RETRY_AFTER = Duration.ofMillis(50);
    /// One question to an owner elsewhere lets it wait no longer than this for the caller's write, so that an owner
    /// that has
    /// stopped answering is noticed soon; the question is then put again.
    private static final Duration OWNER_WAIT_MAX = Duration.ofMillis(400);
    /// A copy has nothing to wait for: this is network and reading.
    private static final Duration COPY_ANSWERS_WITHIN = Duration.ofMillis(300);

    private final LocalCounters local;
    private final Owners owners;
    private final OwnerClient client;
    private final String ownAddress;
    private final int partitions;
    private final Executor virtualThreads = task -> Thread.ofVirtual().start(task);

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
    /// @param atMost how long to wait for that, and for a partition that nobody owns or has a copy of
    /// @param forOwner how long to wait for an owner where there is only a copy that does not include `afterOffset`
    public LookupOutcome read(CounterRead read, long afterOffset, Duration atMost, Duration forOwner) {
        int partition = partitionOf(read.subjectKey());
        long start = System.nanoTime();
        while (true) {
            Duration left = atMost.minusNanos(System.nanoTime() - start);
            boolean last = !left.isPositive();
            Duration wait = last ? Duration.ZERO : left;
            Optional<LookupOutcome.Found> found = ofOwner(partition, read, afterOffset, wait);
            if (found.isEmpty()) {
                found = ofCopies(partition, read, afterOffset);
                last |= System.nanoTime() - start >= forOwner.toNanos() && found.isPresent();
            }
            if (found.isPresent() && (last || found.get().caughtUp())) {
                return found.get();
            }
            if (last) {
                return new LookupOutcome.OwnerUnavailable(
                        "The counters of partition " + partition + " are changing hands; ask again.");
            }
            if (found.isEmpty() || found.get().stale()) {
                LockSupport.parkNanos(RETRY_AFTER.toNanos());
            }
        }
    }

    /// What can be said without waiting: empty if the subject's counters are elsewhere, or do not include `afterOffset`
    /// yet. Good for event loops.
    public Optional<LookupOutcome.Found> atOnce(CounterRead read, long afterOffset) {
        return here(partitionOf(read.subjectKey()), read, afterOffset, Duration.ZERO)
                .filter(LookupOutcome.Found::caughtUp);
    }

    /// From the counters of this process, if it owns the partition.
    public Optional<LookupOutcome.Found> here(int partition, CounterRead read, long afterOffset, Duration atMost) {
        return local.counters(partition).flatMap(counters -> from(counters, read, afterOffset, atMost, false));
    }

    /// From the copy of this process, if it has one.
    public Optional<LookupOutcome.Found> copyHere(int partition, CounterRead read, long afterOffset) {
        return local.copy(partition).flatMap(counters -> from(counters, read, afterOffset, Duration.ZERO, true));
    }

    private static Optional<LookupOutcome.Found> from(
            CounterReader counters, CounterRead read, long afterOffset, Duration atMost, boolean stale) {
        try {
            boolean caughtUp = counters.awaitCounted(afterOffset, atMost);
            long countedOffset = counters.countedOffset();
            List<MeterReading> readings = read.from(counters);
            return Optional.of(new LookupOutcome.Found(readings, caughtUp, stale, countedOffset));
        } catch (InvalidStateStoreException e) {
            return Optional.empty();
        }
    }

    /// From the owner as known, or else from the one that a second look finds.
    private Optional<LookupOutcome.Found> ofOwner(int partition, CounterRead read, long afterOffset, Duration atMost) {
        Optional<LookupOutcome.Found> found = here(partition, read, afterOffset, atMost);
        if (found.isPresent()) {
            return found;
        }
        Optional<Owner> owner = elsewhere(partition);
        found = owner.flatMap(known -> ask(known, partition, read, afterOffset, atMost));
        if (found.isPresent()) {
            return found;
        }
        owners.refresh();
        Optional<Owner> newOwner = elsewhere(partition);
        return newOwner.equals(owner)
                ? Optional.empty()
                : newOwner.flatMap(known -> ask(known, partition, read, afterOffset, atMost));
    }

    private Optional<Owner> elsewhere(int partition) {
        return owners.ownerOf(partition).filter(owner -> !owner.address().equals(ownAddress));
    }

    private Optional<LookupOutcome.Found> ask(
            Owner owner, int partition, CounterRead read, long afterOffset, Duration atMost) {
        Duration wait = atMost.compareTo(OWNER_WAIT_MAX) < 0 ? atMost : OWNER_WAIT_MAX;
        return client.ask(owner, partition, read, afterOffset, wait);
    }

    /// Asks every instance at once. The first answer that includes the caller's write wins; without one, that of the
    /// copy that
    /// is furthest.
    private Optional<LookupOutcome.Found> ofCopies(int partition, CounterRead read, long afterOffset) {
        Optional<LookupOutcome.Found> own = copyHere(partition, read, afterOffset);
        if (own.isPresent() && own.get().caughtUp() && afterOffset >= 0) {
            return own;
        }
        CompletableFuture<LookupOutcome.Found> caughtUp = new CompletableFuture<>();
        List<CompletableFuture<Optional<LookupOutcome.Found>>> asked = new ArrayList<>();
        for (Owner instance : owners.instances()) {
            if (!instance.address().equals(ownAddress)) {
                asked.add(CompletableFuture.supplyAsync(
                        () -> {
                            Optional<LookupOutcome.Found> found =
                                    client.askCopy(instance, partition, read, afterOffset, COPY_ANSWERS_WITHIN);
                            found.filter(LookupOutcome.Found::caughtUp)
                                    .filter(answer -> afterOffset >= 0)
                                    .ifPresent(caughtUp::complete);
                            return found;
                        },
                        virtualThreads));
            }
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new));
        CompletableFuture.anyOf(all, caughtUp).join();
        if (caughtUp.isDone()) {
            return Optional.of(caughtUp.join());
        }
        return Stream.concat(
                        own.stream(),
                        asked.stream().map(CompletableFuture::join).flatMap(Optional::stream))
                .max(Comparator.comparingLong(LookupOutcome.Found::countedOffset));
    }
}
