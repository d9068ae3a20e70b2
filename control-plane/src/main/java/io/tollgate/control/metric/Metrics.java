package io.tollgate.control.metric;

import io.tollgate.contract.access.Actor;
import java.util.Optional;

/// The metrics of all organizations that have settings of their own. A change is in force at this instance on return,
/// unless waiting for that was given up. Thread-safe.
public interface Metrics {
    /// Makes a metric, and its tenant where that is not known.
    MetricCreation create(MetricKey key, MetricSettings settings, Actor actor);

    Optional<StoredMetric> find(MetricKey key);

    /// Takes the settings away and lets the metric's counters begin anew; what was stored stays.
    ///
    /// @param counted whether the metric exists also without settings
    /// @return false if it has no settings and was not counted: then nothing is changed
    boolean delete(MetricKey key, boolean counted, Actor actor);
}
