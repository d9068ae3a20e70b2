package io.tollgate.ingest.admission;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;

/// Which meters a quota limits, as the definitions known to this gateway have it. Looked at only where an owner does
/// not answer; owners decide by their own. Answers from memory. Thread-safe.
public interface LimitedMeters {
    /// Whether a quota covers the meter that can deny.
    boolean limited(OrganizationId organizationId, SubjectId subject, String meter);
}
