package io.tollgate.control.plan;

/// What became of the wish to delete a plan.
public sealed interface PlanDeletion {
    /// It is gone, and its limits with it.
    record Deleted() implements PlanDeletion {}

    /// Tenants are on it, by its id or its name.
    record InUse(long tenants) implements PlanDeletion {}

    /// There is no such plan.
    record Absent() implements PlanDeletion {}
}
