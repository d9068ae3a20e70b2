package io.tollgate.control.simulation;

import io.tollgate.contract.TenantId;
import io.tollgate.control.price.PriceTerms;
import java.util.List;

/// What somebody wants to have simulated, before plans and the organization's zone and currency are looked up.
///
/// @param from a date, or a time with an offset
/// @param to likewise; exclusive
public record Draft(Moment from, Moment to, List<Proposal> candidates, List<TenantId> tenants) {
    public Draft {
        candidates = List.copyOf(candidates);
        tenants = List.copyOf(tenants);
    }

    /// A candidate as it is written.
    public record Proposal(String name, List<PriceTerms> prices) {
        public Proposal {
            prices = List.copyOf(prices);
        }
    }
}
