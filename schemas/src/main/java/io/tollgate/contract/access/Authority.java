package io.tollgate.contract.access;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;

/// Who may do what, as `http-api` 1.3 has it. Each method answers when the principal may go on and raises the
/// documented
/// problem when not.
public final class Authority {
    /// Request attribute under which the server leaves the [Principal] of every request.
    public static final String PRINCIPAL_ATTRIBUTE = "tollgate.principal";

    private Authority() {}

    /// The organization on whose behalf an organization key speaks; the admin key does not speak for one here.
    public static OrganizationId organization(Principal principal) {
        return switch (principal) {
            case Principal.Organization organization -> organization.organizationId();
            case Principal.Admin admin ->
                throw Problem.of(ErrorCode.FORBIDDEN, "This route takes an organization key, not the admin key.");
            case Principal.Nobody nobody -> throw unauthenticated(nobody);
        };
    }

    /// Passes the admin only; 403 for other principals.
    public static void admin(Principal principal) {
        switch (principal) {
            case Principal.Admin admin -> {}
            case Principal.Organization organization ->
                throw Problem.of(ErrorCode.FORBIDDEN, "Admin authentication required");
            case Principal.Nobody nobody -> throw unauthenticated(nobody);
        }
    }

    /// Passes the admin, and the organization itself for its own `organizationId`.
    public static void adminOrOwn(Principal principal, OrganizationId organizationId) {
        switch (principal) {
            case Principal.Admin admin -> {}
            case Principal.Organization organization -> {
                if (!organization.organizationId().equals(organizationId)) {
                    throw Problem.of(
                            ErrorCode.ORGANIZATION_MISMATCH, "The key belongs to another organization than the path.");
                }
            }
            case Principal.Nobody nobody -> throw unauthenticated(nobody);
        }
    }

    private static Problem unauthenticated(Principal.Nobody nobody) {
        return Problem.of(ErrorCode.UNAUTHENTICATED, nobody.why());
    }
}
