package io.tollgate.contract.secret;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// A secret that its holder shows to be recognized: of a session, an invitation, a reset of a password. Never logged;
/// stored is its hash.
public final class RandomToken {
    /// 256 bits cannot be guessed or searched, so a plain digest is as safe as a slow one.
    private static final int BYTES = 32;

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}");

    private final String text;

    private RandomToken(String text) {
        this.text = text;
    }

    /// @param random cryptographically secure
    public static RandomToken made(RandomGenerator random) {
        byte[] secret = new byte[BYTES];
        random.nextBytes(secret);
        return new RandomToken(Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /// The text that somebody sent, to be looked up; empty if no token has its form.
    public static Optional<RandomToken> sent(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new RandomToken(text)) : Optional.empty();
    }

    /// The text itself, for the one answer or mail that shows it.
    public String reveal() {
        return text;
    }

    /// SHA-256 of the text.
    public byte[] hash() {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
