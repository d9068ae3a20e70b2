package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// The credit notes of all organizations. Thread-safe.
public interface CreditNotes {
    /// Most lines of one note.
    int LINES_MAX = 100;

    /// @param amount in the invoice's currency, greater than 0 and with no more digits than it has
    record Order(
            OrganizationId organizationId,
            String invoiceId,
            BigDecimal amount,
            List<CreditNote.Line> lines,
            String reason) {
        public Order {
            lines = List.copyOf(lines);
        }
    }

    /// What became of an order.
    sealed interface Outcome {
        record Made(CreditNote note) implements Outcome {}

        /// The state of the invoice does not allow one.
        record Forbidden(InvoiceStatus status) implements Outcome {}

        /// More than is left of the invoice's total.
        record TooMuch(BigDecimal left) implements Outcome {}

        /// The currency has fewer digits.
        record TooFine(int digits) implements Outcome {}

        record NoInvoice() implements Outcome {}
    }

    /// Gives back a part of a finalized invoice: what is not paid yet is lessened, the rest is credit of the tenant.
    Outcome order(Order order, Actor actor);

    Optional<CreditNote> find(OrganizationId organizationId, String id);

    /// Newest first.
    List<CreditNote> list(OrganizationId organizationId, Optional<TimeCursor> after, int limit);
}
