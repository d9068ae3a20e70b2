package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// An invoice as it stands.
///
/// @param id UUIDv4; empty for a preview
/// @param number empty for a preview
/// @param parties who bills whom, by name
/// @param status empty for a preview
/// @param creditApplied part of the total that earlier credit pays, or a credit note has taken off
/// @param metadata text of a JSON object
/// @param lines empty in lists
public record Invoice(
        OrganizationId organizationId,
        TenantId tenantId,
        Optional<String> id,
        Optional<String> number,
        Parties parties,
        BillingPeriod period,
        Optional<InvoiceStatus> status,
        InvoiceAmounts amounts,
        BigDecimal creditApplied,
        Dates dates,
        Optional<Proof> proof,
        String metadata,
        List<InvoiceLine> lines) {
    public Invoice {
        lines = List.copyOf(lines);
    }

    /// @param planId the plan by whose prices it is calculated
    public record Parties(
            String organizationName, String tenantName, Optional<String> tenantEmail, Optional<String> planId) {}

    /// When what happened to it.
    public record Dates(
            Optional<Instant> due,
            Optional<Instant> finalized,
            Optional<Instant> paid,
            Optional<Instant> voided,
            Instant created,
            Instant updated) {}

    /// @param root in hexadecimal
    /// @param statement text of a JSON object
    public record Proof(String root, long leafCount, String statement) {}

    /// Without the lines by which it adjusts other invoices.
    public List<InvoiceLine> linesOfPeriod() {
        return lines.stream().filter(line -> line.adjusts().isEmpty()).toList();
    }

    public BigDecimal amountDue() {
        return amounts.total().subtract(creditApplied);
    }
}
