package io.tollgate.ingest.event;

import io.tollgate.contract.OrganizationId;
import java.time.ZoneId;
import java.util.Optional;

/// The time zones of organizations, as the definitions known here have them. Answers from memory. Thread-safe.
public interface OrganizationZones {
    /// Empty if the definitions do not show the organization yet, though its key is valid: the caller is told to try
    /// again, since a wrong zone would put events into wrong windows for good.
    Optional<ZoneId> zoneOf(OrganizationId organizationId);
}
