package io.tollgate.control.metric;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;

/// Which metric: a meter of one subject.
public record MetricKey(OrganizationId organizationId, SubjectId subject, MeterKey meter) {}
