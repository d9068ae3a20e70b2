package io.tollgate.control.provider;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Subscriptions as the provider has them. Thread-safe.
public interface ProviderSubscriptions {
    /// @param created when it was made
    record Known(String id, String customer, Instant created, ProviderFact.Subscribed subscription) {}

    /// @param next where the next page begins; absent on the last
    record Page(List<Known> subscriptions, Optional<String> next) {
        public Page {
            subscriptions = List.copyOf(subscriptions);
        }
    }

    /// The provider did not answer, or with an error; asking again later may help.
    final class UnavailableException extends Exception {
        private static final long serialVersionUID = 1L;

        public UnavailableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// All subscriptions, ended ones too.
    Page page(Optional<String> after) throws UnavailableException;
}
