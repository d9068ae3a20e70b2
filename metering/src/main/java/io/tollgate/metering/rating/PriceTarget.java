package io.tollgate.metering.rating;

/// Whom a price is for. The most specific one in force wins.
public sealed interface PriceTarget {
    /// Every tenant of the organization.
    record Organization() implements PriceTarget {}

    /// Tenants on a plan.
    record Plan(String planId) implements PriceTarget {}

    /// One tenant.
    record Tenant(String tenantId) implements PriceTarget {}

    /// Greater wins.
    default int precedence() {
        return switch (this) {
            case Organization organization -> 0;
            case Plan plan -> 1;
            case Tenant tenant -> 2;
        };
    }
}
