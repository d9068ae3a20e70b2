package io.tollgate.billing.audit;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceAmounts;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.invoice.InvoiceStatus;
import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.meter.Operation;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/// Invoices with their events in one file, to be audited where neither log nor store can be reached: gzip over lines of
/// JSON, an invoice and then each of its events in the order of their ids.
public final class AuditBundle implements BookAudit.Listener, Closeable {
    private static final String FORMAT = "tollgate-audit-1";
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Writer out;

    public AuditBundle(Path file) throws IOException {
        this.out = new BufferedWriter(
                new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8));
        write(JSON.createObjectNode().put("format", FORMAT));
    }

    @Override
    public void audited(AuditedInvoice audited, Collection<ProofLeaf> leaves) {
        Invoice invoice = audited.invoice();
        InvoiceAmounts amounts = invoice.amounts();
        ObjectNode view = JSON.createObjectNode()
                .put("invoice_number", audited.name())
                .put("organization_id", invoice.organizationId().value())
                .put("tenant_id", invoice.tenantId().value())
                .put("status", invoice.status().orElseThrow().name())
                .put("period_start", invoice.period().start().toString())
                .put("period_end", invoice.period().end().toString())
                .put("currency", amounts.currency().getCurrencyCode())
                .put("subtotal", amounts.subtotal().toPlainString())
                .put("tax_rate", amounts.taxRate().toPlainString())
                .put("tax", amounts.tax().toPlainString())
                .put("total", amounts.total().toPlainString())
                .put("credit", amounts.credit().toPlainString())
                .put("root", invoice.proof().orElseThrow().root())
                .put("leaf_count", invoice.proof().orElseThrow().leafCount());
        ArrayNode lines = view.putArray("lines");
        invoice.lines()
                .forEach(line -> lines.addObject()
                        .put("kind", line.kind().name())
                        .put("event_type", line.meter())
                        .put("operation", line.operation().name())
                        .put("quantity", line.quantity().toPlainString())
                        .put("total_price", line.total().toPlainString())
                        .put("tax_rate", line.taxRate().toPlainString())
                        .put(
                                "adjusts_invoice_id",
                                line.adjusts()
                                        .map(InvoiceLine.Adjusts::invoiceId)
                                        .orElse(null)));
        write(view);
        leaves.forEach(leaf -> write(JSON.createObjectNode()
                .put("event_id", leaf.eventId().value())
                .put("event_type", leaf.meter())
                .put("quantity", leaf.quantity().toPlainString())
                .put("timestamp", leaf.eventTime().toString())));
    }

    private void write(ObjectNode line) {
        try {
            out.write(line.toString());
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /// Audits the invoices of a bundle by what is in it.
    ///
    /// @throws IllegalArgumentException saying what is wrong with the file, if it is no bundle
    public static BookAudit.Report audit(Path file) throws IOException {
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            String head = in.readLine();
            if (head == null
                    || !FORMAT.equals(JSON.readTree(head).path("format").asText())) {
                throw new IllegalArgumentException("is no bundle of the format " + FORMAT);
            }
            Reading reading = new Reading();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                reading.take(JSON.readTree(line));
            }
            return reading.report();
        }
    }

    /// An invoice and its events, one after the other.
    private static final class Reading {
        private final List<Finding> findings = new ArrayList<>();
        private Optional<Invoice> invoice = Optional.empty();
        private List<ProofLeaf> leaves = new ArrayList<>();
        private int invoices;
        private long events;

        void take(JsonNode line) {
            if (line.has("invoice_number")) {
                finish();
                invoice = Optional.of(invoice(line));
                invoices++;
            } else {
                leaves.add(new ProofLeaf(
                        new EventId(line.path("event_id").asText()),
                        line.path("event_type").asText(),
                        number(line, "quantity"),
                        Instant.parse(line.path("timestamp").asText())));
                events++;
            }
        }

        private void finish() {
            invoice.ifPresent(one -> {
                for (int i = 1; i < leaves.size(); i++) {
                    String id = leaves.get(i).eventId().value();
                    if (leaves.get(i - 1).eventId().value().compareTo(id) >= 0) {
                        findings.add(new Finding(one.number().orElseThrow(), "event " + id + " is there twice"));
                    }
                }
                findings.addAll(Audit.check(one, leaves, "the bundle"));
            });
            leaves = new ArrayList<>();
        }

        BookAudit.Report report() {
            finish();
            return new BookAudit.Report(invoices, events, findings);
        }

        private static Invoice invoice(JsonNode view) {
            BillingPeriod period = new BillingPeriod(
                    Instant.parse(view.path("period_start").asText()),
                    Instant.parse(view.path("period_end").asText()));
            List<InvoiceLine> lines = new ArrayList<>();
            view.path("lines").forEach(line -> lines.add(line(line, period)));
            return new Invoice(
                    new OrganizationId(view.path("organization_id").asText()),
                    new TenantId(view.path("tenant_id").asText()),
                    Optional.empty(),
                    Optional.of(view.path("invoice_number").asText()),
                    new Invoice.Parties("", "", Optional.empty(), Optional.empty()),
                    period,
                    Optional.of(InvoiceStatus.valueOf(view.path("status").asText())),
                    new InvoiceAmounts(
                            Currency.getInstance(view.path("currency").asText()),
                            number(view, "subtotal"),
                            number(view, "tax_rate"),
                            number(view, "tax"),
                            number(view, "total"),
                            number(view, "credit")),
                    BigDecimal.ZERO,
                    new Invoice.Dates(
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Instant.EPOCH,
                            Instant.EPOCH),
                    Optional.of(new Invoice.Proof(
                            view.path("root").asText(), view.path("leaf_count").asLong(), "{}")),
                    "{}",
                    lines);
        }

        private static InvoiceLine line(JsonNode line, BillingPeriod period) {
            Optional<InvoiceLine.Adjusts> adjusts =
                    line.path("adjusts_invoice_id").isTextual()
                            ? Optional.of(new InvoiceLine.Adjusts(
                                    line.path("adjusts_invoice_id").asText(), InvoiceLine.Cause.LATE_EVENTS))
                            : Optional.empty();
            return new InvoiceLine(
                    InvoiceLine.Kind.valueOf(line.path("kind").asText()),
                    line.path("event_type").asText(),
                    Operation.valueOf(line.path("operation").asText()),
                    number(line, "quantity"),
                    number(line, "total_price"),
                    number(line, "tax_rate"),
                    period,
                    Optional.empty(),
                    Optional.empty(),
                    adjusts,
                    List.of());
        }

        private static BigDecimal number(JsonNode view, String name) {
            return new BigDecimal(view.path(name).asText());
        }
    }
}
