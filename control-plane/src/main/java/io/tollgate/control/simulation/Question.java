package io.tollgate.control.simulation;

import io.tollgate.contract.TenantId;
import java.time.Instant;
import java.util.List;

/// What is simulated.
///
/// @param from first instant
/// @param to end, exclusive
/// @param tenants only these; empty: whoever used something that is priced
public record Question(Instant from, Instant to, List<Candidate> candidates, List<TenantId> tenants) {
    public static final int CANDIDATES_MAX = 20;
    public static final int NAME_LENGTH_MAX = 100;

    /// Price models of all candidates together.
    public static final int PRICES_MAX = 1_000;

    public static final int TENANTS_MAX = 1_000;

    public Question {
        candidates = List.copyOf(candidates);
        tenants = List.copyOf(tenants);
    }
}
