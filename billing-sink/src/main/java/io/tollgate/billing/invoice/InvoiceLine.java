package io.tollgate.billing.invoice;

import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.rating.Charge;
import io.tollgate.metering.rating.ChargePart;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// One line of an invoice.
///
/// @param meter what was used
/// @param operation by which its value came from its events
/// @param quantity the period's value by the meter's operation; of an adjustment, what it differs by
/// @param total rounded to the minor unit of the invoice's currency
/// @param taxRate share of the total that is tax
/// @param priceModelId the version in force at the end of the period; empty: the meter is not priced
/// @param billedBy empty, or who else bills it: then the line costs nothing here
/// @param adjusts what an adjustment corrects
/// @param parts why it costs so much
public record InvoiceLine(
        Kind kind,
        String meter,
        Operation operation,
        BigDecimal quantity,
        BigDecimal total,
        BigDecimal taxRate,
        BillingPeriod period,
        Optional<String> priceModelId,
        Optional<String> billedBy,
        Optional<Adjusts> adjusts,
        List<ChargePart> parts) {
    /// What a line is about.
    public enum Kind {
        USAGE,
        FLAT,
        ADJUSTMENT
    }

    /// An invoice that had been finalized, and why it is corrected.
    public record Adjusts(String invoiceId, Cause cause) {}

    /// Why a finalized invoice is corrected.
    public enum Cause {
        /// Events of its period arrived after it was calculated.
        LATE_EVENTS,
        /// Events that it bills were voided or amended since.
        CORRECTIONS
    }

    public InvoiceLine {
        parts = List.copyOf(parts);
    }

    /// Whether its events cost something, or are billed elsewhere.
    public boolean priced() {
        return priceModelId.isPresent() || billedBy.isPresent() || !parts.isEmpty();
    }

    /// For display; never multiplied again.
    public BigDecimal unitPrice() {
        return Charge.shownUnitPrice(total, quantity);
    }
}
