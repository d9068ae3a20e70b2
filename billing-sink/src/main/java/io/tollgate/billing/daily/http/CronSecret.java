package io.tollgate.billing.daily.http;

import io.tollgate.contract.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
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
        return Sha256.digest().digest(text.getBytes(StandardCharsets.UTF_8));
    }
}
