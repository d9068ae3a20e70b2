package io.tollgate.billing.invoice.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceAmounts;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.proof.Inclusion;
import io.tollgate.billing.proof.ProofHash;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.rating.ChargePart;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Invoices as answers show them.
final class InvoiceView {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);
    private static final ObjectMapper JSON = new ObjectMapper();

    private InvoiceView() {}

    /// With its lines, and whom it bills.
    static ObjectNode full(Invoice invoice) {
        ObjectNode view = head(invoice);
        view.set("lines", lines(invoice));
        view.putObject("tenant")
                .put("tenant_id", invoice.tenantId().value())
                .put("name", invoice.parties().tenantName())
                .put("email", invoice.parties().tenantEmail().orElse(null));
        return view;
    }

    /// As lists show it.
    static ObjectNode head(Invoice invoice) {
        InvoiceAmounts amounts = invoice.amounts();
        ObjectNode view = NODES.objectNode()
                .put("id", invoice.id().orElse(null))
                .put("invoice_number", invoice.number().orElse(null))
                .put("tenant_id", invoice.tenantId().value())
                .put("period_start", invoice.period().start().toString())
                .put("period_end", invoice.period().end().toString())
                .put("status", invoice.status().map(Enum::name).orElse("PREVIEW"))
                .put("currency", amounts.currency().getCurrencyCode())
                .put("subtotal", amounts.subtotal())
                .put("tax_rate", Quantity.withFraction(amounts.taxRate()))
                .put("tax", amounts.tax())
                .put("total", amounts.total())
                .put("credit", amounts.credit())
                .put("credit_applied", invoice.creditApplied())
                .put("amount_due", invoice.amountDue())
                .put("due_date", text(invoice.dates().due()))
                .put("paid_at", text(invoice.dates().paid()))
                .put("finalized_at", text(invoice.dates().finalized()))
                .put("voided_at", text(invoice.dates().voided()));
        invoice.proof()
                .ifPresentOrElse(
                        proof -> view.putObject("proof")
                                .put("root", proof.root())
                                .put("leaf_count", proof.leafCount()),
                        () -> view.putNull("proof"));
        view.set("metadata", json(invoice.metadata()));
        return view.put("created_at", invoice.dates().created().toString())
                .put("updated_at", invoice.dates().updated().toString());
    }

    private static ArrayNode lines(Invoice invoice) {
        ArrayNode lines = NODES.arrayNode();
        int number = 0;
        for (InvoiceLine line : invoice.lines()) {
            number++;
            int place = number;
            ObjectNode view = lines.addObject()
                    .put("id", invoice.id().map(id -> id + "-" + place).orElse(null))
                    .put("kind", line.kind().name())
                    .put("event_type", line.meter())
                    .put("quantity", Quantity.withFraction(line.quantity()))
                    .put("unit_price", line.unitPrice())
                    .put("total_price", line.total())
                    .put("tax_rate", Quantity.withFraction(line.taxRate()))
                    .put("price_model_id", line.priceModelId().orElse(null))
                    .put("period_start", line.period().start().toString())
                    .put("period_end", line.period().end().toString());
            line.billedBy().ifPresent(other -> view.put("billed_by", other));
            line.adjusts()
                    .ifPresent(adjusts -> view.put("adjusts_invoice_id", adjusts.invoiceId())
                            .put("adjusted_for", adjusts.cause().name()));
            view.putObject("metadata").set("tierBreakdown", breakdown(line.parts()));
        }
        return lines;
    }

    private static ArrayNode breakdown(List<ChargePart> parts) {
        ArrayNode breakdown = NODES.arrayNode();
        parts.forEach(part -> breakdown
                .addObject()
                .put("kind", part.kind().name())
                .put("tierLevel", part.tierLevel())
                .put("quantity", Quantity.withFraction(part.quantity()))
                .put("unitPrice", part.unitPrice().stripTrailingZeros())
                .put("subtotal", part.subtotal().stripTrailingZeros()));
        return breakdown;
    }

    /// The conservation statement and the root.
    static ObjectNode proof(Invoice.Proof proof) {
        ObjectNode view = NODES.objectNode()
                .put("root", proof.root())
                .put("leaf_count", proof.leafCount())
                .put("algorithm", "RFC 6962 SHA-256, leaves event_id|event_type|quantity|timestamp by event id");
        view.set("statement", json(proof.statement()));
        return view;
    }

    static ObjectNode inclusion(Inclusion inclusion) {
        ObjectNode view = NODES.objectNode()
                .put("event_id", inclusion.leaf().eventId().value())
                .put("leaf", inclusion.leaf().text())
                .put("index", inclusion.index())
                .put("leaf_count", inclusion.leafCount());
        ArrayNode path = view.putArray("path");
        inclusion.path().stream().map(ProofHash::hex).forEach(path::add);
        return view.put("root", inclusion.root().hex());
    }

    static @Nullable String text(Optional<Instant> instant) {
        return instant.map(Instant::toString).orElse(null);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL keeps JSON", e);
        }
    }
}
