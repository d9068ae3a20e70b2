package io.tollgate.control.edition;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where editions are bought. Thread-safe.
public interface EditionShop {
    /// The provider did not answer, or with an error.
    final class UnavailableException extends Exception {
        private static final long serialVersionUID = 1L;

        public UnavailableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// Money is the currency's minor units.
    ///
    /// @param status in the provider's words
    record PastInvoice(
            String id,
            Optional<String> number,
            long amount,
            Optional<String> status,
            Instant created,
            Optional<String> hostedUrl,
            Optional<String> pdfUrl) {}

    record Line(Optional<String> description, long amount) {}

    record Upcoming(long amount, Instant periodStart, Instant periodEnd, List<Line> lines) {
        public Upcoming {
            lines = List.copyOf(lines);
        }
    }

    /// A page on which the edition is paid.
    ///
    /// @param price of the edition at the provider
    /// @param email in place of the buyer's own
    /// @param name in place of the buyer's own
    String checkout(Editions.Buyer buyer, String price, Optional<String> email, Optional<String> name)
            throws UnavailableException;

    /// A page on which a customer changes its payments and subscriptions.
    String portal(String customer) throws UnavailableException;

    /// Newest first.
    List<PastInvoice> invoices(String customer, int limit) throws UnavailableException;

    /// The next invoice as it would be now; absent if none is to come.
    Optional<Upcoming> upcoming(String customer, String subscription) throws UnavailableException;
}
