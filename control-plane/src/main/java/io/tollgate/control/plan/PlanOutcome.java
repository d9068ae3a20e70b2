package io.tollgate.control.plan;

/// What became of the wish to make or change a plan.
public sealed interface PlanOutcome {
    /// It is in force and, unless waiting for that was given up, applied at this instance.
    record Saved(StoredPlan plan) implements PlanOutcome {}

    /// Another plan of the organization has what only one may have.
    record Taken(Unique what) implements PlanOutcome {}

    /// No such plan, or no such organization.
    record Absent() implements PlanOutcome {}

    /// What only one plan of an organization may have.
    enum Unique {
        ID,
        NAME,
        PRICE,
        /// Being without a price.
        FREE
    }
}
