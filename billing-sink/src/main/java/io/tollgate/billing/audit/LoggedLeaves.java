package io.tollgate.billing.audit;

import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.billing.proof.ProofTree;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The events of each invoice, gathered from the log. All of them are held in memory: some 300 bytes each.
public final class LoggedLeaves {
    private final Map<SubjectKey, List<AuditedInvoice>> bySubject = new HashMap<>();
    private final Map<String, TreeMap<String, ProofLeaf>> leaves = new HashMap<>();
    private final List<Finding> findings = new ArrayList<>();

    public LoggedLeaves(Collection<AuditedInvoice> invoices) {
        for (AuditedInvoice invoice : invoices) {
            SubjectKey subject = new SubjectKey(
                    invoice.invoice().organizationId(),
                    SubjectId.tenant(invoice.invoice().tenantId()));
            bySubject.computeIfAbsent(subject, first -> new ArrayList<>()).add(invoice);
            leaves.put(invoice.id(), new TreeMap<>());
        }
    }

    public void add(CountedEvent event) {
        for (AuditedInvoice invoice : bySubject.getOrDefault(event.subject(), List.of())) {
            if (invoice.covers(event.occurredAt(), event.place().offset())) {
                ProofLeaf leaf = new ProofLeaf(event.id(), event.meter().value(), event.quantity(), event.occurredAt());
                if (of(invoice).put(event.id().value(), leaf) != null) {
                    findings.add(new Finding(invoice.name(), "the log has event " + event.id() + " twice"));
                }
            }
        }
    }

    /// Takes an event out, of the invoices that had taken that in.
    public void take(EventCorrection corrected) {
        for (AuditedInvoice invoice : bySubject.getOrDefault(corrected.subject(), List.of())) {
            if (corrected.offset() < invoice.logBefore()) {
                of(invoice).remove(corrected.eventId().value());
            }
        }
    }

    /// By the bytes of their ids: an id has ASCII characters only.
    TreeMap<String, ProofLeaf> of(AuditedInvoice invoice) {
        return leaves.computeIfAbsent(invoice.id(), unknown -> new TreeMap<>());
    }

    List<Finding> findings() {
        return findings;
    }

    static ProofTree tree(Collection<ProofLeaf> leaves) {
        ProofTree tree = new ProofTree();
        leaves.forEach(tree::add);
        return tree;
    }
}
