package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.BillingTerms;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceLine;
import io.tollgate.billing.invoice.InvoiceOutcome;
import io.tollgate.billing.invoice.InvoiceQuery;
import io.tollgate.billing.invoice.InvoiceStatus;
import io.tollgate.billing.invoice.Invoices;
import io.tollgate.billing.invoice.MeterBilling;
import io.tollgate.billing.proof.ProofTree;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.webhook.WebhookType;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// Invoices in PostgreSQL. What makes or changes one takes turns with everything else that does for the same tenant,
/// and
/// with changes of the organization's prices.
public final class PostgresInvoices implements Invoices {
    private static final int OVERDUE_BATCH = 1_000;

    /// The pool gives connections back their own bound.
    private static final Duration STATEMENT_MAX = Duration.ofMinutes(10);

    private final Jdbi jdbi;
    private final PriceReads prices;
    private final MeterBilling.Source meters;
    private final InvoiceNotices notices;
    private final InstantSource clock;

    /// @param secretBox seals mails; without it none is queued
    public PostgresInvoices(
            Jdbi jdbi,
            PriceReads prices,
            MeterBilling.Source meters,
            Optional<SecretBox> secretBox,
            InstantSource clock) {
        this.jdbi = jdbi;
        this.prices = prices;
        this.meters = meters;
        this.notices = new InvoiceNotices(secretBox);
        this.clock = clock;
    }

    @Override
    public InvoiceOutcome draft(Order order, Actor actor) {
        return jdbi.inTransaction(handle -> draft(handle, order, actor, true));
    }

    /// @param evenIfEmpty whether an invoice without lines is made
    InvoiceOutcome draft(Handle handle, Order ordered, Actor actor, boolean evenIfEmpty) {
        lock(handle, ordered.organizationId(), ordered.tenantId());
        Order order = ordered.atLeast(logBefore(handle, ordered.organizationId(), ordered.tenantId()));
        Optional<String> overlapping = overlapping(handle, order);
        if (overlapping.isPresent()) {
            return new InvoiceOutcome.Overlaps(overlapping.get());
        }
        Drafting drafting = new Drafting(handle, order, prices, meters);
        return switch (drafting.calculate(Optional.empty())) {
            case Drafting.Result.MixedCurrencies mixed -> new InvoiceOutcome.MixedCurrencies(mixed.currencies());
            case Drafting.Result.Calculated calculated -> {
                if (calculated.lines().isEmpty() && !evenIfEmpty) {
                    yield new InvoiceOutcome.NothingToBill();
                }
                Instant now = now();
                Invoice invoice = invoice(
                        order,
                        calculated,
                        Optional.of(UUID.randomUUID().toString()),
                        Optional.of(nextNumber(handle, order, "INVOICE", "INV")),
                        Optional.of(InvoiceStatus.DRAFT),
                        now,
                        now);
                InvoiceRows.insert(handle, invoice, order.before());
                drafting.cover(invoice.id().orElseThrow(), calculated.covers());
                yield told(handle, invoice, "create_invoice", Optional.of(WebhookType.INVOICE_CREATED), actor, now);
            }
        };
    }

    @Override
    public InvoiceOutcome preview(Order order) {
        return jdbi.inTransaction(handle -> switch (new Drafting(handle, order, prices, meters)
                .calculate(Optional.empty())) {
            case Drafting.Result.MixedCurrencies mixed -> new InvoiceOutcome.MixedCurrencies(mixed.currencies());
            case Drafting.Result.Calculated calculated ->
                new InvoiceOutcome.Done(
                        invoice(order, calculated, Optional.empty(), Optional.empty(), Optional.empty(), now(), now()));
        });
    }

    @Override
    public Optional<Invoice> find(OrganizationId organizationId, String id) {
        return jdbi.inTransaction(handle -> InvoiceRows.find(handle, organizationId, id));
    }

    @Override
    public List<Invoice> list(InvoiceQuery query) {
        return jdbi.withHandle(handle -> InvoiceRows.list(handle, query));
    }

    @Override
    public InvoiceOutcome recalculate(
            OrganizationId organizationId, String id, BillingTerms terms, long before, Actor actor) {
        return change(organizationId, id, InvoiceStatus::canBeFinalized, (handle, invoice) -> {
            InvoiceOutcome outcome = recalculate(handle, invoice, terms, before);
            return outcome instanceof InvoiceOutcome.Done done
                    ? told(handle, done.invoice(), "recalculate_invoice", Optional.empty(), actor, now())
                    : outcome;
        });
    }

