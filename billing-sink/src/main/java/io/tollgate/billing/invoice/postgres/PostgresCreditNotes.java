package io.tollgate.billing.invoice.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.billing.delivery.WebhookMessage;
import io.tollgate.billing.delivery.postgres.PostgresMessages;
import io.tollgate.billing.invoice.CreditNote;
import io.tollgate.billing.invoice.CreditNotes;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceStatus;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.webhook.WebhookType;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// Credit notes in PostgreSQL.
public final class PostgresCreditNotes implements CreditNotes {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Jdbi jdbi;
    private final InvoiceNotices notices = new InvoiceNotices(Optional.empty());
    private final InstantSource clock;

    public PostgresCreditNotes(Jdbi jdbi, InstantSource clock) {
        this.jdbi = jdbi;
        this.clock = clock;
    }

    @Override
    public Outcome order(Order order, Actor actor) {
        return jdbi.inTransaction(handle -> PostgresInvoices.locked(handle, order.organizationId(), order.invoiceId())
                .map(invoice -> make(handle, invoice, order, actor))
                .orElseGet(Outcome.NoInvoice::new));
    }

    private Outcome make(Handle handle, Invoice invoice, Order order, Actor actor) {
        InvoiceStatus status = invoice.status().orElseThrow();
        if (!status.canBeCredited()) {
            return new Outcome.Forbidden(status);
        }
        Currency currency = invoice.amounts().currency();
        if (order.amount().stripTrailingZeros().scale() > currency.getDefaultFractionDigits()) {
            return new Outcome.TooFine(currency.getDefaultFractionDigits());
        }
        BigDecimal left = invoice.amounts()
                .total()
                .subtract(credited(handle, order.invoiceId()).setScale(currency.getDefaultFractionDigits()));
        if (order.amount().compareTo(left) > 0) {
            return new Outcome.TooMuch(left);
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        BigDecimal amount = order.amount().setScale(currency.getDefaultFractionDigits());
        BigDecimal deducted = status == InvoiceStatus.PAID
                ? BigDecimal.ZERO.setScale(amount.scale())
                : amount.min(invoice.amountDue());
        CreditNote note = new CreditNote(
                UUID.randomUUID().toString(),
                PostgresInvoices.nextNumber(handle, order.organizationId(), "CREDIT_NOTE", "CN", numberName(invoice)),
                order.organizationId(),
                invoice.tenantId(),
                order.invoiceId(),
                currency,
                amount,
                deducted,
                order.reason(),
                order.lines(),
                now);
        insert(handle, note);
        handle.execute(
                "UPDATE invoices SET credit_applied = credit_applied + ?, updated_at = ? WHERE id = ?",
                deducted,
                CoveredEvents.utc(now),
                order.invoiceId());
        new Credits(handle).keep(invoice, amount.subtract(deducted), note.id(), now);
        tell(handle, invoice, note, actor);
        return new Outcome.Made(note);
    }

    /// The same name that the invoice's number has.
    private static String numberName(Invoice invoice) {
        String number = invoice.number().orElseThrow();
        return number.substring(number.indexOf('-') + 1, number.lastIndexOf('-'));
    }

    /// What was given back of the invoice so far.
    static BigDecimal credited(Handle handle, String invoiceId) {
        return handle.createQuery("SELECT coalesce(sum(amount), 0) FROM credit_notes WHERE invoice_id = :id")
                .bind("id", invoiceId)
                .mapTo(BigDecimal.class)
                .one();
    }

    private static void insert(Handle handle, CreditNote note) {
        ArrayNode lines = JSON.createArrayNode();
        note.lines()
                .forEach(line ->
                        lines.addObject().put("description", line.description()).put("amount", line.amount()));
        handle.createUpdate("""
                        INSERT INTO credit_notes
                            (id, organization_id, tenant_id, invoice_id, credit_note_number, currency, amount, deducted,
                             reason, lines, created_at)
                        VALUES (:id, :organizationId, :tenantId, :invoiceId, :number, :currency, :amount, :deducted,
                                :reason, CAST(:lines AS jsonb), :now)
                        """)
                .bind("id", note.id())
                .bind("organizationId", note.organizationId().value())
                .bind("tenantId", note.tenantId().value())
                .bind("invoiceId", note.invoiceId())
                .bind("number", note.number())
                .bind("currency", note.currency().getCurrencyCode())
                .bind("amount", note.amount())
                .bind("deducted", note.deducted())
                .bind("reason", note.reason())
                .bind("lines", lines.toString())
                .bind("now", CoveredEvents.utc(note.createdAt()))
                .execute();
    }

    private void tell(Handle handle, Invoice invoice, CreditNote note, Actor actor) {
        ObjectNode details = JsonNodeFactory.instance
                .objectNode()
                .put("credit_note_number", note.number())
                .put("invoice_id", note.invoiceId())
                .put("amount", note.amount().toPlainString())
                .put("reason", note.reason());
        notices.audit(
                handle, invoice, "create_credit_note", "credit_note", note.id(), details, actor, note.createdAt());
        PostgresMessages.raise(
                handle,
                new WebhookMessage(
                        note.organizationId(),
                        Optional.of(note.tenantId()),
                        WebhookType.CREDIT_NOTE_CREATED,
                        note.id(),
                        details.deepCopy()
                                .put("credit_note_id", note.id())
                                .put("tenant_id", note.tenantId().value())
                                .put("currency", note.currency().getCurrencyCode())
                                .toString(),
                        note.createdAt(),
                        List.of()));
    }

    @Override
    public Optional<CreditNote> find(OrganizationId organizationId, String id) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT * FROM credit_notes WHERE organization_id = :organizationId AND id = :id")
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> note(row))
                .findOne());
    }

    @Override
    public List<CreditNote> list(OrganizationId organizationId, Optional<TimeCursor> after, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT * FROM credit_notes
                        WHERE organization_id = :organizationId
                          AND (CAST(:afterAt AS timestamptz) IS NULL OR (created_at, id) < (:afterAt, :afterId))
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """)
                .bind("organizationId", organizationId.value())
                .bind(
                        "afterAt",
                        after.map(cursor -> CoveredEvents.utc(cursor.at())).orElse(null))
                .bind("afterId", after.map(TimeCursor::id).orElse(null))
                .bind("limit", limit)
                .map((row, context) -> note(row))
                .list());
    }

    private static CreditNote note(ResultSet row) throws SQLException {
        Currency currency = Currency.getInstance(row.getString("currency"));
        return new CreditNote(
                row.getString("id"),
                row.getString("credit_note_number"),
                new OrganizationId(row.getString("organization_id")),
                new TenantId(row.getString("tenant_id")),
                row.getString("invoice_id"),
                currency,
                InvoiceRows.money(row, "amount", currency),
                InvoiceRows.money(row, "deducted", currency),
                row.getString("reason"),
                lines(row.getString("lines")),
                InvoiceRows.time(row, "created_at").orElseThrow());
    }

    private static List<CreditNote.Line> lines(String json) {
        try {
            List<CreditNote.Line> lines = new ArrayList<>();
            for (JsonNode line : JSON.readTree(json)) {
                lines.add(new CreditNote.Line(
                        line.path("description").textValue(),
                        line.path("amount").decimalValue()));
            }
            return lines;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("lines of a credit note are stored as JSON", e);
        }
    }
}
