package io.tollgate.control.provider;

/// What became of the wish to override a subscription.
public sealed interface Overriding {
    record Overridden() implements Overriding {}

    record NoSubscriber() implements Overriding {}

    /// It is no customer of the provider, so there is nothing to override.
    record NoProviderCustomer() implements Overriding {}
}
