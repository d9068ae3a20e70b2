package io.tollgate.quota.routing;

import io.tollgate.contract.topic.Topics;
import io.tollgate.quota.store.Stores;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which instance owns which partition, as the broker last described the aggregator's group. Cached; asked anew when
/// the
/// picture is old or an owner said that it is not one. Thread-safe.
public final class Owners {
    private static final Logger LOG = LoggerFactory.getLogger(Owners.class);
    private static final Duration TRUSTED_FOR = Duration.ofSeconds(2);
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(1);

    private record Picture(Map<Integer, Owner> owners, long takenNanos) {}

    private final Admin admin;
    private final ReentrantLock refreshing = new ReentrantLock();
    private volatile Picture picture = new Picture(Map.of(), System.nanoTime() - TRUSTED_FOR.toNanos());

    public Owners(Admin admin) {
        this.admin = admin;
    }

    /// The owner of a partition; empty while the group rebalances or has no member.
    public Optional<Owner> ownerOf(int partition) {
        if (System.nanoTime() - picture.takenNanos() > TRUSTED_FOR.toNanos()) {
            refresh();
        }
        return Optional.ofNullable(picture.owners().get(partition));
    }

    /// All owners known now, by partition.
    public Map<Integer, Owner> all() {
        if (System.nanoTime() - picture.takenNanos() > TRUSTED_FOR.toNanos()) {
            refresh();
        }
        return picture.owners();
    }

    /// Asks the broker now, unless somebody else is asking.
    public void refresh() {
        if (!refreshing.tryLock()) {
            return;
        }
        try {
            ConsumerGroupDescription group = Objects.requireNonNull(
                            admin.describeConsumerGroups(List.of(Stores.AGGREGATOR_APPLICATION_ID))
                                    .describedGroups()
                                    .get(Stores.AGGREGATOR_APPLICATION_ID))
                    .get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            picture = new Picture(ownersIn(group), System.nanoTime());
        } catch (ExecutionException | TimeoutException e) {
            picture = new Picture(picture.owners(), System.nanoTime());
            LOG.debug("the aggregator's group cannot be described now: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            refreshing.unlock();
        }
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
}
