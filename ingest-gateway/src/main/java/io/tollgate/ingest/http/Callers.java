package io.tollgate.ingest.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;

/// On whose behalf a request of this module is made.
final class Callers {
    private Callers() {}

    /// The organization whose key was sent; the admin key and tenant keys are refused in the words of the route.
    static OrganizationId organization(HttpRequest<?> request) {
        Principal principal = request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseThrow(() -> new IllegalStateException("no filter has left a principal"));
        if (MetricUpdateController.isPath(request.getPath())) {
            if (principal instanceof Principal.Admin) {
                throw Problem.of(ErrorCode.UNAUTHENTICATED, "This route takes an organization key.");
            }
            if (principal instanceof Principal.Tenant) {
                throw Problem.of(
                        ErrorCode.FORBIDDEN, "Customers cannot update metrics directly. Use the proxy endpoint.");
            }
        }
        return Authority.organization(principal, Permission.EVENTS_WRITE);
    }
}
