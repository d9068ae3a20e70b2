package io.tollgate.control.provider;

import java.time.Instant;
import java.util.Optional;

/// What an event says, whatever provider and form it came in.
///
/// @param objectId what it is about; events of one object are followed in the order of their times
/// @param rank place of the event's type in the life of its object: orders events of the same second
/// @param customer the provider's customer
/// @param organization id of an organization that the object names as its own
public record ProviderFact(
        String objectId, int rank, Optional<String> customer, Optional<String> organization, Change change) {

    /// What has happened.
    public sealed interface Change {}

    /// Somebody has paid at a checkout and is now a customer of the provider.
    ///
    /// @param reference whom the payer is known as here: a tenant or an organization
    public record Linked(Optional<String> reference, Optional<String> subscription) implements Change {}

    /// A subscription as it is now.
    ///
    /// @param status in Stripe's words
    /// @param price absent if the event names none
    /// @param edition what the price says of itself
    /// @param cancels when it ends by itself, if that is settled
    /// @param cancelsAtPeriodEnd whether it ends with its period
    /// @param endedAt when it ended
    public record Subscribed(
            String subscription,
            String status,
            Optional<String> price,
            Optional<String> edition,
            Optional<Instant> periodStart,
            Optional<Instant> periodEnd,
            Optional<Instant> cancels,
            boolean cancelsAtPeriodEnd,
            Optional<Instant> endedAt)
            implements Change {}

    /// A subscription is over.
    public record Unsubscribed(String subscription, Optional<Instant> endedAt) implements Change {}

    /// There is an invoice.
    ///
    /// @param begins whether it begins a billing cycle
    /// @param finished whether it is final
    /// @param periodEnd of what is paid for
    /// @param usedUntil end of the period whose use is billed, which lies behind
    public record Invoiced(
            String invoice,
            boolean begins,
            boolean finished,
            Instant date,
            Optional<Instant> periodEnd,
            Optional<Instant> usedUntil)
            implements Change {}

    /// An invoice is paid.
    ///
    /// @param price of its first line, if it names one
    public record Paid(String invoice, Optional<String> price) implements Change {}

    public record PaymentFailed() implements Change {}

    /// Nothing that concerns anybody here.
    public record Nothing() implements Change {}
}
