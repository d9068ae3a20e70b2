package io.tollgate.contract;

import java.util.Optional;

/// What usage is attributed to and partitioned by: `tenant:<id>`, `organization` or `site:<id>`.
public record SubjectId(String value) {
    private static final String TENANT = "tenant:";
    private static final String SITE = "site:";
    private static final SubjectId ORGANIZATION = new SubjectId("organization");

    public SubjectId {
        if (!value.equals("organization")) {
            if (value.startsWith(TENANT)) {
                Text.named("tenant id", value.substring(TENANT.length()), TenantId.MAX_LENGTH);
            } else if (value.startsWith(SITE)) {
                Text.named("site id", value.substring(SITE.length()), TenantId.MAX_LENGTH);
            } else {
                throw new IllegalArgumentException("subject must be tenant:<id>, organization or site:<id>");
            }
        }
    }

    public static SubjectId tenant(TenantId tenantId) {
        return new SubjectId(TENANT + tenantId.value());
    }

    public static SubjectId organization() {
        return ORGANIZATION;
    }

    public static SubjectId site(String siteId) {
        return new SubjectId(SITE + siteId);
    }

    /// Whether this subject is a tenant.
    public boolean ofTenant() {
        return value.startsWith(TENANT);
    }

    /// The tenant, if this subject is one.
    public Optional<TenantId> tenantId() {
        return value.startsWith(TENANT)
                ? Optional.of(new TenantId(value.substring(TENANT.length())))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return value;
    }
}
