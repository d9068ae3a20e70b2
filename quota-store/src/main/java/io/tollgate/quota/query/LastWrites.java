package io.tollgate.quota.query;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import java.time.Duration;
import java.util.Optional;

/// What was written through this entry point, so that the next read through it includes it. An organization's entry is
/// forgotten some minutes after its last write, when every reader has long caught up. Thread-safe.
public final class LastWrites {
    private static final long ORGANIZATIONS_MAX = 100_000;
    private static final Duration REMEMBERED_FOR = Duration.ofMinutes(10);

    private final Cache<OrganizationId, LogPosition> positions = Caffeine.newBuilder()
            .maximumSize(ORGANIZATIONS_MAX)
            .expireAfterWrite(REMEMBERED_FOR)
            .build();

    public void written(OrganizationId organizationId, LogPosition position) {
        positions.asMap().merge(organizationId, position, LogPosition::max);
    }

    public Optional<LogPosition> lastOf(OrganizationId organizationId) {
        return Optional.ofNullable(positions.getIfPresent(organizationId));
    }
}
