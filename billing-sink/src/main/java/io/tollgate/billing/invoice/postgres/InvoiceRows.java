package io.tollgate.billing.invoice.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceAmounts;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.invoice.InvoiceLine.Adjusts;
import io.tollgate.billing.invoice.InvoiceQuery;
import io.tollgate.billing.invoice.InvoiceStatus;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.rating.ChargePart;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/// Invoices and their lines as rows.
final class InvoiceRows {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private InvoiceRows() {}

    /// @param before the offset before which everything is taken in
    static void insert(Handle handle, Invoice invoice, long before) {
        handle.createUpdate("""
                        INSERT INTO invoices
                            (id, organization_id, tenant_id, tenant_name, tenant_email, organization_name, plan_id,
                             invoice_number, period_start, period_end, status, currency, subtotal, tax_rate, tax, total,
                             credit, metadata, log_before, calculated_at, created_at, updated_at)
                        VALUES
                            (:id, :organizationId, :tenantId, :tenantName, :tenantEmail, :organizationName, :planId,
                             :number, :start, :end, 'DRAFT', :currency, :subtotal, :taxRate, :tax, :total, :credit,
                             CAST(:metadata AS jsonb), :before, clock_timestamp(), :now, :now)
                        """)
                .bind("id", invoice.id().orElseThrow())
                .bind("organizationId", invoice.organizationId().value())
                .bind("tenantId", invoice.tenantId().value())
                .bind("number", invoice.number().orElseThrow())
                .bind("start", CoveredEvents.utc(invoice.period().start()))
                .bind("end", CoveredEvents.utc(invoice.period().end()))
                .bind("metadata", invoice.metadata())
                .bind("now", CoveredEvents.utc(invoice.dates().created()))
                .bind("before", before)
                .bindMap(calculated(invoice))
                .execute();
        insertLines(handle, invoice);
    }

    /// Writes what a new calculation gives of a draft that was [#clear]ed.
    static void recalculate(Handle handle, Invoice invoice, long before) {
        handle.createUpdate("""
                        UPDATE invoices SET
                            tenant_name = :tenantName, tenant_email = :tenantEmail,
                            organization_name = :organizationName, plan_id = :planId, currency = :currency,
                            subtotal = :subtotal, tax_rate = :taxRate, tax = :tax, total = :total, credit = :credit,
                            log_before = :before, calculated_at = clock_timestamp(), updated_at = :now
                        WHERE id = :id
                        """)
                .bind("id", invoice.id().orElseThrow())
                .bind("now", CoveredEvents.utc(invoice.dates().updated()))
                .bind("before", before)
                .bindMap(calculated(invoice))
                .execute();
        insertLines(handle, invoice);
    }

    private static Map<String, Object> calculated(Invoice invoice) {
        Map<String, Object> values = new HashMap<>();
        values.put("tenantName", invoice.parties().tenantName());
        values.put("tenantEmail", invoice.parties().tenantEmail().orElse(null));
        values.put("organizationName", invoice.parties().organizationName());
        values.put("planId", invoice.parties().planId().orElse(null));
        values.put("currency", invoice.amounts().currency().getCurrencyCode());
        values.put("subtotal", invoice.amounts().subtotal());
        values.put("taxRate", invoice.amounts().taxRate());
        values.put("tax", invoice.amounts().tax());
        values.put("total", invoice.amounts().total());
        values.put("credit", invoice.amounts().credit());
        return values;
    }

    private static void insertLines(Handle handle, Invoice invoice) {
        if (invoice.lines().isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch("""
                INSERT INTO invoice_lines
                    (invoice_id, line, kind, event_type, operation, quantity, total_price, tax_rate, price_model_id, billed_by,
                     period_start, period_end, adjusts_invoice_id, adjusted_for, parts)
                VALUES
                    (:invoiceId, :line, :kind, :meter, :operation, :quantity, :total, :taxRate, :priceModelId, :billedBy,
                     :start, :end, :adjusts, :adjustedFor, CAST(:parts AS jsonb))
                """);
        int number = 0;
        for (InvoiceLine line : invoice.lines()) {
            number++;
            batch.bind("invoiceId", invoice.id().orElseThrow())
                    .bind("line", number)
                    .bind("kind", line.kind().name())
                    .bind("meter", line.meter())
                    .bind("operation", line.operation().name())
                    .bind("quantity", line.quantity())
                    .bind("total", line.total())
                    .bind("taxRate", line.taxRate())
                    .bind("priceModelId", line.priceModelId().orElse(null))
                    .bind("billedBy", line.billedBy().orElse(null))
                    .bind("start", CoveredEvents.utc(line.period().start()))
                    .bind("end", CoveredEvents.utc(line.period().end()))
                    .bind("adjusts", line.adjusts().map(Adjusts::invoiceId).orElse(null))
                    .bind(
                            "adjustedFor",
                            line.adjusts().map(Adjusts::cause).map(Enum::name).orElse(null))
                    .bind("parts", partsJson(line.parts()))
                    .add();
        }
        batch.execute();
    }

    static Optional<Invoice> find(Handle handle, OrganizationId organizationId, String id) {
        return row(handle, organizationId, id, "").map(invoice -> withLines(handle, invoice));
    }

    static Optional<TenantId> tenantOf(Handle handle, OrganizationId organizationId, String id) {
        return handle.createQuery("SELECT tenant_id FROM invoices WHERE organization_id = :organizationId AND id = :id")
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> new TenantId(row.getString("tenant_id")))
                .findOne();
    }

