package io.tollgate.ingest.event;

import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;

/// Is told of every acknowledged write, before the reporter is, so that a read that follows can wait for it. Must be
/// short. Thread-safe.
public interface WriteObserver {
    void written(OrganizationId organizationId, LogPosition position);
}
