package io.tollgate.control.tenant;

/// How many tenants an organization has.
///
/// @param newThisMonth made in the current month of the organization's zone
public record TenantSummary(long active, long suspended, long deleted, long newThisMonth) {
    public long total() {
        return active + suspended + deleted;
    }
}
