package io.tollgate.control.provider.stripe;

import com.stripe.exception.SignatureVerificationException;
import com.stripe.net.Webhook;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;

/// Whether a body comes from Stripe: the header `Stripe-Signature`.
public final class StripeSignature {
    public static final String HEADER = "Stripe-Signature";

    /// A signature that is older could be a recording.
    private static final long TOLERANCE_SECONDS = 300;

    /// A header with a time and the signatures of a rotation is far shorter; each signature in it is compared.
    private static final int HEADER_LENGTH_MAX = 4_096;

    private StripeSignature() {}

    /// Whether one of `secrets` has signed `body` within the tolerance. Takes the same time wherever a wrong signature
    /// differs.
    public static boolean verified(byte[] body, String header, List<String> secrets, InstantSource clock) {
        if (header.length() > HEADER_LENGTH_MAX) {
            return false;
        }
        String payload = new String(body, StandardCharsets.UTF_8);
        Clock utc = clock.withZone(ZoneOffset.UTC);
        return secrets.stream().anyMatch(secret -> verified(payload, header, secret, utc));
    }

    private static boolean verified(String payload, String header, String secret, Clock clock) {
        if (secret.isEmpty()) {
            return false;
        }
        try {
            return Webhook.Signature.verifyHeader(payload, header, secret, TOLERANCE_SECONDS, clock);
        } catch (SignatureVerificationException e) {
            return false;
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            // The library trips over headers that are not made of pairs.
            return false;
        }
    }
}
