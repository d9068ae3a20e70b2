package io.tollgate.billing.invoice;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.Optional;

/// Who bills whom and how, as it stands now; without the prices.
///
/// @param numberName what stands for the organization in numbers of invoices, in capitals
/// @param currency of invoices whose prices name none
/// @param zone in which dates are days
/// @param taxRate 0.075 for 7.5 %
/// @param paymentTermsDays from the end of a period until its invoice is due
/// @param planId the plan that the tenant is on
public record BillingTerms(
        String organizationName,
        String numberName,
        Currency currency,
        ZoneId zone,
        BigDecimal taxRate,
        int paymentTermsDays,
        String tenantName,
        Optional<String> tenantEmail,
        Optional<String> planId) {
    /// When an invoice of `period` is to be paid, if nobody says otherwise.
    public Instant due(BillingPeriod period) {
        return period.end().plus(paymentTermsDays, ChronoUnit.DAYS);
    }
}
