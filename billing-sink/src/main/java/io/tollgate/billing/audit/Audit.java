package io.tollgate.billing.audit;

import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceAmounts;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.billing.proof.ProofTree;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// Recalculates invoices from their events.
public final class Audit {
    /// Findings of one kind that are told of one invoice.
    private static final int TOLD = 10;

    private Audit() {}

    /// What of one invoice does not balance: root and number of events, quantities, sums.
    ///
    /// @param leaves its events by id, from wherever
    /// @param source where they are from, for sentences
    public static List<Finding> check(Invoice invoice, Collection<ProofLeaf> leaves, String source) {
        String name = invoice.number().orElseThrow();
        List<Finding> findings = new ArrayList<>();
        Invoice.Proof proof = invoice.proof().orElseThrow();
        ProofTree tree = LoggedLeaves.tree(leaves);
        if (tree.leaves() != proof.leafCount()) {
            findings.add(new Finding(
                    name, source + " has " + tree.leaves() + " of its events, it says " + proof.leafCount()));
        }
        if (!tree.root().hex().equals(proof.root())) {
            findings.add(new Finding(
                    name, "its root is " + proof.root() + ", the events of " + source + " give " + tree.root()));
        }
        quantities(invoice, leaves, source, findings);
        sums(invoice, findings);
        return findings;
    }

    /// Each meter's quantity must be what its events of the period come to by its operation.
    private static void quantities(
            Invoice invoice, Collection<ProofLeaf> leaves, String source, List<Finding> findings) {
        for (InvoiceLine line : invoice.linesOfPeriod()) {
            List<ProofLeaf> own = leaves.stream()
                    .filter(leaf -> leaf.meter().equals(line.meter()))
                    .filter(leaf -> !leaf.eventTime().isBefore(invoice.period().start())
                            && leaf.eventTime().isBefore(invoice.period().end()))
                    .toList();
            CounterState counted = CounterState.ZERO;
            for (ProofLeaf leaf : own) {
                counted = counted.plus(leaf.quantity(), leaf.eventTime(), leaf.eventTime(), 0);
            }
            BigDecimal value =
                    counted.valueFrom(BigDecimal.ZERO, line.operation()).max(BigDecimal.ZERO);
            if (value.compareTo(line.quantity()) != 0 && !isOneOfTheLast(line, own)) {
                findings.add(new Finding(
                        invoice.number().orElseThrow(),
                        "its line of " + line.meter() + " says "
                                + line.quantity().toPlainString() + ", the events of " + source + " come to "
                                + value.toPlainString()));
            }
        }
    }

    /// Of events of the same time the last is the later in the log, which leaves do not tell.
    private static boolean isOneOfTheLast(InvoiceLine line, List<ProofLeaf> own) {
        Optional<Instant> latest = own.stream().map(ProofLeaf::eventTime).max(Comparator.naturalOrder());
        return line.operation() == Operation.LAST
                && own.stream()
                        .filter(leaf -> Optional.of(leaf.eventTime()).equals(latest))
                        .anyMatch(leaf -> leaf.quantity().compareTo(line.quantity()) == 0);
    }

    private static void sums(Invoice invoice, List<Finding> findings) {
        InvoiceAmounts said = invoice.amounts();
        InvoiceAmounts made = InvoiceAmounts.of(invoice.lines(), said.currency(), said.taxRate());
        boolean same = made.subtotal().compareTo(said.subtotal()) == 0
                && made.tax().compareTo(said.tax()) == 0
                && made.total().compareTo(said.total()) == 0
                && made.credit().compareTo(said.credit()) == 0;
        if (!same) {
            findings.add(new Finding(
                    invoice.number().orElseThrow(),
                    "its lines come to " + made.subtotal() + " and tax " + made.tax() + ", it says " + said.subtotal()
                            + " and " + said.tax()));
        }
    }

    /// Where log and store differ about the events of an invoice; both by id.
    static List<Finding> compare(String name, Collection<ProofLeaf> logged, Collection<ProofLeaf> stored) {
        List<Finding> findings = new ArrayList<>();
        Iterator<ProofLeaf> log = logged.iterator();
        Iterator<ProofLeaf> store = stored.iterator();
        Optional<ProofLeaf> one = next(log);
        Optional<ProofLeaf> other = next(store);
        while ((one.isPresent() || other.isPresent()) && findings.size() < TOLD) {
            int order = order(one, other);
            if (order < 0) {
                findings.add(new Finding(name, "the store lacks event " + id(one)));
            } else if (order > 0) {
                findings.add(new Finding(name, "the store has event " + id(other) + ", which the log has not"));
            } else if (!text(one).equals(text(other))) {
                findings.add(new Finding(name, "the log has " + text(one) + ", the store " + text(other)));
            }
            one = order <= 0 ? next(log) : one;
            other = order >= 0 ? next(store) : other;
        }
        return findings;
    }

    private static int order(Optional<ProofLeaf> one, Optional<ProofLeaf> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? 1 : -1;
        }
        return id(one).compareTo(id(other));
    }

    private static String id(Optional<ProofLeaf> leaf) {
        return leaf.orElseThrow().eventId().value();
    }

    private static String text(Optional<ProofLeaf> leaf) {
        return leaf.orElseThrow().text();
    }

    private static Optional<ProofLeaf> next(Iterator<ProofLeaf> leaves) {
        return leaves.hasNext() ? Optional.of(leaves.next()) : Optional.empty();
    }
}