    private InvoiceOutcome recalculate(Handle handle, Invoice invoice, BillingTerms terms, long before) {
        String id = invoice.id().orElseThrow();
        Order order = new Order(
                        invoice.organizationId(),
                        invoice.tenantId(),
                        invoice.period(),
                        terms,
                        before,
                        invoice.metadata())
                .atLeast(logBefore(handle, invoice.organizationId(), invoice.tenantId()));
        InvoiceRows.clear(handle, id);
        Drafting drafting = new Drafting(handle, order, prices, meters);
        return switch (drafting.calculate(invoice.id())) {
            case Drafting.Result.MixedCurrencies mixed -> {
                handle.rollback();
                yield new InvoiceOutcome.MixedCurrencies(mixed.currencies());
            }
            case Drafting.Result.Calculated calculated -> {
                Invoice anew = invoice(
                        order,
                        calculated,
                        invoice.id(),
                        invoice.number(),
                        invoice.status(),
                        invoice.dates().created(),
                        now());
                InvoiceRows.recalculate(handle, anew, order.before());
                drafting.cover(id, calculated.covers());
                yield new InvoiceOutcome.Done(anew);
            }
        };
    }

    @Override
    public InvoiceOutcome finish(OrganizationId organizationId, String id, Finishing finishing, Actor actor) {
        return change(
                organizationId,
                id,
                InvoiceStatus::canBeFinalized,
                (handle, draft) -> finish(handle, draft, finishing, actor));
    }

    private InvoiceOutcome finish(Handle handle, Invoice draft, Finishing finishing, Actor actor) {
        InvoiceOutcome outcome = recalculate(handle, draft, finishing.terms(), finishing.before());
        return outcome instanceof InvoiceOutcome.Done done ? freeze(handle, done.invoice(), finishing, actor) : outcome;
    }

    /// @param invoice locked, and calculated in this transaction
    InvoiceOutcome.Done freeze(Handle handle, Invoice invoice, Finishing finishing, Actor actor) {
        String id = invoice.id().orElseThrow();
        Instant now = now();
        ProofTree tree = new ProvedEvents(handle, id).tree();
        Credits credits = new Credits(handle);
        BigDecimal used = credits.use(invoice);
        credits.keep(invoice, now);
        handle.createUpdate("""
                        UPDATE invoices SET status = 'PENDING', due_date = :due, finalized_at = :now, updated_at = :now,
                            credit_applied = :used, proof_root = :root, leaf_count = :leaves,
                            statement = CAST(:statement AS jsonb)
                        WHERE id = :id
                        """)
                .bind("id", id)
                .bind(
                        "due",
                        CoveredEvents.utc(finishing
                                .due()
                                .orElseGet(() -> finishing.terms().due(invoice.period()))))
                .bind("now", CoveredEvents.utc(now))
                .bind("used", used)
                .bind("root", tree.root().hex())
                .bind("leaves", tree.leaves())
                .bind("statement", new Statements(handle, invoice, StoredInvoices.logBefore(handle, id)).balanced())
                .execute();
        notePrices(handle, invoice);
        InvoiceOutcome.Done finished =
                told(handle, invoice, "finalize_invoice", Optional.of(WebhookType.INVOICE_FINALIZED), actor, now);
        if (finishing.mailed()) {
            notices.mail(handle, finished.invoice(), now);
        }
        return finished;
    }

    @Override
    public InvoiceOutcome pay(
            OrganizationId organizationId, String id, Instant paidAt, Optional<String> reference, Actor actor) {
        return change(organizationId, id, InvoiceStatus::canBePaid, (handle, invoice) -> {
            Instant now = now();
            handle.createUpdate("""
                            UPDATE invoices SET status = 'PAID', paid_at = :paidAt, payment_method = 'manual',
                                payment_reference = :reference, updated_at = :now
                            WHERE id = :id
                            """)
                    .bind("id", id)
                    .bind("paidAt", CoveredEvents.utc(paidAt))
                    .bind("reference", reference.orElse(null))
                    .bind("now", CoveredEvents.utc(now))
                    .execute();
            return told(handle, invoice, "pay_invoice", Optional.of(WebhookType.INVOICE_PAID), actor, now);
        });
    }

