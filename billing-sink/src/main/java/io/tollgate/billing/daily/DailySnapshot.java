package io.tollgate.billing.daily;

import io.tollgate.metering.meter.CounterState;
import java.time.LocalDate;

/// What a tenant used of a meter in a day of UTC.
///
/// @param counted everything but the last quantity
public record DailySnapshot(LocalDate day, String tenantId, String meter, CounterState counted) {
    /// Where a page that ends with it goes on.
    SnapshotCursor cursor() {
        return new SnapshotCursor(day, tenantId, meter);
    }
}
