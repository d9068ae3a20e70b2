package io.tollgate.control.machine;

/// The machines that come with a plan.
///
/// @param count made with each payment; 0 where a plan only says what machines are to run
public record PlanMachines(int count, String dockerImage) {
    /// Of a tenant without a plan, or of a plan that says nothing.
    public static final PlanMachines NONE = new PlanMachines(0, "");

    public PlanMachines {
        if (count < 0 || count > Machines.PER_TENANT_MAX) {
            throw new IllegalArgumentException("a plan has 0 to " + Machines.PER_TENANT_MAX + " machines");
        }
    }
}
