package io.tollgate.billing.usage;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.meter.Operation;
import java.util.Collection;
import java.util.Set;

/// How meters are counted, as they are defined. Thread-safe.
public interface MeterOperations {
    /// The operation of a meter of one subject; SUM where nobody defined it.
    Operation of(SubjectKey subject, String meter);

    /// Those of `meters` that some definition of the organization, for whichever subject, counts otherwise than by SUM.
    Set<String> notSummed(OrganizationId organizationId, Collection<String> meters);
}
