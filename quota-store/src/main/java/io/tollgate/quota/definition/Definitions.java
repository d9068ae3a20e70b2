package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.definition.OrganizationDefinition;
import io.tollgate.definition.QuotaDefinition;
import io.tollgate.metering.quota.Quota;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What keys, organizations and quotas there are, as of a position in each definition topic. Any thread reads; the feed
/// applies.
public final class Definitions {
    /// How long definitions are trusted after they were last confirmed to be complete. A revoked key must not live on
    /// in a
    /// gateway that is cut off from the log.
    public static final Duration TRUSTED_FOR = Duration.ofSeconds(30);

    /// What a valid key stands for.
    public record KeyGrant(OrganizationId organizationId, String keyId) {}

    /// A tombstone is kept for 24 hours (`delete.retention.ms`); after half of that without a confirmation, following
    /// on is
    /// not enough.
    private static final Duration FOLLOWED_WITHIN = Duration.ofHours(12);

    private final InstantSource clock;
    private final Map<String, KeyGrant> keys = new ConcurrentHashMap<>();
    private final Map<OrganizationId, ZoneId> zones = new ConcurrentHashMap<>();
    private final QuotaTable quotas = new QuotaTable();
    private final Map<String, Long> applied = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progressed = lock.newCondition();
    private volatile Instant confirmedAt = Instant.MIN;

    public Definitions(InstantSource clock) {
        this.clock = clock;
    }

    /// What the key with this SHA-256 (lower-case hex) stands for, if it is valid.
    public Optional<KeyGrant> key(String keyHash) {
        return Optional.ofNullable(keys.get(keyHash));
    }

    /// The zone of an organization's days and months, if the organization is known here.
    public Optional<ZoneId> zone(OrganizationId organizationId) {
        return Optional.ofNullable(zones.get(organizationId));
    }

    /// The quota that covers a meter of a subject: the tenant's own, else the organization's default. Only tenants have
    /// quotas. Constant time; allocates nothing.
    public Optional<Quota> quota(OrganizationId organizationId, SubjectId subject, String meter) {
        return quotas.find(organizationId, subject, meter);
    }

    /// Offset of the last record of `topic` that is applied here; -1 for none.
    public long applied(String topic) {
        return applied.getOrDefault(topic, -1L);
    }

    /// Whether the definitions were complete less than [#TRUSTED_FOR] ago.
    public boolean trusted() {
        Instant confirmed = confirmedAt;
        return confirmed != Instant.MIN && clock.instant().isBefore(confirmed.plus(TRUSTED_FOR));
    }

    /// Waits until the definitions have been complete once.
    ///
    /// @return false if the waiting thread was interrupted
    public boolean awaitConfirmed() {
        lock.lock();
        try {
            while (confirmedAt == Instant.MIN) {
                progressed.await();
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// How many keys, organizations and quotas are known, for metrics.
    public int size() {
        return keys.size() + zones.size() + quotas.size();
    }

    /// Waits until the record at `offset` of `topic` is applied here.
    ///
    /// @return false if that did not happen within `atMost`
    public boolean await(String topic, long offset, Duration atMost) {
        long remaining = atMost.toNanos();
        lock.lock();
        try {
            while (applied.getOrDefault(topic, -1L) < offset) {
                if (remaining <= 0) {
                    return false;
                }
                remaining = progressed.awaitNanos(remaining);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// Forgets everything and answers nothing as trusted until it is confirmed anew: what was deleted while nobody
    /// followed
    /// may have left no trace to follow. Quotas alone stay until everything is read: what they limit must not be open
    /// meanwhile.
    void startOver() {
        confirmedAt = Instant.MIN;
        applied.clear();
        keys.clear();
        zones.clear();
        quotas.readAnew();
    }

    /// Whether the last confirmation lies so far back that deletions may have been compacted away since.
    boolean outdated() {
        Instant confirmed = confirmedAt;
        return confirmed != Instant.MIN && clock.instant().isAfter(confirmed.plus(FOLLOWED_WITHIN));
    }

    void applyKey(String keyHash, @Nullable ApiKeyDefinition definition) {
        if (definition == null) {
            keys.remove(keyHash);
        } else {
            keys.put(keyHash, new KeyGrant(new OrganizationId(definition.getOrganizationId()), definition.getKeyId()));
        }
    }

    void applyOrganization(String organizationId, @Nullable OrganizationDefinition definition) {
        OrganizationId id = new OrganizationId(organizationId);
        if (definition == null) {
            zones.remove(id);
        } else {
            zones.put(id, zoneOf(definition));
        }
    }

    void applyQuota(String quotaId, @Nullable QuotaDefinition definition) {
        if (definition == null) {
            quotas.remove(quotaId);
        } else {
            quotas.put(QuotaAvro.fromAvro(definition));
        }
    }

    /// Everything of `topic` before `end` is applied.
    void appliedUpTo(String topic, long end) {
        lock.lock();
        try {
            applied.merge(topic, end - 1, Math::max);
            progressed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// The definitions hold everything that the topics held a moment ago.
    void confirmed() {
        quotas.readToTheEnd();
        lock.lock();
        try {
            confirmedAt = clock.instant();
            progressed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static ZoneId zoneOf(OrganizationDefinition definition) {
        try {
            return ZoneId.of(definition.getTimeZone());
        } catch (DateTimeException e) {
            // The control plane takes known zones only; a zone this JDK does not know yet is counted as UTC.
            return ZoneOffset.UTC;
        }
    }
}
