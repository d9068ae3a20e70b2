package io.tollgate.billing.usage;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.meter.Operation;
import java.util.Collection;
import java.util.Map;

/// How meters are counted, as they are defined. Thread-safe.
public interface MeterOperations {
    /// The operation of a meter of one subject; SUM where nobody defined it.
    Operation of(SubjectKey subject, String meter);

    /// For those of `meters` of which all definitions of the organization, for whichever subject, say the same: what
    /// they say.
    Map<String, Operation> agreed(OrganizationId organizationId, Collection<String> meters);
}
