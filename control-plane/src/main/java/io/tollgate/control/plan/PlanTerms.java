package io.tollgate.control.plan;

import java.util.Optional;

/// What of a plan can be changed.
///
/// @param name unique within the organization
/// @param stripePriceId unique within the organization; at most one plan has none
/// @param machines made for a tenant with each payment
/// @param dockerImage what they run; given if there are any
public record PlanTerms(String name, Optional<String> stripePriceId, int machines, Optional<String> dockerImage) {
    /// Longest name in characters.
    public static final int NAME_LENGTH_MAX = 100;

    /// Most machines of a plan, which is what a tenant can have.
    public static final int MACHINES_MAX = 100;

    /// Longest name of an image in characters.
    public static final int IMAGE_LENGTH_MAX = 500;

    /// Longest id of a price in characters, as Stripe documents its ids.
    public static final int PRICE_LENGTH_MAX = 255;
}
