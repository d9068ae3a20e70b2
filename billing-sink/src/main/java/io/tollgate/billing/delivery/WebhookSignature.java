package io.tollgate.billing.delivery;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signatures of Standard Webhooks (github.com/standard-webhooks): HMAC-SHA-256 of `id.timestamp.body`.
public final class WebhookSignature {
    private static final String BASE64_PREFIX = "whsec_";
    private static final String MAC = "HmacSHA256";

    private WebhookSignature() {}

    /// Value of `webhook-signature`: one signature per secret, so that receivers can change theirs at their leisure.
    ///
    /// @param secrets `whsec_` and base64, or raw text; at least one
    public static String sign(List<String> secrets, String id, Instant at, byte[] body) {
        byte[] head = (id + "." + at.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8);
        return secrets.stream()
                .map(secret -> "v1," + sign(key(secret), head, body))
                .collect(Collectors.joining(" "));
    }

    private static String sign(byte[] key, byte[] head, byte[] body) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            mac.update(head);
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }

    private static byte[] key(String secret) {
        if (secret.startsWith(BASE64_PREFIX)) {
            try {
                return Base64.getDecoder().decode(secret.substring(BASE64_PREFIX.length()));
            } catch (IllegalArgumentException e) {
                // Somebody's own secret that only looks like one of these.
            }
        }
        return secret.getBytes(StandardCharsets.UTF_8);
    }
}
