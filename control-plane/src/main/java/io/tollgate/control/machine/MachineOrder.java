package io.tollgate.control.machine;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.time.Instant;
import java.util.Optional;

/// The wish for a machine.
///
/// @param key what it is for: an order with the key of another is the same order
/// @param dockerImage what it is to run
/// @param expiresAt when it is to end; absent: never by itself
public record MachineOrder(
        String key, OrganizationId organizationId, TenantId tenantId, String dockerImage, Optional<Instant> expiresAt) {
    /// Longest key in characters: room for an id of an organization, one of its things, and a word.
    public static final int KEY_LENGTH_MAX = 180;
    /// Longest name of an image in characters (255 of the name, 128 of the tag, and a registry).
    public static final int IMAGE_LENGTH_MAX = 500;

    public MachineOrder {
        if (key.isEmpty() || key.length() > KEY_LENGTH_MAX) {
            throw new IllegalArgumentException("a key must have 1 to " + KEY_LENGTH_MAX + " characters");
        }
        if (dockerImage.isBlank() || dockerImage.length() > IMAGE_LENGTH_MAX) {
            throw new IllegalArgumentException("an image must have 1 to " + IMAGE_LENGTH_MAX + " characters");
        }
    }
}
