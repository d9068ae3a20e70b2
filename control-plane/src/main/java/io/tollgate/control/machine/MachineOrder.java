package io.tollgate.control.machine;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
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
    /// How long a machine runs that a payment or a crossing asks for: a month and two days, so that the next payment
    /// comes
    /// before its end.
    public static final Duration LASTS = Duration.ofSeconds(2_851_200);

    /// Longest name of an image in characters (255 of the name, 128 of the tag, and a registry).
    public static final int IMAGE_LENGTH_MAX = 500;

    /// A key of bounded length: `kind`, and a digest of what the order is for.
    public static String key(String kind, String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
            return kind + ":" + HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /// Whether an order may name `text` as what is to run.
    public static boolean isImage(String text) {
        return !text.isBlank() && text.length() <= IMAGE_LENGTH_MAX;
    }

    public MachineOrder {
        if (key.isEmpty() || key.length() > KEY_LENGTH_MAX) {
            throw new IllegalArgumentException("a key must have 1 to " + KEY_LENGTH_MAX + " characters");
        }
        if (!isImage(dockerImage)) {
            throw new IllegalArgumentException("an image must have 1 to " + IMAGE_LENGTH_MAX + " characters");
        }
    }
}
