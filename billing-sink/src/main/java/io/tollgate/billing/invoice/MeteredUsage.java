package io.tollgate.billing.invoice;

import io.tollgate.metering.meter.CounterState;
import java.math.BigDecimal;
import java.util.List;

/// What a tenant used of one meter in a period.
///
/// @param parts in order of time: before the first of the period's cuts, between the first and the second, and so on
public record MeteredUsage(String meter, MeterBilling billing, List<CounterState> parts) {
    public MeteredUsage {
        parts = List.copyOf(parts);
    }

    /// The value of the whole period.
    BigDecimal value() {
        return value(parts.stream().reduce(CounterState.ZERO, CounterState::plus));
    }

    BigDecimal valueOfPart(int part) {
        return value(parts.get(part));
    }

    private BigDecimal value(CounterState state) {
        return state.valueFrom(BigDecimal.ZERO, billing.operation());
    }
}
