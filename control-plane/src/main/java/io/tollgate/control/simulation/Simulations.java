package io.tollgate.control.simulation;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Optional;

/// The simulations of all organizations, as those see them who ask. Thread-safe.
public interface Simulations {
    /// Simulations of one organization that are not finished.
    int OPEN_MAX = 10;

    /// Longest period: what is priced month by month is held in memory for a tenant.
    int MONTHS_MAX = 120;

    /// How far one is.
    enum Status {
        PENDING,
        RUNNING,
        COMPLETED,
        FAILED
    }

    /// What became of the wish to simulate.
    sealed interface Creation {
        record Created(String id) implements Creation {}

        /// [#OPEN_MAX] others are not finished.
        record TooMany() implements Creation {}

        /// A price is for a plan that does not exist.
        record NoPlan(String path, String planRef) implements Creation {}

        record NoTenant(TenantId tenantId) implements Creation {}

        /// Something of it cannot be, now that zone and currency of the organization are known.
        record Invalid(String path, String message) implements Creation {}

        record NoOrganization() implements Creation {}
    }

    /// A simulation.
    ///
    /// @param tenantsDone how many tenants are priced so far
    /// @param candidates their names
    /// @param error why it failed
    record Simulation(
            String id,
            Status status,
            Instant from,
            Instant to,
            Currency currency,
            int tenantsDone,
            List<String> candidates,
            Optional<String> error,
            Instant createdAt,
            Optional<Instant> finishedAt) {
        public Simulation {
            candidates = List.copyOf(candidates);
        }
    }

    /// A candidate's answer over all tenants.
    ///
    /// @param winners tenants that would have paid less
    /// @param losers tenants that would have paid more
    record Sum(BigDecimal current, BigDecimal candidate, long tenants, long winners, long losers) {}

    Creation create(OrganizationId organizationId, Draft draft, Actor actor);

    Optional<Simulation> find(OrganizationId organizationId, String id);

    /// One per candidate, in their order.
    List<Sum> sums(Simulation completed);

    /// What tenants paid and would have paid, in the order of their ids.
    ///
    /// @param after only tenants after this one
    /// @param limit most tenants
    List<Totals> totals(Simulation completed, Optional<String> after, int limit);
}
