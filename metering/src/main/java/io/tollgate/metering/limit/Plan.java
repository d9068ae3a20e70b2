package io.tollgate.metering.limit;

import java.util.Optional;

/// A set of limits that tenants are on.
///
/// @param stripePriceId what the plan is sold by; empty for the free plan
public record Plan(String id, String name, Optional<String> stripePriceId) {}
