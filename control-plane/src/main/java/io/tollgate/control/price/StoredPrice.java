package io.tollgate.control.price;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.rating.PriceVersion;
import java.time.Instant;
import java.util.Optional;

/// A price model as it is kept.
///
/// @param createdAt with microseconds
/// @param updatedAt with microseconds
public record StoredPrice(OrganizationId organizationId, PriceVersion version, Instant createdAt, Instant updatedAt) {
    public PriceTerms terms() {
        return new PriceTerms(
                new MeterKey(version.meter()),
                version.target(),
                version.model(),
                Optional.of(version.currency()),
                Optional.of(version.effectiveFrom()),
                version.effectiveTo());
    }
}
