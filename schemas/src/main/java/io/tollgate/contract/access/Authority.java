package io.tollgate.contract.access;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Who may do what: the one matrix of principals and areas. Each method answers when the principal may go on and raises
/// the documented problem when not.
public final class Authority {
    /// Request attribute under which the server leaves the [Principal] of every request.
    public static final String PRINCIPAL_ATTRIBUTE = "tollgate.principal";

    /// Request attribute under which the server leaves the id of every request, a text.
    public static final String REQUEST_ID_ATTRIBUTE = "tollgate.request-id";

    private Authority() {}

    /// The organization for which a key with `permission` speaks; the admin key and tenant keys do not.
    public static OrganizationId organization(Principal principal, Permission permission) {
        return switch (principal) {
            case Principal.Organization organization -> organization.organizationId();
            case Principal.Scoped scoped -> permitted(scoped, permission);
            case Principal.Tenant tenant ->
                throw Problem.of(ErrorCode.FORBIDDEN, "This route takes an organization key, not a tenant key.");
            case Principal.Admin admin ->
                throw Problem.of(ErrorCode.FORBIDDEN, "This route takes an organization key, not the admin key.");
            case Principal.Nobody nobody -> throw unauthenticated(nobody);
        };
    }

    /// Whose data may be read: the organization's by a key with `permission`, or a tenant's own by its key.
    public static Reach reach(Principal principal, Permission permission) {
        if (principal instanceof Principal.Tenant tenant) {
            return new Reach(tenant.organizationId(), Optional.of(tenant.tenantId()));
        }
        return new Reach(organization(principal, permission), Optional.empty());
    }

    /// The organization that a call of the areas open to the admin is about.
    ///
    /// @param told the organization named by path, body, query or header; the admin must name one
    public static OrganizationId managed(Principal principal, Optional<OrganizationId> told, Permission permission) {
        if (principal instanceof Principal.Admin) {
            return told.orElseThrow(() -> Problem.of(
                    ErrorCode.ORGANIZATION_REQUIRED,
                    "The admin key belongs to no organization: name one as business_id or X-Organization-Id."));
        }
        return own(organization(principal, permission), told);
    }

    /// As [#managed], and a tenant's key passes for its own data.
    public static Reach managedReach(Principal principal, Optional<OrganizationId> told, Permission permission) {
        if (principal instanceof Principal.Tenant tenant) {
            return new Reach(own(tenant.organizationId(), told), Optional.of(tenant.tenantId()));
        }
        return new Reach(managed(principal, told, permission), Optional.empty());
    }

    /// `own`, if the request names no other organization.
    public static OrganizationId own(OrganizationId own, Optional<OrganizationId> told) {
        if (told.isPresent() && !told.get().equals(own)) {
            throw Problem.of(
                    ErrorCode.ORGANIZATION_MISMATCH,
                    "The key belongs to another organization than the one the request names.");
        }
        return own;
    }

    /// Passes the admin only; 403 for other principals.
    public static void admin(Principal principal) {
        switch (principal) {
            case Principal.Admin admin -> {}
            case Principal.Organization organization -> throw adminRequired();
            case Principal.Scoped scoped -> throw adminRequired();
            case Principal.Tenant tenant -> throw adminRequired();
            case Principal.Nobody nobody -> throw unauthenticated(nobody);
        }
    }

    /// Passes the admin only, as on every route under `/admin`: 401 for whatever else.
    public static void operator(Principal principal) {
        if (!(principal instanceof Principal.Admin)) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, "Admin authentication required");
        }
    }

    private static OrganizationId permitted(Principal.Scoped scoped, Permission permission) {
        if (!scoped.permissions().contains(permission)) {
            throw lacking(permission);
        }
        return scoped.organizationId();
    }

    /// What the principal may do in its organization; the admin may do everything in each.
    public static Set<Permission> held(Principal principal) {
        return switch (principal) {
            case Principal.Admin admin -> EnumSet.allOf(Permission.class);
            case Principal.Organization organization -> EnumSet.allOf(Permission.class);
            case Principal.Scoped scoped -> scoped.permissions();
            case Principal.Tenant tenant -> Set.of();
            case Principal.Nobody nobody -> Set.of();
        };
    }

    /// Passes a principal that holds all of `granted`: nobody gives away what it does not have.
    public static void grant(Principal principal, Set<Permission> granted) {
        Set<Permission> held = held(principal);
        for (Permission permission : granted) {
            if (!held.contains(permission)) {
                throw lacking(permission);
            }
        }
    }

    private static Problem lacking(Permission permission) {
        return Problem.of(
                ErrorCode.INSUFFICIENT_PERMISSION, "Insufficient permissions. Required: " + permission.word());
    }

    private static Problem adminRequired() {
        return Problem.of(ErrorCode.FORBIDDEN, "Admin authentication required");
    }

    private static Problem unauthenticated(Principal.Nobody nobody) {
        return Problem.of(ErrorCode.UNAUTHENTICATED, nobody.why());
    }
}
