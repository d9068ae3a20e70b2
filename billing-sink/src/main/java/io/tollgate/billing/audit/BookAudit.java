package io.tollgate.billing.audit;

import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.contract.OrganizationId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Audits the books of an installation: every finalized invoice from the log, and from the store, independently.
public final class BookAudit {
    /// Events that are held in memory, at some 300 bytes each; an invoice with more is held whole.
    private static final long EVENTS_AT_ONCE = 2_000_000;

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
        List<Finding> findings = new ArrayList<>();
        long events = 0;
        for (List<AuditedInvoice> portion : portions(invoices)) {
            events += audit(portion, findings, listener);
        }
        if (number.isEmpty()) {
            findings.addAll(books.gaps(organizationId));
        }
        return new Report(invoices.size(), events, findings.stream().distinct().toList());
    }

    /// Answers how many events the log has of these.
    private long audit(List<AuditedInvoice> invoices, List<Finding> findings, Listener listener) {
        LoggedLeaves logged = new LoggedLeaves(invoices);
        log.read(logged::add, logged::take);
        findings.addAll(logged.findings());
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
        return events;
    }

    /// As many invoices together as have [#EVENTS_AT_ONCE] events, or one: the log is read once for each portion.
    private static List<List<AuditedInvoice>> portions(List<AuditedInvoice> invoices) {
        List<List<AuditedInvoice>> portions = new ArrayList<>();
        long room = 0;
        for (AuditedInvoice invoice : invoices) {
            long events = invoice.invoice().proof().orElseThrow().leafCount();
            if (portions.isEmpty() || events > room) {
                portions.add(new ArrayList<>());
                room = EVENTS_AT_ONCE;
            }
            portions.getLast().add(invoice);
            room -= events;
        }
        return portions;
    }
}
