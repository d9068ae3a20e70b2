package io.tollgate.server.runtime;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.organization.OwnedData;
import io.tollgate.control.tenant.TenantUsage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;

/// What the sink has stored of tenants and organizations, for the routes of tenants, and to be erased with them.
record StoredUsage(Jdbi jdbi) implements TenantUsage, OwnedData {
    @Override
    public Map<TenantId, Long> events(OrganizationId organizationId, Collection<TenantId> tenants) {
        if (tenants.isEmpty()) {
            return Map.of();
        }
        Map<TenantId, Long> events = new HashMap<>();
        jdbi.useHandle(handle -> handle.createQuery("""
                        SELECT tenant_id, sum(event_count) AS events FROM usage_snapshots
                        WHERE organization_id = :organizationId AND tenant_id = ANY (:tenants)
                        GROUP BY tenant_id
                        """)
                .bind("organizationId", organizationId.value())
                .bindArray(
                        "tenants",
                        String.class,
                        tenants.stream().map(TenantId::value).toList())
                .map((row, context) -> Map.entry(new TenantId(row.getString("tenant_id")), row.getLong("events")))
                .forEach(entry -> events.put(entry.getKey(), entry.getValue())));
        return events;
    }

    @Override
    public List<OfMeter> total(OrganizationId organizationId, TenantId tenantId) {
        return jdbi.withHandle(handle -> byMeter(handle.createQuery("""
                        SELECT event_type AS meter, sum(total_quantity) AS quantity, sum(event_count) AS events
                        FROM usage_snapshots WHERE organization_id = :organizationId AND tenant_id = :tenantId
                        GROUP BY event_type ORDER BY event_type
                        """)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())));
    }

    @Override
    public List<OfMeter> month(OrganizationId organizationId, TenantId tenantId, Instant now) {
        return jdbi.withHandle(handle -> byMeter(handle.createQuery("""
                        SELECT meter, quantity_sum AS quantity, event_count AS events FROM counters
                        WHERE organization_id = :organizationId AND subject = 'tenant:' || :tenantId
                          AND window_kind = 'MONTH' AND window_start <= :now AND window_end > :now
                        ORDER BY meter
                        """)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId.value())
                .bind("now", now.atOffset(ZoneOffset.UTC))));
    }

    private static List<OfMeter> byMeter(Query query) {
        return query.map((row, context) -> fromRow(row)).list();
    }

    private static OfMeter fromRow(ResultSet row) throws SQLException {
        return new OfMeter(row.getString("meter"), row.getBigDecimal("quantity"), row.getLong("events"));
    }

    @Override
    public void erase(OrganizationId organizationId, Optional<TenantId> tenantId) {
        String subject = tenantId.map(id -> "tenant:" + id.value()).orElse(null);
        jdbi.useTransaction(handle -> {
            for (String table : List.of(
                    "usage_events",
                    "event_corrections",
                    "rejected_events",
                    "counters",
                    "metric_snapshots",
                    "counter_cuts")) {
                handle.createUpdate("DELETE FROM " + table + " WHERE organization_id = :organizationId"
                                + " AND (:subject::text IS NULL OR subject = :subject)")
                        .bind("organizationId", organizationId.value())
                        .bind("subject", subject)
                        .execute();
            }
            for (String table : List.of(
                    "usage_snapshots", "webhook_deliveries", "stripe_cycles", "stripe_reports", "stripe_overages")) {
                handle.createUpdate("DELETE FROM " + table + " WHERE organization_id = :organizationId"
                                + " AND (:tenantId::text IS NULL OR tenant_id = :tenantId)")
                        .bind("organizationId", organizationId.value())
                        .bind("tenantId", tenantId.map(TenantId::value).orElse(null))
                        .execute();
            }
            // Invoices stay, and say no more of whom they were for than the id.
            handle.createUpdate(
                            "UPDATE invoices SET tenant_name = tenant_id, tenant_email = NULL, events_erased_at = clock_timestamp()"
                                    + " WHERE organization_id = :organizationId"
                                    + " AND (:tenantId::text IS NULL OR tenant_id = :tenantId)")
                    .bind("organizationId", organizationId.value())
                    .bind("tenantId", tenantId.map(TenantId::value).orElse(null))
                    .execute();
            tenantId.ifPresent(id -> handle.execute(
                    "DELETE FROM simulation_totals t USING simulations s WHERE s.id = t.simulation_id"
                            + " AND s.organization_id = ? AND t.tenant_id = ?",
                    organizationId.value(),
                    id.value()));
            if (tenantId.isEmpty()) {
                for (String table : List.of("webhook_endpoints", "metric_creations", "simulations")) {
                    handle.execute("DELETE FROM " + table + " WHERE organization_id = ?", organizationId.value());
                }
            }
        });
    }
}
