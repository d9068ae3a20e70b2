package io.tollgate.quota.definition;

import io.tollgate.definition.TenantDefinition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A tenant as gateways know it.
///
/// @param planRef id or name of its plan, which need not exist
/// @param stripePriceId price that chooses the plan where `planRef` is absent
/// @param subscriptionEndsAt from then on, inclusive, it is on the free plan
public record Tenant(
        Status status,
        Optional<String> planRef,
        Optional<String> stripePriceId,
        Optional<Instant> subscriptionEndsAt,
        List<String> machineIds) {
    /// A tenant about whom nothing more is known than that it has usage.
    public static final Tenant IMPLICIT =
            new Tenant(Status.ACTIVE, Optional.empty(), Optional.empty(), Optional.empty(), List.of());

    public Tenant {
        machineIds = List.copyOf(machineIds);
    }

    /// Whether a tenant may be served.
    public enum Status {
        ACTIVE,
        /// Refused by proxy and checks; its events are recorded.
        SUSPENDED,
        /// Refused by everything.
        DELETED
    }

    static Tenant fromAvro(TenantDefinition tenant) {
        return new Tenant(
                switch (tenant.getStatus()) {
                    case ACTIVE -> Status.ACTIVE;
                    case DELETED -> Status.DELETED;
                    // A status of a later version is not known to be harmless.
                    case SUSPENDED, UNKNOWN -> Status.SUSPENDED;
                },
                Optional.ofNullable(tenant.getPlanRef()),
                Optional.ofNullable(tenant.getStripePriceId()),
                Optional.ofNullable(tenant.getSubscriptionEndsAt()),
                tenant.getMachineIds());
    }
}
