package io.tollgate.contract.secret;

import io.tollgate.contract.Sha256;
import java.nio.charset.StandardCharsets;
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
        return Sha256.digest().digest(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
