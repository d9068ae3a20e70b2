package io.tollgate.control.tenant.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.http.Answers;
import io.tollgate.http.ToldOrganization;
import java.util.List;
import java.util.Optional;

/// The tenant that a path names as `{cid}`.
public final class NamedTenant {
    private NamedTenant() {}

    /// The organization that the request names. The admin need not say whose tenant it is where only one organization
    /// has one of this id.
    public static Optional<OrganizationId> organization(Tenants tenants, HttpRequest<?> request, String cid) {
        Optional<OrganizationId> told = ToldOrganization.of(request);
        if (told.isPresent() || !(Answers.principal(request) instanceof Principal.Admin)) {
            return told;
        }
        List<OrganizationId> owners = tenants.organizationsOf(id(cid));
        if (owners.isEmpty()) {
            throw none();
        }
        return owners.size() == 1 ? Optional.of(owners.getFirst()) : Optional.empty();
    }

    // An id that no tenant can have is the id of none.
    public static TenantId id(String cid) {
        try {
            return new TenantId(cid);
        } catch (IllegalArgumentException e) {
            throw none();
        }
    }

    /// The problem of a request that names a tenant which does not exist.
    public static Problem none() {
        return Problem.of(ErrorCode.NOT_FOUND, "Customer not found");
    }
}
