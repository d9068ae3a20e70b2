package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Orders to invoice many tenants, kept until every tenant has an answer. Thread-safe, and shared by the workers of all
/// processes.
public interface InvoiceRuns {
    /// Most tenants that a request may name.
    int TENANTS_MAX = 10_000;

    /// @param tenants empty: all that used something in the period
    /// @param finalizing whether the invoices are finalized at once
    record Order(
            OrganizationId organizationId,
            BillingPeriod period,
            Optional<List<TenantId>> tenants,
            boolean finalizing,
            Actor actor) {}

    /// A run that a worker has in hand.
    ///
    /// @param chosen whether its tenants are known
    record Run(
            String id,
            OrganizationId organizationId,
            BillingPeriod period,
            boolean finalizing,
            boolean chosen,
            Actor actor) {}

    /// How far a run is.
    ///
    /// @param status `pending`, `running` or `completed`
    /// @param tenants how many it is for
    /// @param settled how many have an answer
    /// @param error why it could not go on when that was last so
    record Progress(
            String id, BillingPeriod period, String status, long tenants, long settled, Optional<String> error) {}

    /// What became of one tenant.
    ///
    /// @param invoiceId made, or standing in the way
    /// @param skipped why none was made; empty if one was
    record Settled(TenantId tenantId, Optional<String> invoiceId, Optional<String> skipped) {}

    String order(Order order);

    Optional<Progress> find(OrganizationId organizationId, String id);

    /// Those that have an answer, in the order of their ids.
    ///
    /// @param after the last one seen
    List<Settled> settled(String id, Optional<TenantId> after, int limit);

    /// Takes the oldest run that nobody has in hand. What is not finished by `until` is anybody's again.
    Optional<Run> claim(Instant until);

    void keep(Run run, Instant until);

    /// Chooses the tenants of a run that names none: those with usage in its period, and those of whom anything was
    /// received since it began, which may be late for an earlier one.
    void choose(Run run);

    /// Tenants of the run that have no answer yet.
    List<TenantId> waiting(Run run, int limit);

    /// Invoices one tenant, and writes down that it is done, in one transaction.
    ///
    /// @param terms empty: the organization has no such tenant
    void settle(Run run, TenantId tenantId, Optional<BillingTerms> terms, long before);

    /// Writes down that a tenant cannot be invoiced, for a fault of ours.
    void fail(Run run, TenantId tenantId);

    void complete(Run run);

    /// Writes down why it cannot go on for now, and leaves it to whoever comes.
    void giveUpForNow(Run run, String why, Instant until);

    /// Orders runs for the organizations that have invoices made by themselves: each month once for the last month, and
    /// once more for the one before, of which some tenant's first events may have come since. Answers how many.
    int orderForPastMonths();
}
