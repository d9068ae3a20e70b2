package io.tollgate.billing.invoice.postgres;

import io.tollgate.billing.invoice.BillingTotals;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.time.Instant;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/// Sums over invoices in PostgreSQL.
public final class PostgresBillingTotals implements BillingTotals.Source {
    private final Jdbi jdbi;

    public PostgresBillingTotals(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public List<BillingTotals> of(
            OrganizationId organizationId,
            Optional<TenantId> tenantId,
            Optional<Instant> from,
            Optional<Instant> before) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT currency, sum(total) AS billed, count(*) AS invoices,
                               coalesce(sum(total) FILTER (WHERE status = 'PAID'), 0) AS paid,
                               coalesce(sum(total) FILTER (WHERE status <> 'PAID'), 0) AS pending
                        FROM invoices
                        WHERE organization_id = :organizationId AND status <> 'CANCELLED'
                          AND (CAST(:tenantId AS text) IS NULL OR tenant_id = :tenantId)
                          AND (CAST(:from AS timestamptz) IS NULL OR period_start >= :from)
                          AND (CAST(:before AS timestamptz) IS NULL OR period_start < :before)
                        GROUP BY currency ORDER BY count(*) DESC, currency
                        """)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.map(TenantId::value).orElse(null))
                .bind("from", from.map(CoveredEvents::utc).orElse(null))
                .bind("before", before.map(CoveredEvents::utc).orElse(null))
                .map((row, context) -> {
                    Currency currency = Currency.getInstance(row.getString("currency"));
                    return new BillingTotals(
                            currency,
                            InvoiceRows.money(row, "billed", currency),
                            InvoiceRows.money(row, "paid", currency),
                            InvoiceRows.money(row, "pending", currency),
                            row.getLong("invoices"));
                })
                .list());
    }
}
