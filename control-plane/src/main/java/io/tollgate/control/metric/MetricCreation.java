package io.tollgate.control.metric;

/// What became of the wish for a new metric.
public sealed interface MetricCreation {
    /// Its settings are in force and, unless waiting for that was given up, applied at this instance.
    record Created(StoredMetric metric) implements MetricCreation {}

    /// A metric of this key has settings already; they stay.
    record Existed(StoredMetric metric) implements MetricCreation {}

    /// The organization's edition allows no more today.
    record TooMany(int creationsMax) implements MetricCreation {}

    /// The tenant is deleted.
    record TenantDeleted() implements MetricCreation {}

    /// No such organization, or a deleted one.
    record NoOrganization() implements MetricCreation {}
}
