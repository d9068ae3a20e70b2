package io.tollgate.quota.routing;

import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Instances as a test arranges them: who is thought to own what, who really does, who is down and who hangs.
final class ScriptedCluster implements Owners, RemoteOwners {
    final Map<String, ScriptedOwner> nodes = new ConcurrentHashMap<>();
    final Set<String> down = ConcurrentHashMap.newKeySet();
    final Set<String> hanging = ConcurrentHashMap.newKeySet();
    /// Reached, but their answers are lost.
    final Set<String> unheard = ConcurrentHashMap.newKeySet();
    /// How long the way there takes.
    final Map<String, Duration> delays = new ConcurrentHashMap<>();
    final CountDownLatch released = new CountDownLatch(1);
    final AtomicInteger refreshes = new AtomicInteger();
    private final Map<Integer, Owner> believed = new ConcurrentHashMap<>();
    private final Map<Integer, Owner> after = new ConcurrentHashMap<>();

    ScriptedOwner node(String address, Integer... partitions) {
        ScriptedOwner node = new ScriptedOwner(partitions);
        node.address = address;
        nodes.put(address, node);
        for (Integer partition : partitions) {
            believe(partition, address);
        }
        return node;
    }

    void believe(int partition, String address) {
        believed.put(partition, new Owner(address));
    }

    /// What a look at the group will show.
    void truth(int partition, String address) {
        after.put(partition, new Owner(address));
    }

    @Override
    public Optional<Owner> ownerOf(int partition) {
        return Optional.ofNullable(believed.get(partition));
    }

    @Override
    public Map<Integer, Owner> all() {
        return Map.copyOf(believed);
    }

    @Override
    public Set<Owner> instances() {
        return nodes.keySet().stream().map(Owner::new).collect(java.util.stream.Collectors.toSet());
    }

    @Override
    public void refresh() {
        refreshes.incrementAndGet();
        believed.putAll(after);
    }

    @Override
    public Optional<List<AdmissionAnswer>> admit(
            Owner owner, long position, List<AdmissionRequest> requests, Duration atMost) {
        return reach(owner, atMost)
                .map(node -> node.admit(position, requests))
                .filter(answers -> !unheard.contains(owner.address()));
    }

    @Override
    public boolean report(Owner owner, List<AdmissionOutcome> outcomes, Duration atMost) {
        Optional<ScriptedOwner> node = reach(owner, atMost);
        node.ifPresent(reached -> reached.report(outcomes));
        return node.isPresent();
    }

    @Override
    public Optional<List<CheckAnswer>> check(
            Owner owner, long position, List<QuotaCheck> checks, boolean stale, Duration atMost) {
        return reach(owner, atMost).map(node -> node.check(position, checks, stale));
    }

    @Override
    public Optional<List<PartitionStatus>> status(Owner owner, Duration atMost) {
        return reach(owner, atMost).map(ScriptedOwner::status);
    }

    @Override
    public Optional<ReservationAnswer> reserve(
            Owner owner, long position, ReservationRequest request, Duration atMost) {
        return reach(owner, atMost).map(node -> node.reserve(position, request));
    }

    @Override
    public Optional<ReservationAnswer> reservation(Owner owner, ReservationId id, Duration atMost) {
        return reach(owner, atMost).map(node -> node.reservation(id));
    }

    private Optional<ScriptedOwner> reach(Owner owner, Duration atMost) {
        boolean hangs = hanging.contains(owner.address());
        Duration delay = hangs ? atMost : delays.getOrDefault(owner.address(), Duration.ZERO);
        if (!delay.isZero()) {
            try {
                boolean unused = released.await(delay.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return hangs || down.contains(owner.address())
                ? Optional.empty()
                : Optional.ofNullable(nodes.get(owner.address()));
    }
}
