package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Networks;
import io.tollgate.contract.access.Principal;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.definition.CredentialDefinition;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.definition.OrganizationDefinition;
import io.tollgate.definition.PlanDefinition;
import io.tollgate.definition.PlanLimitDefinition;
import io.tollgate.definition.QuotaDefinition;
import io.tollgate.definition.RateLimitDefinition;
import io.tollgate.definition.TenantDefinition;
import io.tollgate.metering.limit.LimitCatalog;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RouteKind;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// What is defined, as of a position in each definition topic: keys, organizations, tenants, quotas, plans, limits,
/// metrics, rate limits. Any thread reads; one applies, each record as it stands in its topic.
public final class Definitions {
    /// How long definitions are trusted after they were last confirmed to be complete. A revoked key must not live on
    /// in a
    /// gateway that is cut off from the log.
    public static final Duration TRUSTED_FOR = Duration.ofSeconds(30);

    /// What a valid key stands for.
    ///
    /// @param expiresAt from then on, inclusive, the key is refused
    /// @param allowedFrom networks that requests with the key may come from; none means any
    public record KeyGrant(Principal principal, Optional<Instant> expiresAt, Networks allowedFrom) {}

    /// A tombstone is kept for 24 hours (`delete.retention.ms`); after half of that without a confirmation, following
    /// on is
    /// not enough.
    private static final Duration FOLLOWED_WITHIN = Duration.ofHours(12);

    private final InstantSource clock;
    private final Map<String, KeyGrant> keys = new ConcurrentHashMap<>();
    private final Map<OrganizationId, ZoneId> zones = new ConcurrentHashMap<>();
    private final QuotaTable quotas = new QuotaTable();
    /// While topics are read anew, what was known stays in force here and what is read gathers in the next ones.
    private volatile TenantTable tenants = new TenantTable();

    private TenantTable nextTenants = tenants;
    private volatile LimitTable limits = new LimitTable();

    private LimitTable nextLimits = limits;
    private volatile MetricTable metrics = new MetricTable();
    private MetricTable nextMetrics = metrics;
    private volatile RateLimitTable rateLimits = new RateLimitTable();
    private RateLimitTable nextRateLimits = rateLimits;
    /// By organization and type, then by name.
    private final Map<String, Map<String, byte[]>> credentials = new ConcurrentHashMap<>();

    private final Set<OrganizationId> denyExpired = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> applied = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progressed = lock.newCondition();
    private volatile Instant confirmedAt = Instant.MIN;

    public Definitions(InstantSource clock) {
        this.clock = clock;
    }

    /// What the key with this SHA-256 (lower-case hex) stands for, if it is valid: its organization exists, its tenant
    /// is
    /// not deleted, and it has not expired.
    public Optional<KeyGrant> key(String keyHash) {
        return Optional.ofNullable(keys.get(keyHash)).filter(this::valid);
    }

