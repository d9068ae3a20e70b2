package io.tollgate.control.provider;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// Where a subscriber stands: a tenant towards its organization, or an organization towards the operator.
///
/// @param status of the subscription
/// @param plan reference to a tenant's plan, or an organization's edition
/// @param endsAt from then on the subscription has ended
public record Standing(
        Optional<String> status,
        Optional<String> plan,
        Optional<String> price,
        Optional<String> subscription,
        Optional<Instant> endsAt,
        Optional<Instant> periodEnd) {
    public static final String ACTIVE = "active";
    public static final String PAST_DUE = "past_due";
    public static final String CANCELED = "canceled";

    /// Nothing is served for these any more.
    private static final Set<String> OVER = Set.of(CANCELED, "unpaid", "incomplete_expired");

    /// Not begun yet or resting: neither gives a plan nor takes one away.
    private static final Set<String> WAITING = Set.of("incomplete", "paused");

    /// After an event that tells how a subscription is.
    ///
    /// @param planOfPrice the plan that belongs to the price; absent keeps the plan
    /// @param statusHolds whether something newer has told the status, which stays then
    public Standing subscribed(
            ProviderFact.Subscribed told, Optional<String> planOfPrice, boolean statusHolds, Instant now) {
        boolean over = OVER.contains(told.status());
        boolean waiting = WAITING.contains(told.status());
        // The end of an old subscription does not end the one that has replaced it.
        if ((over || waiting) && isAnother(told.subscription())) {
            return this;
        }
        Optional<Instant> period = told.periodEnd().or(this::periodEnd);
        Optional<Instant> ends;
        if (over) {
            ends = Optional.of(told.endedAt().orElseGet(() -> endedBy(now)));
        } else if (waiting) {
            ends = endsAt;
        } else {
            ends = told.cancels().or(() -> told.cancelsAtPeriodEnd() ? period : Optional.empty());
        }
        return new Standing(
                statusHolds ? status : Optional.of(told.status()),
                waiting ? plan : planOfPrice.or(this::plan),
                waiting ? price : told.price().or(this::price),
                Optional.of(told.subscription()),
                ends,
                period);
    }

    /// After the end of a subscription.
    public Standing unsubscribed(ProviderFact.Unsubscribed told, boolean statusHolds, Instant now) {
        if (isAnother(told.subscription())) {
            return this;
        }
        return new Standing(
                statusHolds ? status : Optional.of(CANCELED),
                plan,
                price,
                subscription,
                Optional.of(told.endedAt().orElseGet(() -> endedBy(now))),
                periodEnd);
    }

    /// With another status, unless the subscription is over: payments of what is over do not revive it.
    public Standing withStatus(String newStatus) {
        return status.filter(CANCELED::equals).isPresent()
                ? this
                : new Standing(Optional.of(newStatus), plan, price, subscription, endsAt, periodEnd);
    }

    public Standing withPlan(Optional<String> newPlan) {
        return new Standing(status, newPlan, price, subscription, endsAt, periodEnd);
    }

    public Standing withSubscription(Optional<String> newSubscription) {
        return new Standing(status, plan, price, newSubscription.or(this::subscription), endsAt, periodEnd);
    }

    /// With a later end of the paid period; it never moves back.
    public Standing paidUntil(Instant end) {
        return new Standing(
                status,
                plan,
                price,
                subscription,
                endsAt,
                Optional.of(periodEnd.filter(known -> known.isAfter(end)).orElse(end)));
    }

    /// As an operator wants it.
    ///
    /// @param newPrice absent keeps price and plan
    /// @param planOfPrice absent keeps the plan
    public Standing overridden(String newStatus, Optional<String> newPrice, Optional<String> planOfPrice, Instant now) {
        Optional<Instant> ends = OVER.contains(newStatus)
                ? Optional.of(endedBy(now))
                : newStatus.equals(PAST_DUE) || WAITING.contains(newStatus) ? endsAt : Optional.empty();
        return new Standing(
                Optional.of(newStatus),
                planOfPrice.or(this::plan),
                newPrice.or(this::price),
                subscription,
                ends,
                periodEnd);
    }

    /// Whether the subscription has ended for good.
    public boolean over() {
        return status.filter(OVER::contains).isPresent();
    }

    private boolean isAnother(String told) {
        return subscription.filter(known -> !known.equals(told)).isPresent();
    }

    // What has ended already does not end anew, so that an event may be processed twice.
    private Instant endedBy(Instant now) {
        return endsAt.filter(ended -> !ended.isAfter(now)).orElse(now);
    }
}
