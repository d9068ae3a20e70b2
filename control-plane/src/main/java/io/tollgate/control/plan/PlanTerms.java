package io.tollgate.control.plan;

import java.util.Optional;

/// What of a plan can be changed.
///
/// @param name unique within the organization
/// @param stripePriceId unique within the organization; at most one plan has none
public record PlanTerms(String name, Optional<String> stripePriceId) {
    /// Longest name in characters.
    public static final int NAME_LENGTH_MAX = 100;

    /// Longest id of a price in characters, as Stripe documents its ids.
    public static final int PRICE_LENGTH_MAX = 255;
}
