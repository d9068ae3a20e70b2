package io.tollgate.control.provider;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The platform editions that an organization can buy, and what they are called at Stripe.
///
/// @param byPrice edition of each price that the operator has named
public record Editions(Map<String, String> byPrice) {
    public static final String FREE = "free";
    public static final Set<String> NAMES = Set.of(FREE, "pro", "scale", "enterprise");

    public Editions {
        byPrice = Map.copyOf(byPrice);
    }

    /// @param told what the price says of itself at the provider
    public Optional<String> of(String price, Optional<String> told) {
        return Optional.ofNullable(byPrice.get(price)).or(() -> told.filter(NAMES::contains));
    }
}
