package io.tollgate.control.key;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// The full text of a key: whoever knows it is the key's principal. Never logged, never stored.
public final class KeyText {
    private static final String ORGANIZATION_PREFIX = "tk_live_";

    /// 192 bits cannot be guessed or searched, so a plain digest is as safe as a slow one.
    private static final int SECRET_BYTES = 24;

    private static final int PREFIX_LENGTH = 12;

    private final String text;

    private KeyText(String text) {
        this.text = text;
    }

    /// A new organization key.
    ///
    /// @param random cryptographically secure
    public static KeyText ofOrganization(RandomGenerator random) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return new KeyText(ORGANIZATION_PREFIX + HexFormat.of().formatHex(secret));
    }

    /// The text itself, for the one answer that shows it.
    public String reveal() {
        return text;
    }

    /// SHA-256 of the text, 64 lower-case hex digits.
    public String hash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// The first 12 characters, so that a person can tell keys apart.
    public String prefix() {
        return text.substring(0, PREFIX_LENGTH);
    }

    @Override
    public String toString() {
        return prefix() + "…";
    }
}