    @Override
    public InvoiceOutcome cancel(OrganizationId organizationId, String id, String reason, Actor actor) {
        return change(organizationId, id, InvoiceStatus::canBeVoided, (handle, invoice) -> {
            Optional<String> adjuster = InvoiceRows.adjuster(handle, invoice);
            if (adjuster.isPresent()) {
                return new InvoiceOutcome.AdjustedBy(adjuster.get());
            }
            if (PostgresCreditNotes.credited(handle, id).signum() > 0) {
                return new InvoiceOutcome.Credited();
            }
            Credits credits = new Credits(handle);
            if (credits.usedFrom(id)) {
                return new InvoiceOutcome.CreditUsed();
            }
            credits.undo(id);
            CoveredEvents.uncover(handle, id);
            Instant now = now();
            handle.createUpdate("""
                            UPDATE invoices SET status = 'CANCELLED', voided_at = :now, void_reason = :reason,
                                credit_applied = 0, updated_at = :now
                            WHERE id = :id
                            """)
                    .bind("id", id)
                    .bind("reason", reason)
                    .bind("now", CoveredEvents.utc(now))
                    .execute();
            if (invoice.dates().finalized().isPresent()) {
                releasePrices(handle, invoice);
            }
            return told(handle, invoice, "void_invoice", Optional.of(WebhookType.INVOICE_VOIDED), actor, now);
        });
    }

    @Override
    public void markOverdue() {
        while (markSomeOverdue() == OVERDUE_BATCH) {
            // Nothing but the condition.
        }
    }

    private int markSomeOverdue() {
        Instant now = now();
        return jdbi.inTransaction(handle -> {
            List<Invoice> overdue = handle.createQuery("""
                            UPDATE invoices SET status = 'OVERDUE', updated_at = :now
                            WHERE id IN (SELECT id FROM invoices
                                         WHERE status = 'PENDING' AND due_date < :now AND total > credit_applied
                                         ORDER BY due_date LIMIT :limit FOR UPDATE SKIP LOCKED)
                            RETURNING *
                            """)
                    .bind("now", CoveredEvents.utc(now))
                    .bind("limit", OVERDUE_BATCH)
                    .map((row, context) -> InvoiceRows.invoice(row))
                    .list();
            overdue.forEach(invoice -> notices.changed(
                    handle, invoice, "invoice_overdue", Optional.of(WebhookType.INVOICE_OVERDUE), Actor.SYSTEM, now));
            return overdue.size();
        });
    }

    private interface Change {
        InvoiceOutcome make(Handle handle, Invoice invoice);
    }

    private InvoiceOutcome change(
            OrganizationId organizationId, String id, Function<InvoiceStatus, Boolean> allowed, Change change) {
        return jdbi.inTransaction(handle -> {
            Optional<Invoice> found = locked(handle, organizationId, id);
            if (found.isEmpty()) {
                return new InvoiceOutcome.Absent();
            }
            Invoice invoice = found.get();
            InvoiceStatus status = invoice.status().orElseThrow();
            return allowed.apply(status) ? change.make(handle, invoice) : new InvoiceOutcome.Forbidden(status);
        });
    }

    /// Reads the invoice back as it is stored, and tells of the change.
    private InvoiceOutcome.Done told(
            Handle handle, Invoice changed, String action, Optional<WebhookType> type, Actor actor, Instant now) {
        Invoice invoice = InvoiceRows.find(
                        handle, changed.organizationId(), changed.id().orElseThrow())
                .orElseThrow();
        notices.changed(handle, invoice, action, type, actor, now);
        return new InvoiceOutcome.Done(invoice);
    }

    /// The invoice, under its tenant's [#lock]; only then does it stay as it is read.
    static Optional<Invoice> locked(Handle handle, OrganizationId organizationId, String id) {
        Optional<TenantId> tenant = InvoiceRows.tenantOf(handle, organizationId, id);
        tenant.ifPresent(found -> lock(handle, organizationId, found));
        return tenant.flatMap(found -> InvoiceRows.lock(handle, organizationId, id));
    }

