package io.tollgate.control.price;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import io.tollgate.metering.rating.PriceList;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The price models of all organizations. Thread-safe.
public interface PriceModels {
    /// Makes one; where another of the same target and meter is in force without end since earlier, that one ends where
    /// this begins.
    PriceOutcome create(OrganizationId organizationId, PriceTerms terms, Actor actor);

    List<StoredPrice> list(PriceQuery query);

    Optional<StoredPrice> find(OrganizationId organizationId, String id);

    /// Changes one while no other one of the organization changes.
    ///
    /// @param change what it says from now on, or that it is deleted; may throw, and then changes nothing
    PriceOutcome change(
            OrganizationId organizationId, String id, Function<PriceTerms, Optional<PriceTerms>> change, Actor actor);

    /// Everything that prices a meter of the organization, at whatever time.
    PriceList pricesOf(OrganizationId organizationId, String meter);

    /// Everything that prices anything of the organization for some event of `[from, to)`.
    PriceList pricesOf(OrganizationId organizationId, Instant from, Instant to);
}
