package io.tollgate.contract.access;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
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

    /// The organization for which a key or a member with `permission` speaks; the admin key and tenant keys do not.
    public static OrganizationId organization(Principal principal, Permission permission) {
        return switch (principal) {
            case Principal.Organization organization -> organization.organizationId();
            case Principal.Scoped scoped ->
                permitted(scoped.organizationId(), scoped.permissions().contains(permission), permission);
            case Principal.Member member ->
                permitted(member.organizationId(), member.role().permissions().contains(permission), permission);
            case Principal.User user -> throw withoutOrganization(user);
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
            case Principal.Member member -> throw adminRequired();
            case Principal.User user -> throw adminRequired();
            case Principal.Nobody nobody -> throw unauthenticated(nobody);
        }
    }

    /// Passes the admin only, as on every route under `/admin`: 401 for whatever else.
    public static void operator(Principal principal) {
        if (!(principal instanceof Principal.Admin)) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, "Admin authentication required");
        }
    }

    /// The user who calls; everybody else is refused.
    public static UserId user(Principal principal) {
        return switch (principal) {
            case Principal.Member member -> member.userId();
            case Principal.User user -> user.userId();
            case Principal.Admin admin -> throw userRequired();
            case Principal.Organization organization -> throw userRequired();
            case Principal.Scoped scoped -> throw userRequired();
            case Principal.Tenant tenant -> throw userRequired();
            case Principal.Nobody nobody -> throw unauthenticated(nobody);
        };
    }

    private static OrganizationId permitted(OrganizationId organizationId, boolean held, Permission permission) {
        if (!held) {
            throw lacking(permission);
        }
        return organizationId;
    }

    /// What the principal may do in its organization; the admin may do everything in each.
    public static Set<Permission> held(Principal principal) {
        return switch (principal) {
            case Principal.Admin admin -> EnumSet.allOf(Permission.class);
            case Principal.Organization organization -> EnumSet.allOf(Permission.class);
            case Principal.Scoped scoped -> scoped.permissions();
            case Principal.Tenant tenant -> Set.of();
            case Principal.Member member -> member.role().permissions();
            case Principal.User user -> Set.of();
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

    private static Problem userRequired() {
        return Problem.of(ErrorCode.FORBIDDEN, "This route takes the session of a user, not a key.");
    }

    /// The organization that a request with a session is about cannot be told, or is not the user's.
    private static Problem withoutOrganization(Principal.User user) {
        return user.foreign()
                ? Problem.of(
                        ErrorCode.ORGANIZATION_MISMATCH, "The user is no member of the organization that is named.")
                : Problem.of(
                        ErrorCode.ORGANIZATION_REQUIRED,
                        "The user has several organizations, or none: name one as X-Organization-Id.");
    }

    private static Problem unauthenticated(Principal.Nobody nobody) {
        return Problem.of(ErrorCode.UNAUTHENTICATED, nobody.why());
    }
}