    /// Makes everything that invoices the tenant, or changes prices, wait until the transaction ends, and lets its
    /// statements take their time: millions of events are sorted before the first of them arrives.
    private static void lock(Handle handle, OrganizationId organizationId, TenantId tenantId) {
        try {
            handle.getConnection().setNetworkTimeout(Runnable::run, (int) STATEMENT_MAX.toMillis());
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL's driver knows network timeouts", e);
        }
        handle.createQuery("SELECT pg_advisory_xact_lock(hashtextextended(:place, 0))")
                .bind("place", "invoices/" + organizationId.value() + "/" + tenantId.value())
                .mapTo(String.class)
                .one();
        handle.createQuery("SELECT hold_prices(:organizationId)")
                .bind("organizationId", organizationId.value())
                .mapTo(String.class)
                .one();
    }

    /// The offset before which everything of the tenant was stored when one of its live invoices was calculated.
    private static long logBefore(Handle handle, OrganizationId organizationId, TenantId tenantId) {
        return handle.createQuery("""
                        SELECT coalesce(max(log_before), 0) FROM invoices
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId AND status <> 'CANCELLED'
                        """)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())
                .mapTo(long.class)
                .one();
    }

    private static Optional<String> overlapping(Handle handle, Order order) {
        return handle.createQuery("""
                        SELECT id FROM invoices
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId AND status <> 'CANCELLED'
                          AND tstzrange(period_start, period_end) && tstzrange(:start, :end)
                        ORDER BY period_start LIMIT 1
                        """)
                .bind("organizationId", order.organizationId().value())
                .bind("tenantId", order.tenantId().value())
                .bind("start", CoveredEvents.utc(order.period().start()))
                .bind("end", CoveredEvents.utc(order.period().end()))
                .mapTo(String.class)
                .findOne();
    }

    /// The next number of its kind; given back if the transaction is, so that none is missing.
    static String nextNumber(Handle handle, OrganizationId organizationId, String kind, String prefix, String name) {
        long number = handle.createQuery("""
                        INSERT INTO invoice_sequences AS s (organization_id, kind, last_number) VALUES (:organizationId, :kind, 1)
                        ON CONFLICT (organization_id, kind) DO UPDATE SET last_number = s.last_number + 1
                        RETURNING last_number
                        """)
                .bind("organizationId", organizationId.value())
                .bind("kind", kind)
                .mapTo(long.class)
                .one();
        return "%s-%s-%06d".formatted(prefix, name, number);
    }

    private static String nextNumber(Handle handle, Order order, String kind, String prefix) {
        return nextNumber(
                handle, order.organizationId(), kind, prefix, order.terms().numberName());
    }

    private static void notePrices(Handle handle, Invoice invoice) {
        invoice.lines()
                .forEach(line -> handle.createQuery("SELECT note_invoiced_price(:organizationId, :meter, :until)")
                        .bind("organizationId", invoice.organizationId().value())
                        .bind("meter", line.meter())
                        .bind("until", CoveredEvents.utc(line.period().end()))
                        .mapTo(String.class)
                        .one());
    }

    /// What is left on invoices after `voided` is not live any more.
    private static void releasePrices(Handle handle, Invoice voided) {
        handle.createQuery("""
                        SELECT release_invoiced_price(:organizationId, meter,
                            (SELECT max(l.period_end) FROM invoices AS i JOIN invoice_lines AS l ON l.invoice_id = i.id
                             WHERE i.organization_id = :organizationId AND i.status IN ('PENDING', 'OVERDUE', 'PAID')
                               AND l.event_type = meter))
                        FROM unnest(:meters) AS meter
                        """)
                .bind("organizationId", voided.organizationId().value())
                .bindArray(
                        "meters",
                        String.class,
                        voided.lines().stream()
                                .map(InvoiceLine::meter)
                                .distinct()
                                .toList())
                .mapTo(String.class)
                .list();
    }

    private static Invoice invoice(
            Order order,
            Drafting.Result.Calculated calculated,
            Optional<String> id,
            Optional<String> number,
            Optional<InvoiceStatus> status,
            Instant created,
            Instant updated) {
        BillingTerms terms = order.terms();
        BillingPeriod period = order.period();
        return new Invoice(
                order.organizationId(),
                order.tenantId(),
                id,
                number,
                new Invoice.Parties(terms.organizationName(), terms.tenantName(), terms.tenantEmail(), terms.planId()),
                period,
                status,
                calculated.amounts(),
                BigDecimal.ZERO.setScale(calculated.amounts().currency().getDefaultFractionDigits()),
                new Invoice.Dates(
                        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), created, updated),
                Optional.empty(),
                order.metadata(),
                calculated.lines());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
