package io.tollgate.control.simulation;

import java.math.BigDecimal;
import java.util.List;

/// What a tenant's usage cost and would have cost, without tax: the sum of lines, each rounded as on an invoice.
///
/// @param candidates one per candidate, in their order
public record Totals(String tenantId, BigDecimal current, List<BigDecimal> candidates) {
    public Totals {
        candidates = List.copyOf(candidates);
    }
}