    private boolean valid(KeyGrant grant) {
        if (grant.expiresAt().isPresent()
                && !clock.instant().isBefore(grant.expiresAt().get())) {
            return false;
        }
        return switch (grant.principal()) {
            case Principal.Organization key -> zones.containsKey(key.organizationId());
            case Principal.Scoped key -> zones.containsKey(key.organizationId());
            case Principal.Tenant key ->
                zones.containsKey(key.organizationId()) && !tenants.deleted(key.organizationId(), key.tenantId());
            case Principal.Member member -> false;
            case Principal.User user -> false;
            case Principal.Admin admin -> false;
            case Principal.Nobody nobody -> false;
        };
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

    /// What is known of a tenant, if it is more than that it has usage.
    public Optional<Tenant> tenant(OrganizationId organizationId, TenantId tenantId) {
        return tenants.find(organizationId, tenantId);
    }

    /// The plans and plan limits of an organization.
    public LimitCatalog limits(OrganizationId organizationId) {
        return limits.of(organizationId);
    }

    /// The settings of a metric, if somebody gave it any.
    public Optional<MetricSettings> metric(OrganizationId organizationId, SubjectId subject, String meter) {
        return metrics.find(organizationId, subject, meter);
    }

    /// Names of a subject's metrics with settings of their own.
    public Set<String> metersWithSettings(OrganizationId organizationId, SubjectId subject) {
        return metrics.meters(organizationId, subject);
    }

    /// The operations that metrics and plan limits of the organization, whosever they are, give each of `meters`;
    /// meters that nothing defines are left out. Looks at everything that the organization has defined.
    public Map<String, Set<Operation>> operations(OrganizationId organizationId, Set<String> meters) {
        Map<String, Set<Operation>> found = new HashMap<>();
        metrics.forEach(
                organizationId,
                meters,
                (meter, settings) -> operationsOf(found, meter).add(settings.operation()));
        limits.forEach(
                organizationId,
                meters,
                limit -> operationsOf(found, limit.meter()).add(limit.operation()));
        return found;
    }

    private static Set<Operation> operationsOf(Map<String, Set<Operation>> found, String meter) {
        return found.computeIfAbsent(meter, key -> EnumSet.noneOf(Operation.class));
    }

    /// Every metric with settings of its own, by organization, subject and meter.
    public void forEachMetric(BiConsumer<OrganizationId, Map<SubjectId, Map<String, MetricSettings>>> each) {
        metrics.forEach(each);
    }

    /// Whether an organization has any plan limit or metric with settings of its own.
    public boolean metricsDefined(OrganizationId organizationId) {
        return metrics.any(organizationId) || limits.anyLimit(organizationId);
    }

    /// The rate limits that count a request made with a key: at most that of the organization and that of the key, in
    /// this order. Constant time.
    public List<RateLimit> rateLimits(OrganizationId organizationId, String keyId, RouteKind kind) {
        return rateLimits.find(organizationId, keyId, kind);
    }

    /// The sealed credentials of a type of an organization, by name.
    public Map<String, byte[]> credentials(OrganizationId organizationId, String type) {
        return credentials.getOrDefault(organizationId.value() + "/" + type, Map.of());
    }

    /// Whether proxy and check refuse the organization's tenants whose subscription has ended where there is no free
    /// plan.
    public boolean deniesExpiredWithoutFreePlan(OrganizationId organizationId) {
        return denyExpired.contains(organizationId);
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
        return keys.size()
                + zones.size()
                + quotas.size()
                + tenants.size()
                + limits.size()
                + metrics.size()
                + rateLimits.size();
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

    /// Whether all records up to these offsets, by topic, are applied here.
    public boolean includes(Map<String, Long> offsets) {
        return offsets.entrySet().stream().allMatch(entry -> applied(entry.getKey()) >= entry.getValue());
    }

    /// Waits until that is so.
    ///
    /// @return false if that did not happen within `atMost`
    public boolean awaitAll(Map<String, Long> offsets, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        return offsets.entrySet().stream()
                .allMatch(entry -> await(
                        entry.getKey(), entry.getValue(), Duration.ofNanos(Math.max(0, deadline - System.nanoTime()))));
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
        nextTenants = new TenantTable();
        quotas.readAnew();
        nextLimits = new LimitTable();
        nextMetrics = new MetricTable();
        nextRateLimits = new RateLimitTable();
    }

    /// Whether the last confirmation lies so far back that deletions may have been compacted away since.
    boolean outdated() {
        Instant confirmed = confirmedAt;
        return confirmed != Instant.MIN && clock.instant().isAfter(confirmed.plus(FOLLOWED_WITHIN));
    }

    public void applyKey(String keyHash, @Nullable ApiKeyDefinition definition) {
        if (definition == null) {
            keys.remove(keyHash);
        } else {
            KeyAvro.fromAvro(definition).ifPresentOrElse(grant -> keys.put(keyHash, grant), () -> keys.remove(keyHash));
        }
    }

    public void applyOrganization(String organizationId, @Nullable OrganizationDefinition definition) {
        OrganizationId id = new OrganizationId(organizationId);
        if (definition == null) {
            zones.remove(id);
            denyExpired.remove(id);
        } else {
            if (definition.getDeniesExpiredWithoutFreePlan()) {
                denyExpired.add(id);
            } else {
                denyExpired.remove(id);
            }
            zones.put(id, zoneOf(definition));
        }
    }

    public void applyQuota(String quotaId, @Nullable QuotaDefinition definition) {
        if (definition == null) {
            quotas.remove(quotaId);
        } else {
            quotas.put(QuotaAvro.fromAvro(definition));
        }
    }

    public void applyTenant(String recordKey, @Nullable TenantDefinition definition) {
        nextTenants.apply(recordKey, definition);
    }

    public void applyPlan(String recordKey, @Nullable PlanDefinition definition) {
        nextLimits.applyPlan(recordKey, definition);
    }

    public void applyLimit(String limitId, @Nullable PlanLimitDefinition definition) {
        nextLimits.applyLimit(limitId, definition);
    }

    public void applyMetric(String recordKey, @Nullable MetricDefinition definition) {
        nextMetrics.apply(recordKey, definition);
    }

    public void applyRateLimit(String rateLimitId, @Nullable RateLimitDefinition definition) {
        nextRateLimits.apply(rateLimitId, definition);
    }

    /// @param recordKey `organization/type/name`, with slashes in the parts escaped
    public void applyCredential(String recordKey, @Nullable CredentialDefinition definition) {
        if (definition != null) {
            ByteBuffer sealed = definition.getCiphertext().duplicate();
            byte[] bytes = new byte[sealed.remaining()];
            sealed.get(bytes);
            credentials
                    .computeIfAbsent(
                            definition.getOrganizationId() + "/" + definition.getKeyType(),
                            key -> new ConcurrentSkipListMap<>())
                    .put(definition.getKeyName(), bytes);
            return;
        }
        String[] parts = recordKey.split("/", -1);
        Map<String, byte[]> ofType = credentials.get(parts[0] + "/" + parts[1]);
        if (ofType != null) {
            ofType.remove(parts[2].replace("%2F", "/").replace("%25", "%"));
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

    Instant now() {
        return clock.instant();
    }

    /// The definitions hold everything that the topics held at `asOf`.
    void confirmed(Instant asOf) {
        quotas.readToTheEnd();
        tenants = nextTenants;
        limits = nextLimits;
        metrics = nextMetrics;
        rateLimits = nextRateLimits;
        lock.lock();
        try {
            confirmedAt = asOf;
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
