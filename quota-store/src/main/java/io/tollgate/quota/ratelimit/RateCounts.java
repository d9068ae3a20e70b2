package io.tollgate.quota.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RateSpan;
import io.tollgate.metering.ratelimit.RateVerdict;
import io.tollgate.metering.ratelimit.RequestCounts;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// The requests that passed lately, by organization, in memory. Thread-safe.
public final class RateCounts {
    /// Bytes: some hundred thousand organizations with the usual limits. Beyond it organizations that are seldom heard
    /// of are forgotten, which lets them begin anew.
    private static final long BYTES_MAX = 64L << 20;

    /// Twice the longest span, so that nothing that counts is forgotten.
    private static final Duration IDLE_MAX = Duration.of(2 * RateSpan.HOUR.micros(), ChronoUnit.MICROS);

    private final InstantSource clock;
    private final Cache<OrganizationId, RequestCounts> organizations;

    public RateCounts(InstantSource clock) {
        this.clock = clock;
        this.organizations = Caffeine.newBuilder()
                .maximumWeight(BYTES_MAX)
                .weigher((OrganizationId id, RequestCounts counts) -> counts.bytes())
                .expireAfterAccess(IDLE_MAX)
                .build();
    }

    /// Lets a request pass and counts it, or refuses it.
    public RateVerdict count(OrganizationId organizationId, List<RateLimit> limits) {
        Instant now = clock.instant();
        AtomicReference<RateVerdict> verdict = new AtomicReference<>();
        change(organizationId, counts -> verdict.set(counts.count(limits, now)));
        return Objects.requireNonNull(verdict.get());
    }

    /// Counts a request that another instance let pass.
    public void passed(OrganizationId organizationId, List<RateLimit> limits) {
        Instant now = clock.instant();
        change(organizationId, counts -> counts.passed(limits, now));
    }

    /// One change of an organization after the other, and its weight is taken anew after each.
    private void change(OrganizationId organizationId, Consumer<RequestCounts> change) {
        organizations.asMap().compute(organizationId, (id, known) -> {
            RequestCounts counts = known == null ? new RequestCounts() : known;
            change.accept(counts);
            return counts;
        });
    }
}