    /// As [#find], and no other transaction changes it until this one ends.
    static Optional<Invoice> lock(Handle handle, OrganizationId organizationId, String id) {
        return row(handle, organizationId, id, " FOR UPDATE").map(invoice -> withLines(handle, invoice));
    }

    private static Optional<Invoice> row(Handle handle, OrganizationId organizationId, String id, String locking) {
        return handle.createQuery(
                        "SELECT * FROM invoices WHERE organization_id = :organizationId AND id = :id" + locking)
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> invoice(row))
                .findOne();
    }

    private static Invoice withLines(Handle handle, Invoice invoice) {
        return new Invoice(
                invoice.organizationId(),
                invoice.tenantId(),
                invoice.id(),
                invoice.number(),
                invoice.parties(),
                invoice.period(),
                invoice.status(),
                invoice.amounts(),
                invoice.creditApplied(),
                invoice.dates(),
                invoice.proof(),
                invoice.metadata(),
                lines(
                        handle,
                        "invoice_id = :id ORDER BY line",
                        invoice.id().orElseThrow(),
                        invoice.amounts().currency()));
    }

    /// The lines by which live invoices adjust this one already.
    static List<InvoiceLine> adjusting(Handle handle, Invoice adjusted) {
        return lines(
                handle, """
                adjusts_invoice_id = :id
                  AND EXISTS (SELECT 1 FROM invoices WHERE id = invoice_id AND status <> 'CANCELLED')
                ORDER BY invoice_id, line""", adjusted.id().orElseThrow(), adjusted.amounts().currency());
    }

    /// The id of another live invoice that covers events of this one's period, and so adjusts it.
    static Optional<String> adjuster(Handle handle, Invoice invoice) {
        return handle.createQuery("""
                        SELECT invoice_id FROM invoice_coverage
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId
                          AND event_times && tstzrange(:start, :end) AND invoice_id <> :id
                        ORDER BY lower(log_offsets) LIMIT 1
                        """)
                .bind("organizationId", invoice.organizationId().value())
                .bind("tenantId", invoice.tenantId().value())
                .bind("start", CoveredEvents.utc(invoice.period().start()))
                .bind("end", CoveredEvents.utc(invoice.period().end()))
                .bind("id", invoice.id().orElseThrow())
                .mapTo(String.class)
                .findOne();
    }

    /// Takes a draft's calculation back: neither lines nor events are its own any more.
    static void clear(Handle handle, String id) {
        handle.execute("DELETE FROM invoice_lines WHERE invoice_id = ?", id);
        CoveredEvents.uncover(handle, id);
    }

    private static List<InvoiceLine> lines(Handle handle, String which, String id, Currency currency) {
        return handle.createQuery("SELECT * FROM invoice_lines WHERE " + which)
                .bind("id", id)
                .map((row, context) -> line(row, currency))
                .list();
    }

    static List<Invoice> list(Handle handle, InvoiceQuery query) {
        return handle.createQuery("""
                        SELECT * FROM invoices
                        WHERE organization_id = :organizationId
                          AND (CAST(:tenantId AS text) IS NULL OR tenant_id = :tenantId)
                          AND (CAST(:status AS text) IS NULL OR status = :status)
                          AND (CAST(:from AS timestamptz) IS NULL OR period_end > :from)
                          AND (CAST(:before AS timestamptz) IS NULL OR period_start < :before)
                          AND (CAST(:afterAt AS timestamptz) IS NULL OR (created_at, id) < (:afterAt, :afterId))
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """)
                .bind("organizationId", query.organizationId().value())
                .bind("tenantId", query.tenantId().orElse(null))
                .bind("status", query.status().map(Enum::name).orElse(null))
                .bind("from", query.from().map(CoveredEvents::utc).orElse(null))
                .bind("before", query.before().map(CoveredEvents::utc).orElse(null))
                .bind(
                        "afterAt",
                        query.after()
                                .map(cursor -> CoveredEvents.utc(cursor.at()))
                                .orElse(null))
                .bind("afterId", query.after().map(TimeCursor::id).orElse(null))
                .bind("limit", query.limit())
                .map((row, context) -> invoice(row))
                .list();
    }

    static Invoice invoice(ResultSet row) throws SQLException {
        Currency currency = Currency.getInstance(row.getString("currency"));
        Optional<String> root = Optional.ofNullable(row.getString("proof_root"));
        Optional<Invoice.Proof> proof = root.isEmpty()
                ? Optional.empty()
                : Optional.of(new Invoice.Proof(root.get(), row.getLong("leaf_count"), row.getString("statement")));
        return new Invoice(
                new OrganizationId(row.getString("organization_id")),
                new TenantId(row.getString("tenant_id")),
                Optional.of(row.getString("id")),
                Optional.of(row.getString("invoice_number")),
                new Invoice.Parties(
                        row.getString("organization_name"),
                        row.getString("tenant_name"),
                        Optional.ofNullable(row.getString("tenant_email")),
                        Optional.ofNullable(row.getString("plan_id"))),
                period(row),
                Optional.of(InvoiceStatus.valueOf(row.getString("status"))),
                new InvoiceAmounts(
                        currency,
                        money(row, "subtotal", currency),
                        row.getBigDecimal("tax_rate"),
                        money(row, "tax", currency),
                        money(row, "total", currency),
                        money(row, "credit", currency)),
                money(row, "credit_applied", currency),
                new Invoice.Dates(
                        time(row, "due_date"),
                        time(row, "finalized_at"),
                        time(row, "paid_at"),
                        time(row, "voided_at"),
                        time(row, "created_at").orElseThrow(),
                        time(row, "updated_at").orElseThrow()),
                proof,
                row.getString("metadata"),
                List.of());
    }

    private static InvoiceLine line(ResultSet row, Currency currency) throws SQLException {
        Optional<String> adjusts = Optional.ofNullable(row.getString("adjusts_invoice_id"));
        Optional<String> adjustedFor = Optional.ofNullable(row.getString("adjusted_for"));
        return new InvoiceLine(
                InvoiceLine.Kind.valueOf(row.getString("kind")),
                row.getString("event_type"),
                Operation.valueOf(row.getString("operation")),
                row.getBigDecimal("quantity"),
                money(row, "total_price", currency),
                row.getBigDecimal("tax_rate"),
                period(row),
                Optional.ofNullable(row.getString("price_model_id")),
                Optional.ofNullable(row.getString("billed_by")),
                adjusts.map(id -> new Adjusts(id, InvoiceLine.Cause.valueOf(adjustedFor.orElseThrow()))),
                parts(row.getString("parts")));
    }

    private static BillingPeriod period(ResultSet row) throws SQLException {
        return new BillingPeriod(
                time(row, "period_start").orElseThrow(), time(row, "period_end").orElseThrow());
    }

    /// With as many fraction digits as the currency has; no amount is stored with more.
    static BigDecimal money(ResultSet row, String column, Currency currency) throws SQLException {
        return row.getBigDecimal(column).setScale(currency.getDefaultFractionDigits(), RoundingMode.UNNECESSARY);
    }

    static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    private static String partsJson(List<ChargePart> parts) {
        ArrayNode list = JSON.createArrayNode();
        parts.forEach(part -> list.addObject()
                .put("kind", part.kind().name())
                .put("tier_level", part.tierLevel())
                .put("quantity", part.quantity())
                .put("unit_price", part.unitPrice())
                .put("subtotal", part.subtotal()));
        return list.toString();
    }

    private static List<ChargePart> parts(String json) {
        try {
            List<ChargePart> parts = new ArrayList<>();
            for (JsonNode part : JSON.readTree(json)) {
                parts.add(new ChargePart(
                        ChargePart.Kind.valueOf(part.path("kind").textValue()),
                        part.path("tier_level").intValue(),
                        part.path("quantity").decimalValue(),
                        part.path("unit_price").decimalValue(),
                        part.path("subtotal").decimalValue()));
            }
            return parts;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("parts of a line are stored as JSON", e);
        }
    }
}
