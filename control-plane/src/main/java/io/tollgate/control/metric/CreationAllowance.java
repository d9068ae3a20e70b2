package io.tollgate.control.metric;

import java.util.Optional;

/// How many metrics an organization may make in a day (UTC), by what it has bought from the operator.
public enum CreationAllowance {
    /// By edition.
    BY_EDITION,
    /// Without bound: the installation belongs to its only customer.
    UNLIMITED;

    private static final int FREE_MAX = 10_000;
    private static final int UNKNOWN_MAX = 1_000;

    /// Most creations in a day; empty if there is no bound.
    ///
    /// @param planType name of the organization's edition
    public Optional<Integer> creationsMax(String planType) {
        if (this == UNLIMITED) {
            return Optional.empty();
        }
        return switch (planType) {
            case "free" -> Optional.of(FREE_MAX);
            case "pro", "scale", "enterprise" -> Optional.empty();
            default -> Optional.of(UNKNOWN_MAX);
        };
    }
}
