package io.tollgate.billing.audit;

import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.contract.OrganizationId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Audits the books of an installation: every finalized invoice from the log, and from the store, independently.
public final class BookAudit {
    private final Books books;
    private final CountedLog log;

    public BookAudit(Books books, CountedLog log) {
        this.books = books;
        this.log = log;
    }

    /// @param invoices that were audited
    /// @param events that they bill, by the log
    public record Report(int invoices, long events, List<Finding> findings) {}

    /// Is told of each invoice with its events, for a bundle.
    public interface Listener {
        void audited(AuditedInvoice invoice, Collection<ProofLeaf> leaves);
    }

    /// @param organizationId only of this one
    /// @param number only this one
    public Report run(Optional<OrganizationId> organizationId, Optional<String> number, Listener listener) {
        List<AuditedInvoice> invoices = books.finalized(organizationId, number);
        LoggedLeaves logged = new LoggedLeaves(invoices);
        log.read(logged::add, logged::take);
        List<Finding> findings = new ArrayList<>(logged.findings());
        long events = 0;
        for (AuditedInvoice invoice : invoices) {
            Collection<ProofLeaf> leaves = logged.of(invoice).values();
            List<ProofLeaf> stored = new ArrayList<>();
            books.stored(invoice, stored::add);
            findings.addAll(Audit.check(invoice.invoice(), leaves, "the log"));
            findings.addAll(Audit.check(invoice.invoice(), stored, "the store"));
            findings.addAll(Audit.compare(invoice.name(), leaves, stored));
            events += leaves.size();
            listener.audited(invoice, leaves);
        }
        if (number.isEmpty()) {
            findings.addAll(books.gaps(organizationId));
        }
        return new Report(invoices.size(), events, findings.stream().distinct().toList());
    }
}
