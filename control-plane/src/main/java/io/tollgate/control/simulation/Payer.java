package io.tollgate.control.simulation;

import io.tollgate.metering.rating.PriceList;
import java.time.Instant;
import java.util.Optional;

/// Whose usage is priced.
///
/// @param planId the plan that the tenant is on now: plans of the past are not kept
/// @param since from when on the tenant costs something without using anything
/// @param until and to when
public record Payer(String tenantId, Optional<String> planId, Instant since, Optional<Instant> until) {
    PriceList.Buyer buyer() {
        return new PriceList.Buyer(Optional.of(tenantId), planId);
    }

    /// Whether the tenant is there at some time of `[start, end)`.
    boolean within(Instant start, Instant end) {
        return since.isBefore(end) && until.map(start::isBefore).orElse(true);
    }
}
