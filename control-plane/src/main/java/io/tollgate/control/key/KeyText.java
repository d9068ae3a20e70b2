package io.tollgate.control.key;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// The full text of a key: whoever knows it is the key's principal. Never logged, never stored.
public final class KeyText {
    private static final String ORGANIZATION_PREFIX = "tk_live_";
    private static final String TENANT_PREFIX = "ck_live_";
    private static final String SCOPED_PREFIX = "usa_";

    /// 192 bits cannot be guessed or searched, so a plain digest is as safe as a slow one.
    private static final int SECRET_BYTES = 24;

    private static final int PREFIX_LENGTH = 12;
    private static final Pattern FORM = Pattern.compile("(" + ORGANIZATION_PREFIX + "|" + TENANT_PREFIX + "|"
            + SCOPED_PREFIX + ")[0-9a-f]{" + 2 * SECRET_BYTES + "}");

    private final String text;

    private KeyText(String text) {
        this.text = text;
    }

    /// A new key of an organization or a tenant.
    ///
    /// @param random cryptographically secure
    public static KeyText of(KeyHolder holder, RandomGenerator random) {
        return switch (holder) {
            case KeyHolder.OfOrganization organization -> made(ORGANIZATION_PREFIX, random);
            case KeyHolder.OfTenant tenant -> made(TENANT_PREFIX, random);
        };
    }

    /// A new scoped key.
    ///
    /// @param random cryptographically secure
    public static KeyText scoped(RandomGenerator random) {
        return made(SCOPED_PREFIX, random);
    }

    private static KeyText made(String prefix, RandomGenerator random) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return new KeyText(prefix + HexFormat.of().formatHex(secret));
    }

    /// The text that somebody sent, to be looked up; empty if no key of ours has its form.
    public static Optional<KeyText> sent(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new KeyText(text)) : Optional.empty();
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
