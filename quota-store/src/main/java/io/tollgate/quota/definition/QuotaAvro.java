package io.tollgate.quota.definition;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.definition.QuotaDefinition;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Quotas as `definitions.quotas` carries them.
final class QuotaAvro {
    private QuotaAvro() {}

    /// A quota and what it covers.
    ///
    /// @param subject empty: every tenant of the organization that has no quota of its own for the meter
    record Covering(OrganizationId organizationId, Optional<SubjectId> subject, String meter, Quota quota) {}

    /// @throws IllegalArgumentException if it says something that this version does not know, or that no quota can be
    static Covering fromAvro(QuotaDefinition definition) {
        return new Covering(
                new OrganizationId(definition.getOrganizationId()),
                Optional.ofNullable(definition.getTenantId()).map(id -> SubjectId.tenant(new TenantId(id))),
                new MeterKey(definition.getMeter()).value(),
                new Quota(
                        definition.getQuotaId(),
                        definition.getVersion(),
                        definition.getLimitValue(),
                        period(definition),
                        mode(definition),
                        Optional.ofNullable(definition.getSoftLimit()),
                        definition.getOverageAllowed(),
                        Optional.ofNullable(definition.getGraceLengthHours()).map(Duration::ofHours),
                        Optional.ofNullable(definition.getGraceEnd())));
    }

    private static QuotaPeriod period(QuotaDefinition definition) {
        return switch (definition.getLimitType()) {
            case DAILY -> new QuotaPeriod.Daily();
            case MONTHLY -> new QuotaPeriod.Monthly();
            case YEARLY -> new QuotaPeriod.Yearly();
            case LIFETIME -> new QuotaPeriod.Lifetime();
            case ROLLING_30D -> new QuotaPeriod.Rolling();
            case CUSTOM -> custom(definition.getWindowStart(), definition.getWindowLength());
            case UNKNOWN -> throw new IllegalArgumentException("its limit type is not known to this version");
        };
    }

    private static QuotaPeriod custom(@Nullable Instant start, @Nullable String length) {
        if (start == null || length == null) {
            throw new IllegalArgumentException("a custom window has a start and a length");
        }
        try {
            return new QuotaPeriod.Custom(start, Duration.parse(length));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("its window's length is not a duration: " + length, e);
        }
    }

    private static EnforcementMode mode(QuotaDefinition definition) {
        return switch (definition.getEnforcementMode()) {
            case HARD -> EnforcementMode.HARD;
            case SOFT -> EnforcementMode.SOFT;
            case DISABLED -> EnforcementMode.DISABLED;
            case UNKNOWN -> throw new IllegalArgumentException("its enforcement mode is not known to this version");
        };
    }
}
