package io.tollgate.control.key;

import io.tollgate.contract.access.Permission;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What is asked for when a scoped key is made.
public record ScopedKeyDraft(
        String name, Set<Permission> permissions, Optional<Instant> expiresAt, List<String> allowedCidrs) {
    /// Longest name in characters.
    public static final int NAME_LENGTH_MAX = 100;

    /// What a key may do when it does not say: report usage and read it back.
    public static final Set<Permission> PERMISSIONS_ABSENT =
            Collections.unmodifiableSet(EnumSet.of(Permission.EVENTS_WRITE, Permission.USAGE_READ));

    public ScopedKeyDraft {
        allowedCidrs = List.copyOf(allowedCidrs);
    }

    /// @throws IllegalArgumentException saying what a name must be
    public static void requireName(String name) {
        if (name.isBlank() || name.length() > NAME_LENGTH_MAX || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "must have 1 to " + NAME_LENGTH_MAX + " characters and no control characters");
        }
    }
}
