package io.tollgate.metering.limit;

/// Where the limits of a tenant's meter come from, the strongest first: the first that has any supplies all.
public enum LimitSource {
    /// Limits of this one tenant.
    OVERRIDE("override"),
    /// Limits of the tenant's effective plan.
    PLAN("plan"),
    /// The metric's own limit.
    METRIC("metric"),
    /// Limits of the organization for every tenant.
    DEFAULT("default");

    private final String word;

    LimitSource(String word) {
        this.word = word;
    }

    /// As it is written in answers.
    public String word() {
        return word;
    }
}
