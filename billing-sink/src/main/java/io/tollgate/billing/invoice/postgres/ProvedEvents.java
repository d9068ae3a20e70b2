package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.proof.Inclusion;
import io.tollgate.billing.proof.ProofHash;
import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.billing.proof.ProofTree;
import io.tollgate.contract.EventId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/// The tree over the events of an invoice. They are read one after another, in the order of their ids.
final class ProvedEvents {
    /// Rows that the driver holds at a time.
    private static final int FETCH = 5_000;

    /// From an invoice `i`, its coverage `c` and the events `e` that it bills: those that nothing it had taken in takes
    /// out.
    static final String BILLED = """
            FROM invoices AS i
            JOIN invoice_coverage AS c ON c.invoice_id = i.id
            JOIN usage_events AS e ON e.organization_id = c.organization_id AND e.subject = 'tenant:' || c.tenant_id
                AND e.occurred_at >= lower(c.event_times) AND e.occurred_at < upper(c.event_times)
                AND e.log_offset <@ c.log_offsets
                AND (e.status = 'ACCEPTED' OR NOT EXISTS (
                    SELECT 1 FROM event_corrections AS x
                    WHERE x.event_id = e.event_id AND x.log_offset < i.log_before))
            WHERE i.id = :invoiceId
            """;

    private final Handle handle;
    private final String invoiceId;

    /// @param handle of a transaction: without one the driver reads everything at once
    ProvedEvents(Handle handle, String invoiceId) {
        this.handle = handle;
        this.invoiceId = invoiceId;
    }

    /// The whole tree.
    ProofTree tree() {
        ProofTree tree = new ProofTree();
        forEach(tree::add);
        return tree;
    }

    /// That an event is billed by the invoice; empty if it is not.
    Optional<Inclusion> inclusion(String eventId, Invoice.Proof proof) {
        Optional<ProofLeaf> leaf = handle.createQuery("SELECT e.event_id, e.meter, e.quantity, e.occurred_at " + BILLED
                        + " AND e.event_id = :eventId")
                .bind("invoiceId", invoiceId)
                .bind("eventId", eventId)
                .map((row, context) -> leaf(row))
                .findFirst();
        if (leaf.isEmpty()) {
            return Optional.empty();
        }
        long index = handle.createQuery("SELECT count(*) " + BILLED + " AND e.event_id < :eventId")
                .bind("invoiceId", invoiceId)
                .bind("eventId", eventId)
                .mapTo(long.class)
                .one();
        ProofTree tree = ProofTree.following(index);
        forEach(tree::add);
        ProofHash root = tree.root();
        return Optional.of(new Inclusion(leaf.get(), index, tree.leaves(), tree.path(), root))
                .filter(inclusion -> inclusion.root().hex().equals(proof.root()));
    }

    /// One after another, by id.
    void forEach(Consumer<ProofLeaf> consumer) {
        handle.createQuery("SELECT e.event_id, e.meter, e.quantity, e.occurred_at " + BILLED + " ORDER BY e.event_id")
                .setFetchSize(FETCH)
                .bind("invoiceId", invoiceId)
                .map((row, context) -> leaf(row))
                .useStream(leaves -> leaves.forEach(consumer));
    }

    private static ProofLeaf leaf(ResultSet row) throws SQLException {
        return new ProofLeaf(
                new EventId(row.getString("event_id")),
                row.getString("meter"),
                row.getBigDecimal("quantity"),
                row.getObject("occurred_at", OffsetDateTime.class).toInstant());
    }
}
