package io.tollgate.billing.usage;

import io.tollgate.metering.period.Window;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// A row of usage as it is told.
///
/// @param names one per dimension
/// @param window as a whole, also where the period begins or ends inside it
/// @param total by the meter's operation where the row is about one meter, else the sum
public record UsageLine(List<String> names, Optional<Window> window, BigDecimal total, long eventCount) {
    /// Its place among the others.
    public RowKey key() {
        return new RowKey(names, window.map(Window::start));
    }
}
