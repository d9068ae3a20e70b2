package io.tollgate.billing.usage;

import io.tollgate.contract.OrganizationId;
import java.time.ZoneId;

/// In which zone an organization counts its days and months.
public interface OrganizationZones {
    /// UTC for an organization that is not known. Thread-safe.
    ZoneId zoneOf(OrganizationId organizationId);
}
