package io.tollgate.server.runtime;

import io.tollgate.billing.invoice.BillingTerms;
import io.tollgate.billing.invoice.Contracts;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.tenant.Tenant;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.metering.limit.Plan;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/// Terms of billing, as organizations and tenants stand in the database.
record StoredContracts(
        Organizations organizations, Tenants tenants, OrganizationZones zones, Jdbi jdbi, InstantSource clock)
        implements Contracts {
    private static final int DIGITS = 8;

    @Override
    public Optional<BillingTerms> of(OrganizationId organizationId, TenantId tenantId) {
        return organizations
                .find(organizationId)
                .flatMap(organization ->
                        tenants.find(organizationId, tenantId).map(tenant -> terms(organization, tenant)));
    }

    private BillingTerms terms(Organization organization, Tenant tenant) {
        return new BillingTerms(
                organization.name(),
                numberName(organization.id()),
                organization.currency(),
                organization.timeZone(),
                organization.settings().taxRate(),
                organization.settings().paymentTermsDays(),
                tenant.name(),
                tenant.email(),
                tenants.effectivePlan(tenant, clock.instant()).plan().map(Plan::id));
    }

    /// The slug, or, until there is one, the first digits of the id.
    private String numberName(OrganizationId organizationId) {
        return jdbi.withHandle(handle -> handle.createQuery(
                                "SELECT slug FROM organizations WHERE id = :id AND slug IS NOT NULL")
                        .bind("id", organizationId.value())
                        .mapTo(String.class)
                        .findOne())
                .orElseGet(() -> beginning(organizationId))
                .toUpperCase(Locale.ROOT);
    }

    private static String beginning(OrganizationId organizationId) {
        String digits = organizationId.value().replaceFirst("^biz_", "");
        return digits.substring(0, Math.min(DIGITS, digits.length()));
    }

    @Override
    public ZoneId zoneOf(OrganizationId organizationId) {
        return zones.zoneOf(organizationId);
    }
}
