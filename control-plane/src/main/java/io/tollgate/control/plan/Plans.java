package io.tollgate.control.plan;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The plans of all organizations. A change is in force at this instance on return, unless waiting for that was given
/// up. Thread-safe.
public interface Plans {
    /// @param id brought by the organization; else one is made
    PlanOutcome create(OrganizationId organizationId, Optional<String> id, PlanTerms terms, Actor actor);

    /// Newest first.
    ///
    /// @param limit most plans; all of them if empty
    /// @param after the last one seen
    List<StoredPlan> list(OrganizationId organizationId, Optional<Integer> limit, Optional<TimeCursor> after);

    Optional<StoredPlan> find(OrganizationId organizationId, String id);

    /// Changes a plan while no other plan of the organization changes. Tenants that are on it by its former name stay
    /// on
    /// it.
    ///
    /// @param change may throw, and then changes nothing
    PlanOutcome change(OrganizationId organizationId, String id, UnaryOperator<PlanTerms> change, Actor actor);

    PlanDeletion delete(OrganizationId organizationId, String id, Actor actor);
}
