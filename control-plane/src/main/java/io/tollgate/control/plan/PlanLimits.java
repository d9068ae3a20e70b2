package io.tollgate.control.plan;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The plan limits of all organizations. A change is in force at this instance on return, unless waiting for that was
/// given up. Thread-safe.
public interface PlanLimits {
    PlanLimitOutcome create(OrganizationId organizationId, PlanLimitTerms terms, Actor actor);

    /// Newest first.
    List<StoredPlanLimit> list(PlanLimitQuery query);

    Optional<StoredPlanLimit> find(OrganizationId organizationId, String id);

    /// Changes a limit while no other plan or limit of the organization changes.
    ///
    /// @param change may throw, and then changes nothing
    PlanLimitOutcome change(
            OrganizationId organizationId, String id, UnaryOperator<PlanLimitTerms> change, Actor actor);

    /// Answers false if there is no such limit.
    boolean delete(OrganizationId organizationId, String id, Actor actor);
}
