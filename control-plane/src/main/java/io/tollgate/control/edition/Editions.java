package io.tollgate.control.edition;

import io.tollgate.contract.OrganizationId;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/// The editions of usage metering, and which organization has which. Thread-safe.
public interface Editions {
    /// An organization as somebody who buys.
    ///
    /// @param customer at the provider; absent while it has bought nothing
    record Buyer(OrganizationId id, String name, String email, ZoneId zone, Optional<String> customer) {}

    /// What is offered, cheapest first.
    List<Edition> offered();

    /// An edition that is offered.
    Optional<Edition> find(String id);

    /// The newest subscription that serves: active, on trial, or with a payment that is late.
    Optional<EditionSubscription> current(OrganizationId organizationId);

    Optional<Buyer> buyer(OrganizationId organizationId);
}
