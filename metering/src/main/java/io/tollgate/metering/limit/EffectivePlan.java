package io.tollgate.metering.limit;

import java.time.Instant;
import java.util.Optional;

/// The plan whose limits apply to a tenant now. The tenant's own record is never changed by it.
///
/// @param plan empty if the tenant is on none
/// @param source what the plan was found by
/// @param expired whether the subscription has ended
/// @param freePlanMissing whether it has ended and there is no free plan to fall back to: the plan before stays in
/// force
/// @param reason one sentence for people
public record EffectivePlan(
        Optional<Plan> plan, Source source, boolean expired, boolean freePlanMissing, String reason) {
    /// Names of a plan that is the free one where no plan is without a price, in this order.
    private static final String[] FREE_NAMES = {"free_plan", "free"};

    /// What an effective plan was found by.
    public enum Source {
        /// The tenant's plan, by id or name.
        PLAN_ID("plan_id"),
        /// The plan with the tenant's price.
        STRIPE_PRICE("stripe_price_id"),
        /// The subscription has ended: the free plan.
        FREE("free_plan"),
        /// The tenant is on no plan.
        NONE("none");

        private final String word;

        Source(String word) {
            this.word = word;
        }

        /// As it is written in answers.
        public String word() {
            return word;
        }
    }

    /// @param planRef id or name of the plan that the tenant is on; it may name one that does not exist yet
    /// @param endsAt when the subscription ends; at that instant it has ended
    public static EffectivePlan of(
            PlanCatalog catalog,
            Optional<String> planRef,
            Optional<String> stripePriceId,
            Optional<Instant> endsAt,
            Instant now) {
        EffectivePlan subscribed = subscribed(catalog, planRef, stripePriceId);
        if (endsAt.isEmpty() || endsAt.get().isAfter(now)) {
            return subscribed;
        }
        Optional<Plan> free = freePlan(catalog);
        return free.isPresent()
                ? new EffectivePlan(free, Source.FREE, true, false, "The subscription ended at " + endsAt.get() + ".")
                : new EffectivePlan(
                        subscribed.plan(),
                        subscribed.source(),
                        true,
                        true,
                        "The subscription ended at " + endsAt.get() + " and there is no free plan.");
    }

    private static EffectivePlan subscribed(
            PlanCatalog catalog, Optional<String> planRef, Optional<String> stripePriceId) {
        Optional<Plan> named = planRef.flatMap(ref -> catalog.planById(ref).or(() -> catalog.planByName(ref)));
        if (named.isPresent()) {
            return new EffectivePlan(named, Source.PLAN_ID, false, false, "The customer is on this plan.");
        }
        Optional<Plan> priced = stripePriceId.flatMap(catalog::planByPrice);
        if (priced.isPresent()) {
            return new EffectivePlan(
                    priced, Source.STRIPE_PRICE, false, false, "The customer has the price of this plan.");
        }
        String reason = planRef.isPresent()
                ? "The customer's plan does not exist yet."
                : stripePriceId.isPresent() ? "No plan has the customer's price." : "The customer is on no plan.";
        return new EffectivePlan(Optional.empty(), Source.NONE, false, false, reason);
    }

    private static Optional<Plan> freePlan(PlanCatalog catalog) {
        Optional<Plan> free = catalog.planWithoutPrice();
        for (String name : FREE_NAMES) {
            free = free.or(() -> catalog.planByName(name));
        }
        return free;
    }
}
