package io.tollgate.quota.routing;

import io.tollgate.contract.topic.Topics;
import io.tollgate.quota.store.Stores;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The owners as the broker describes the aggregator's group. A picture of some age is renewed in the background while
/// it is
/// used; only the first one is waited for, and one that somebody found wrong. While the group rebalances it has no
/// assignment;
/// the last one is kept then, because owners that keep their partitions go on owning them.
public final class GroupOwners implements Owners {
    private static final Logger LOG = LoggerFactory.getLogger(GroupOwners.class);
    private static final Duration TRUSTED_FOR = Duration.ofSeconds(2);
    /// Bounds what a look-up loses when the broker is gone together with an owner.
    private static final Duration BROKER_TIMEOUT = Duration.ofMillis(500);
    /// However many callers find the picture wrong, the broker is asked this often at most.
    private static final Duration ASKED_EVERY = Duration.ofMillis(50);

    private record Picture(Map<Integer, Owner> owners, Set<Owner> instances, long takenNanos) {}

    private final Admin admin;
    private final ReentrantLock refreshing = new ReentrantLock();
    private final AtomicBoolean renewing = new AtomicBoolean();
    private volatile Optional<Picture> picture = Optional.empty();

    public GroupOwners(Admin admin) {
        this.admin = admin;
    }

    @Override
    public Optional<Owner> ownerOf(int partition) {
        return Optional.ofNullable(current().owners().get(partition));
    }

    @Override
    public Map<Integer, Owner> all() {
        return current().owners();
    }

    @Override
    public Set<Owner> instances() {
        return current().instances();
    }

    private Picture current() {
        Optional<Picture> known = picture;
        if (known.isEmpty()) {
            refresh();
            return picture.orElseGet(() -> new Picture(Map.of(), Set.of(), System.nanoTime()));
        }
        if (age(known.get()) > TRUSTED_FOR.toNanos() && renewing.compareAndSet(false, true)) {
            Thread.ofVirtual().name("owners-renewal").start(() -> {
                try {
                    refresh();
                } finally {
                    renewing.set(false);
                }
            });
        }
        return known.get();
    }

    /// Asks the broker now, unless somebody has just done so; callers who come while it is asked wait for its answer.
    @Override
    public void refresh() {
        try {
            if (!refreshing.tryLock(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            try {
                if (picture.isEmpty() || age(picture.get()) > ASKED_EVERY.toNanos()) {
                    ask();
                }
            } finally {
                refreshing.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask() throws InterruptedException {
        Map<Integer, Owner> lastOwners = picture.map(Picture::owners).orElse(Map.of());
        try {
            ConsumerGroupDescription group = Objects.requireNonNull(
                            admin.describeConsumerGroups(List.of(Stores.AGGREGATOR_APPLICATION_ID))
                                    .describedGroups()
                                    .get(Stores.AGGREGATOR_APPLICATION_ID))
                    .get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            boolean rebalances = group.groupState() == GroupState.PREPARING_REBALANCE
                    || group.groupState() == GroupState.COMPLETING_REBALANCE;
            picture = Optional.of(
                    new Picture(rebalances ? lastOwners : ownersIn(group), instancesIn(group), System.nanoTime()));
        } catch (ExecutionException | TimeoutException e) {
            Set<Owner> lastInstances = picture.map(Picture::instances).orElse(Set.of());
            picture = Optional.of(new Picture(lastOwners, lastInstances, System.nanoTime()));
            LOG.debug("the aggregator's group cannot be described now: {}", e.toString());
        }
    }

    private static long age(Picture picture) {
        return System.nanoTime() - picture.takenNanos();
    }

    private static Map<Integer, Owner> ownersIn(ConsumerGroupDescription group) {
        Map<Integer, Owner> owners = new HashMap<>();
        for (MemberDescription member : group.members()) {
            Owner.fromClientId(member.clientId()).ifPresent(owner -> {
                for (TopicPartition partition : member.assignment().topicPartitions()) {
                    if (partition.topic().equals(Topics.USAGE_EVENTS.name())) {
                        owners.put(partition.partition(), owner);
                    }
                }
            });
        }
        return Map.copyOf(owners);
    }

    private static Set<Owner> instancesIn(ConsumerGroupDescription group) {
        Set<Owner> instances = new HashSet<>();
        for (MemberDescription member : group.members()) {
            Owner.fromClientId(member.clientId()).ifPresent(instances::add);
        }
        return Set.copyOf(instances);
    }
}
