package io.tollgate.billing.audit.postgres;

import io.tollgate.billing.audit.AuditedInvoice;
import io.tollgate.billing.audit.Books;
import io.tollgate.billing.audit.Finding;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.postgres.StoredInvoices;
import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.contract.OrganizationId;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// The books in PostgreSQL. Writes nothing.
public final class PostgresBooks implements Books {
    private final Jdbi jdbi;

    public PostgresBooks(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public List<AuditedInvoice> finalized(Optional<OrganizationId> organizationId, Optional<String> number) {
        return jdbi.inTransaction(handle -> StoredInvoices.finalized(handle, organizationId, number).stream()
                .map(invoice -> new AuditedInvoice(
                        invoice, StoredInvoices.logBefore(handle, invoice.id().orElseThrow()), covers(handle, invoice)))
                .toList());
    }

    private static List<AuditedInvoice.Rectangle> covers(Handle handle, Invoice invoice) {
        return handle.createQuery("""
                        SELECT lower(event_times) AS start, upper(event_times) AS before,
                               lower(log_offsets) AS first_offset, upper(log_offsets) AS before_offset
                        FROM invoice_coverage WHERE invoice_id = :id
                        """)
                .bind("id", invoice.id().orElseThrow())
                .map((row, context) -> new AuditedInvoice.Rectangle(
                        row.getObject("start", OffsetDateTime.class).toInstant(),
                        row.getObject("before", OffsetDateTime.class).toInstant(),
                        row.getLong("first_offset"),
                        row.getLong("before_offset")))
                .list();
    }

    @Override
    public void stored(AuditedInvoice invoice, Consumer<ProofLeaf> consumer) {
        jdbi.useTransaction(
                handle -> StoredInvoices.events(handle, invoice.invoice().id().orElseThrow(), consumer));
    }

    @Override
    public List<Finding> gaps(Optional<OrganizationId> organizationId) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT s.organization_id, s.last_number, count(i.id) AS given
                        FROM invoice_sequences AS s
                        LEFT JOIN invoices AS i ON i.organization_id = s.organization_id
                        WHERE s.kind = 'INVOICE'
                          AND (CAST(:organizationId AS text) IS NULL OR s.organization_id = :organizationId)
                        GROUP BY s.organization_id, s.last_number HAVING count(i.id) <> s.last_number
                        """)
                .bind(
                        "organizationId",
                        organizationId.map(OrganizationId::value).orElse(null))
                .map((row, context) -> new Finding(
                        row.getString("organization_id"),
                        row.getLong("last_number") + " numbers of invoices were given, " + row.getLong("given")
                                + " invoices are there"))
                .list());
    }
}
