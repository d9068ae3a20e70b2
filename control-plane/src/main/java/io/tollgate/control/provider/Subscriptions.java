package io.tollgate.control.provider;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The subscriptions of organizations and tenants, as far as an operator has to do with them. Each change is audited
/// under
/// its actor. Thread-safe.
public interface Subscriptions {
    /// An organization as a customer of the operator.
    record Account(OrganizationId id, String name, String email, String edition, Optional<String> providerCustomer) {}

    /// An organization that is a customer of the provider.
    record Subscriber(OrganizationId id, String providerCustomer) {}

    Optional<Account> account(OrganizationId id);

    Overriding override(Actor actor, OrganizationId id, SubscriptionOverride wanted);

    Overriding override(Actor actor, OrganizationId id, TenantId tenantId, SubscriptionOverride wanted);

    /// Subscribers in the order of their ids.
    ///
    /// @param after id of the last one of the page before; empty for the first page
    List<Subscriber> subscribers(String after, int limit);

    /// Makes an organization's subscription what the provider says; absent: it says that there is none. Answers whether
    /// they differed.
    boolean reconcile(Actor actor, Subscriber subscriber, Optional<ProviderFact.Subscribed> told);

    /// Prices of what organizations buy beside their subscription of the platform.
    Set<String> pricesBeside();

    /// Notes that a reconciliation was made.
    void reconciled(Actor actor, Reconciliation.Report report);
}
