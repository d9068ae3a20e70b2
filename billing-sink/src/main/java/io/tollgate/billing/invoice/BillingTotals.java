package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Optional;

/// What invoices come to, in one currency; void ones do not count.
///
/// @param billed totals of all
/// @param paid totals of those that are paid
/// @param pending totals of drafts and of what waits to be paid
public record BillingTotals(Currency currency, BigDecimal billed, BigDecimal paid, BigDecimal pending, long invoices) {
    /// Where they are added up. Thread-safe.
    public interface Source {
        /// Of invoices whose period begins in `[from, before)`, by currency, the one with the most invoices first.
        List<BillingTotals> of(
                OrganizationId organizationId,
                Optional<TenantId> tenantId,
                Optional<Instant> from,
                Optional<Instant> before);
    }
}
