package io.tollgate.control.provider;

import java.util.Optional;
import java.util.Set;

/// How an operator wants a subscription to be.
///
/// @param price absent: the one it has
/// @param days after so many it is again as the provider tells it; absent: until the provider tells something newer
public record SubscriptionOverride(String status, Optional<String> price, Optional<Integer> days) {
    /// Ten years: longer is not an exception but a plan.
    public static final int DAYS_MAX = 3_650;

    /// Longest id of a price in characters.
    public static final int PRICE_LENGTH_MAX = 100;

    public static final Set<String> STATUSES = Set.of(
            "active",
            "trialing",
            "past_due",
            "canceled",
            "unpaid",
            "incomplete",
            "incomplete_expired",
            "paused",
            "free");
}
