package io.tollgate.control.metric;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.metering.limit.BreachAction;
import io.tollgate.metering.limit.LimitOperator;
import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.CleanupAfter;
import io.tollgate.metering.meter.FlushInterval;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;

/// How a metric is counted, stored and limited.
///
/// @param batchInterval how often its snapshots are written
/// @param initialValue value of a window before its first event
/// @param limitValue the metric's own limit, at least 0; absent or 0 is none
/// @param tags at most [#TAGS_MAX]
/// @param metadata as it was given; not to be changed
/// @param retentionDays how long its snapshots are kept, if not for the installation's time
public record MetricSettings(
        Operation operation,
        MetricType type,
        FlushInterval flushInterval,
        FlushInterval batchInterval,
        CleanupAfter cleanupAfter,
        Quantity initialValue,
        Optional<Quantity> limitValue,
        LimitOperator limitOperator,
        BreachAction breachAction,
        LimitPeriod limitPeriod,
        Map<String, String> tags,
        ObjectNode metadata,
        Optional<Integer> retentionDays) {
    public static final int TAGS_MAX = 50;

    /// Longest name of a tag in characters.
    public static final int TAG_NAME_LENGTH_MAX = 100;

    /// Longest value of a tag in characters.
    public static final int TAG_VALUE_LENGTH_MAX = 1_000;

    /// Largest metadata as JSON in UTF-8, in bytes.
    public static final int METADATA_BYTES_MAX = 16_384;

    /// A hundred years, in days.
    public static final int RETENTION_DAYS_MAX = 36_525;

    public MetricSettings {
        tags = Map.copyOf(tags);
    }

    /// The settings of a metric that came into being without any: by its first event, or by a plan limit.
    public static MetricSettings implicit(Operation operation, MetricType type) {
        return new MetricSettings(
                operation,
                type,
                FlushInterval.HOUR,
                FlushInterval.SECONDS_15,
                CleanupAfter.DAY,
                Quantity.rounded(BigDecimal.ZERO),
                Optional.empty(),
                LimitOperator.GTE,
                BreachAction.DISABLED,
                LimitPeriod.REALTIME,
                Map.of(),
                JsonNodeFactory.instance.objectNode(),
                Optional.empty());
    }
}
