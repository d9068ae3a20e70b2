package io.tollgate.control.plan;

/// What became of the wish to make or change a plan limit.
public sealed interface PlanLimitOutcome {
    /// It is in force and, unless waiting for that was given up, applied at this instance.
    record Saved(StoredPlanLimit limit) implements PlanLimitOutcome {}

    /// Another limit has this plan, tenant or default, meter and period.
    record Taken() implements PlanLimitOutcome {}

    /// The organization has no plan of this id or name.
    record NoPlan(String planRef) implements PlanLimitOutcome {}

    /// No such limit, or no such organization.
    record Absent() implements PlanLimitOutcome {}
}
