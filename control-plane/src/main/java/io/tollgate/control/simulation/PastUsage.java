package io.tollgate.control.simulation;

import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What tenants used, as it is stored. Thread-safe.
public interface PastUsage {
    /// A part of a billing period in which no price changes.
    ///
    /// @param number tells it apart
    /// @param period which of the billing periods it is in, from 0
    record Slice(int number, int period, Instant start, Instant end) {}

    /// What a tenant used of a meter in a slice.
    ///
    /// @param counted everything but the last quantity
    record Used(String tenantId, String meter, int slice, CounterState counted) {}

    /// How a meter becomes a quantity.
    ///
    /// @param billedElsewhere it costs nothing here
    record Counting(Operation operation, boolean billedElsewhere) {}

    /// Waits until everything that was reported by now is stored; answers false when it is not after `atMost`.
    boolean awaitStored(Duration atMost);

    /// In the order of tenants.
    ///
    /// @param tenants of these, or of whoever is not among them
    void read(
            OrganizationId organizationId,
            Collection<String> meters,
            List<Slice> slices,
            List<String> tenants,
            boolean others,
            Consumer<Used> rows);

    Counting counting(OrganizationId organizationId, String tenantId, String meter);

    /// The quantity of the latest event of `[start, end)`.
    Optional<BigDecimal> last(OrganizationId organizationId, String tenantId, String meter, Instant start, Instant end);
}
