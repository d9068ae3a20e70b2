package io.tollgate.billing.daily;

import io.tollgate.billing.usage.Span;
import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.meter.CounterState;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What tenants used in spans of any length. Thread-safe.
public interface SliceUsage {
    /// What a tenant used of a meter in a slice; never of none.
    ///
    /// @param counted everything but the last quantity
    record Row(String tenantId, String meter, int slice, CounterState counted) {}

    /// Whose usage is asked for.
    ///
    /// @param tenants these, or whoever is not among them
    record Whose(List<String> tenants, boolean others) {
        public Whose {
            tenants = List.copyOf(tenants);
        }
    }

    /// Adds up as of one moment, in the order of tenants, without ever holding all of it in memory.
    ///
    /// @throws RuntimeException if that takes too long, or if `rows` throws
    void read(
            OrganizationId organizationId,
            Collection<String> meters,
            List<Slice> slices,
            Whose whose,
            Consumer<Row> rows);

    /// The quantity of the latest event.
    Optional<BigDecimal> last(OrganizationId organizationId, String tenantId, String meter, Span span);
}
