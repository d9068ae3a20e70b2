package io.tollgate.quota.routing;

import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.PartitionStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/// How all partitions do, as every instance that counts says about its own. Thread-safe.
public final class PartitionOverview {
    /// An instance that works answers in milliseconds.
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(1);

    /// One partition.
    ///
    /// @param assignedTo whom the group has given it to, as last seen
    /// @param status as told by the one who owns it; empty if nobody says so
    /// @param claims how many instances say that they own it: more than one only for the moment of a hand-over
    public record Line(int partition, Optional<Owner> assignedTo, Optional<PartitionStatus> status, int claims) {}

    private final Owners owners;
    private final RemoteOwners remote;
    private final Optional<OwnerNode> local;
    private final String ownAddress;
    private final int partitions;

    /// @param local the owner that this process is, if it counts
    /// @param ownAddress the address under which this process appears among the owners
    public PartitionOverview(
            Owners owners, RemoteOwners remote, Optional<OwnerNode> local, String ownAddress, int partitions) {
        this.owners = owners;
        this.remote = remote;
        this.local = local;
        this.ownAddress = ownAddress;
        this.partitions = partitions;
    }

    /// Asks all instances at once; one line per partition, in order. Blocks for about a second at most.
    public List<Line> lines() {
        owners.refresh();
        Map<Integer, Owner> assigned = owners.all();
        Set<Owner> instances = owners.instances();
        List<CompletableFuture<List<PartitionStatus>>> asked = new ArrayList<>();
        for (Owner instance : instances) {
            if (!instance.address().equals(ownAddress)) {
                asked.add(CompletableFuture.supplyAsync(
                        () -> remote.status(instance, ANSWERED_WITHIN).orElse(List.of()), OwnerCalls.VIRTUAL_THREADS));
            }
        }
        Map<Integer, List<PartitionStatus>> told = new HashMap<>();
        local.ifPresent(node -> add(told, node.status()));
        asked.forEach(reply -> add(told, reply.join()));
        return IntStream.range(0, partitions)
                .mapToObj(partition -> line(
                        partition,
                        Optional.ofNullable(assigned.get(partition)),
                        told.getOrDefault(partition, List.of())))
                .toList();
    }

    private static void add(Map<Integer, List<PartitionStatus>> told, List<PartitionStatus> answer) {
        answer.forEach(status -> told.computeIfAbsent(status.partition(), known -> new ArrayList<>())
                .add(status));
    }

    private static Line line(int partition, Optional<Owner> assignedTo, List<PartitionStatus> told) {
        Optional<PartitionStatus> assignees = told.stream()
                .filter(status -> assignedTo.isPresent()
                        && status.owner().equals(assignedTo.get().address()))
                .findFirst();
        return new Line(partition, assignedTo, assignees.or(() -> told.stream().findFirst()), told.size());
    }
}
