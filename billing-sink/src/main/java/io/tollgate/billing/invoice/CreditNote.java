package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Currency;
import java.util.List;

/// What was given back of an invoice.
///
/// @param amount with tax
/// @param deducted part of it that the invoice, not paid yet, was lessened by; the rest is credit of the tenant
public record CreditNote(
        String id,
        String number,
        OrganizationId organizationId,
        TenantId tenantId,
        String invoiceId,
        Currency currency,
        BigDecimal amount,
        BigDecimal deducted,
        String reason,
        List<Line> lines,
        Instant createdAt) {
    public CreditNote {
        lines = List.copyOf(lines);
    }

    /// What a part of it is for.
    public record Line(String description, BigDecimal amount) {}
}
