package io.tollgate.contract.access;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What a user is in an organization, least first. Each role may do what those before it may.
public enum MemberRole {
    VIEWER(EnumSet.of(
            Permission.USAGE_READ, Permission.CUSTOMERS_READ, Permission.BILLING_READ, Permission.ANALYTICS_READ)),
    MEMBER(EnumSet.of(
            Permission.USAGE_READ,
            Permission.CUSTOMERS_READ,
            Permission.BILLING_READ,
            Permission.ANALYTICS_READ,
            Permission.EVENTS_WRITE,
            Permission.PROXY_USE,
            Permission.CUSTOMERS_WRITE,
            Permission.ANALYTICS_WRITE)),
    /// Everything but acts on owners and the deletion of the organization.
    ADMIN(EnumSet.allOf(Permission.class)),
    OWNER(EnumSet.allOf(Permission.class));

    @SuppressWarnings("ImmutableEnumChecker") // Unmodifiable, of constants.
    private final Set<Permission> permissions;

    MemberRole(Set<Permission> permissions) {
        this.permissions = Collections.unmodifiableSet(permissions);
    }

    public Set<Permission> permissions() {
        return permissions;
    }

    public boolean atLeast(MemberRole other) {
        return compareTo(other) >= 0;
    }

    /// The role written `word`, in whatever case: one dialect writes roles in upper case, another in lower case.
    public static Optional<MemberRole> ofWord(String word) {
        for (MemberRole role : values()) {
            if (role.name().equals(word.toUpperCase(Locale.ROOT))) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }

    /// All of them, for a sentence that says what there is.
    public static String words() {
        return "viewer, member, admin, owner";
    }
}
