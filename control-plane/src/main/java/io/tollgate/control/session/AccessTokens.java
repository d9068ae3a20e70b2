package io.tollgate.control.session;

import com.google.crypto.tink.subtle.Ed25519Sign;
import com.google.crypto.tink.subtle.Ed25519Verify;
import com.google.crypto.tink.subtle.Hkdf;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.access.Principal;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// Tokens that say by themselves who calls, for gateways, which look nobody up in a database: `tgs_`, what is said, a
/// dot, and an Ed25519 signature over it. What is said holds until the token expires, whatever becomes of the
/// membership
/// meanwhile; that is why it lasts minutes only. Immutable and thread-safe.
public final class AccessTokens {
    public static final String PREFIX = "tgs_";

    /// Long enough for a page to renew it in peace, and as long as a member who was removed can still use a gateway.
    public static final Duration LASTS = Duration.ofSeconds(300);

    /// Begins every signed text: the signature of something else is never one of a token.
    private static final String CONTEXT = "tollgate access token 1";

    /// Tells this use of the installation's secret apart from every other one.
    private static final byte[] KEY_INFO =
            "tollgate access tokens, Ed25519 seed, 1".getBytes(StandardCharsets.US_ASCII);

    private static final int SEED_BYTES = 32;
    private static final int LINES = 5;
    private static final String SEPARATOR = "\n";
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final Ed25519Sign signer;
    private final Ed25519Verify verifier;

    /// @param secret of the installation, the same on all instances and beyond guessing: from it comes the key
    public AccessTokens(byte[] secret) {
        try {
            byte[] seed = Hkdf.computeHkdf("HMACSHA256", secret, new byte[0], KEY_INFO, SEED_BYTES);
            Ed25519Sign.KeyPair pair = Ed25519Sign.KeyPair.newKeyPairFromSeed(seed);
            this.signer = new Ed25519Sign(pair.getPrivateKey());
            this.verifier = new Ed25519Verify(pair.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no SHA-512 or no HMAC-SHA-256", e);
        }
    }

    /// A new token, shown once.
    public record Issued(String token, Instant expiresAt) {
        @Override
        public String toString() {
            return "(secret)";
        }
    }

    public Issued issue(Principal.Member member, Instant now) {
        Instant expiresAt = now.plus(LASTS).truncatedTo(ChronoUnit.SECONDS);
        String said = String.join(
                SEPARATOR,
                CONTEXT,
                member.userId().value(),
                member.organizationId().value(),
                member.role().name(),
                Long.toString(expiresAt.getEpochSecond()));
        byte[] bytes = said.getBytes(StandardCharsets.UTF_8);
        try {
            return new Issued(
                    PREFIX + ENCODER.encodeToString(bytes) + "." + ENCODER.encodeToString(signer.sign(bytes)),
                    expiresAt);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key that was made signs", e);
        }
    }

    /// Whom a token of this installation stands for at `now`; empty for every other text.
    public Optional<Principal.Member> read(String text, Instant now) {
        int dot = text.indexOf('.');
        if (!text.startsWith(PREFIX) || dot < 0) {
            return Optional.empty();
        }
        try {
            byte[] said = Base64.getUrlDecoder().decode(text.substring(PREFIX.length(), dot));
            byte[] signature = Base64.getUrlDecoder().decode(text.substring(dot + 1));
            verifier.verify(signature, said);
            return member(new String(said, StandardCharsets.UTF_8).split(SEPARATOR, -1), now);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Whatever it is, nobody of ours has said it.
            return Optional.empty();
        }
    }

    private static Optional<Principal.Member> member(String[] lines, Instant now) {
        if (lines.length != LINES || !lines[0].equals(CONTEXT)) {
            throw new IllegalArgumentException("another kind of text: " + Arrays.toString(lines));
        }
        return Instant.ofEpochSecond(Long.parseLong(lines[4])).isAfter(now)
                ? Optional.of(new Principal.Member(
                        new UserId(lines[1]), new OrganizationId(lines[2]), MemberRole.valueOf(lines[3])))
                : Optional.empty();
    }
}
