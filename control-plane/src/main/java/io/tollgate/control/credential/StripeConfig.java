package io.tollgate.control.credential;

import java.util.List;
import java.util.Optional;

/// What an organization has told about its Stripe account: what a page may show, and which secrets are there.
public record StripeConfig(
        Optional<String> pricingTableId,
        Optional<String> publishableKey,
        boolean webhookSecretConfigured,
        boolean secretKeyConfigured) {
    /// A credential named for one value goes before others that hold it as a part.
    ///
    /// @param frontend credentials of type `stripe_frontend`
    /// @param secret credentials of type `stripe`
    public static StripeConfig of(List<OpenCredential> frontend, List<OpenCredential> secret) {
        return new StripeConfig(
                value(frontend, "stripe_pricing_table", "pricing_table_id"),
                value(frontend, "stripe_publishable_key", "publishable_key"),
                value(secret, "stripe_webhook_secret", "webhook_secret").isPresent(),
                value(secret, "stripe_secret_key", "secret_key").isPresent());
    }

    private static Optional<String> value(List<OpenCredential> credentials, String name, String part) {
        return credentials.stream()
                .filter(open -> open.credential().name().value().equals(name))
                .findFirst()
                .flatMap(open -> part(open, part).or(() -> only(open)))
                .or(() -> credentials.stream()
                        .flatMap(open -> part(open, part).stream())
                        .findFirst());
    }

    private static Optional<String> part(OpenCredential open, String part) {
        return Optional.ofNullable(open.parts().get(part)).filter(value -> !value.isEmpty());
    }

    // Whatever the one value of a credential was called: its name says what it is.
    private static Optional<String> only(OpenCredential open) {
        List<String> values = open.parts().entrySet().stream()
                .filter(part ->
                        !part.getKey().equals("description") && !part.getValue().isEmpty())
                .map(part -> part.getValue())
                .toList();
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }
}
