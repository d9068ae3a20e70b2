package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.Invoice;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// What tenants have in hand. Whoever changes it holds the tenant's lock.
final class Credits {
    private final Handle handle;

    Credits(Handle handle) {
        this.handle = handle;
    }

    private record Left(String id, BigDecimal amount) {}

    /// Pays as much of the invoice as there is credit for, the oldest first; answers how much.
    BigDecimal use(Invoice invoice) {
        BigDecimal due = invoice.amountDue();
        BigDecimal used = BigDecimal.ZERO;
        for (Left credit : left(invoice)) {
            BigDecimal part = credit.amount().min(due.subtract(used));
            if (part.signum() > 0) {
                handle.execute(
                        "INSERT INTO credit_uses (credit_id, invoice_id, amount) VALUES (?, ?, ?)",
                        credit.id(),
                        invoice.id().orElseThrow(),
                        part);
                used = used.add(part);
            }
        }
        return used;
    }

    private List<Left> left(Invoice invoice) {
        return handle.createQuery("""
                        SELECT c.id, c.amount - coalesce(sum(u.amount), 0) AS amount
                        FROM tenant_credits AS c LEFT JOIN credit_uses AS u ON u.credit_id = c.id
                        WHERE c.organization_id = :organizationId AND c.tenant_id = :tenantId AND c.currency = :currency
                        GROUP BY c.id HAVING c.amount > coalesce(sum(u.amount), 0)
                        ORDER BY c.created_at, c.id
                        """)
                .bind("organizationId", invoice.organizationId().value())
                .bind("tenantId", invoice.tenantId().value())
                .bind("currency", invoice.amounts().currency().getCurrencyCode())
                .map((row, context) -> new Left(row.getString("id"), row.getBigDecimal("amount")))
                .list();
    }

    /// Keeps what the invoice leaves to the tenant.
    void keep(Invoice invoice, Instant now) {
        add(invoice, invoice.amounts().credit(), "invoice_id", invoice.id().orElseThrow(), now);
    }

    /// Keeps what a credit note gives beyond what is still to be paid.
    void keep(Invoice invoice, BigDecimal amount, String creditNoteId, Instant now) {
        add(invoice, amount, "credit_note_id", creditNoteId, now);
    }

    private void add(Invoice invoice, BigDecimal amount, String source, String sourceId, Instant now) {
        if (amount.signum() > 0) {
            handle.createUpdate("""
                            INSERT INTO tenant_credits (id, organization_id, tenant_id, currency, amount, <source>, created_at)
                            VALUES (:id, :organizationId, :tenantId, :currency, :amount, :sourceId, :now)
                            """)
                    .define("source", source)
                    .bind("id", UUID.randomUUID().toString())
                    .bind("organizationId", invoice.organizationId().value())
                    .bind("tenantId", invoice.tenantId().value())
                    .bind("currency", invoice.amounts().currency().getCurrencyCode())
                    .bind("amount", amount)
                    .bind("sourceId", sourceId)
                    .bind("now", CoveredEvents.utc(now))
                    .execute();
        }
    }

    /// Whether credit that the invoice left has paid something.
    boolean usedFrom(String invoiceId) {
        return handle.createQuery("""
                        SELECT EXISTS (SELECT 1 FROM credit_uses AS u JOIN tenant_credits AS c ON c.id = u.credit_id
                                       WHERE c.invoice_id = :invoiceId)
                        """)
                .bind("invoiceId", invoiceId)
                .mapTo(boolean.class)
                .one();
    }

    /// Gives back what the invoice used, and takes back what it left.
    void undo(String invoiceId) {
        handle.execute("DELETE FROM credit_uses WHERE invoice_id = ?", invoiceId);
        handle.execute("DELETE FROM tenant_credits WHERE invoice_id = ?", invoiceId);
    }
}
