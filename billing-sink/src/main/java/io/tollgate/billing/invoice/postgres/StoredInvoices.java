package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.contract.OrganizationId;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/// Invoices as they are stored, for whoever checks them.
public final class StoredInvoices {
    private StoredInvoices() {}

    /// Finalized ones that are not void and whose events were not erased, with their lines.
    public static List<Invoice> finalized(
            Handle handle, Optional<OrganizationId> organizationId, Optional<String> number) {
        return handle.createQuery("""
                        SELECT organization_id, id FROM invoices
                        WHERE status IN ('PENDING', 'OVERDUE', 'PAID') AND events_erased_at IS NULL
                          AND (CAST(:organizationId AS text) IS NULL OR organization_id = :organizationId)
                          AND (CAST(:number AS text) IS NULL OR invoice_number = :number)
                        ORDER BY organization_id, invoice_number
                        """)
                .bind(
                        "organizationId",
                        organizationId.map(OrganizationId::value).orElse(null))
                .bind("number", number.orElse(null))
                .map((row, context) -> InvoiceRows.find(
                                handle, new OrganizationId(row.getString("organization_id")), row.getString("id"))
                        .orElseThrow())
                .list();
    }

    /// The offset before which an invoice had taken in everything.
    public static long logBefore(Handle handle, String invoiceId) {
        return handle.createQuery("SELECT log_before FROM invoices WHERE id = :id")
                .bind("id", invoiceId)
                .mapTo(long.class)
                .one();
    }

    /// The events that an invoice covers, by id, one after another. In a transaction.
    public static void events(Handle handle, String invoiceId, Consumer<ProofLeaf> consumer) {
        new ProvedEvents(handle, invoiceId).forEach(consumer);
    }
}
