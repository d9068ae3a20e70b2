package io.tollgate.billing.daily.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/// What schedulers outside show. Kept as its digest only, so that comparing takes the same time whatever was sent.
public final class CronSecret {
    private static final String BEARER = "bearer ";

    private final Optional<byte[]> digest;

    /// @param secret unset: nothing is accepted
    public CronSecret(Optional<String> secret) {
        this.digest = secret.map(CronSecret::sha256);
    }

    boolean configured() {
        return digest.isPresent();
    }

    /// @param authorization the header as it was sent; its scheme in whatever case
    boolean shownBy(String authorization) {
        return digest.isPresent()
                && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && MessageDigest.isEqual(digest.get(), sha256(authorization.substring(BEARER.length())));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
