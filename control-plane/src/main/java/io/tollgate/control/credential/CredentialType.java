package io.tollgate.control.credential;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The system that a credential is for, and what such a credential must hold.
public enum CredentialType {
    STRIPE("stripe"),
    /// Accepted and stored; metrics are kept in the installation's own PostgreSQL.
    SUPABASE("supabase"),
    FLY("fly"),
    /// Secrets that the proxy passes on, so that a target can tell its calls from others.
    WEBHOOK_SECRET("webhook_secret"),
    /// What a web page shows of Stripe; not secret, and readable back.
    STRIPE_FRONTEND("stripe_frontend");

    /// Shorter secrets can be searched.
    private static final int WEBHOOK_SECRET_LENGTH_MIN = 16;

    private final String word;

    CredentialType(String word) {
        this.word = word;
    }

    /// As it is written in requests, answers and the database.
    public String word() {
        return word;
    }

    /// The type written `word`, compared exactly.
    public static Optional<CredentialType> ofWord(String word) {
        return Arrays.stream(values()).filter(type -> type.word.equals(word)).findFirst();
    }

    /// What is wrong with a credential; it never quotes it.
    public record Fault(String part, String message) {}

    /// The first thing that is wrong with `parts`; empty if nothing is.
    public Optional<Fault> fault(Map<String, String> parts) {
        return switch (this) {
            case STRIPE ->
                begins(parts, "secret_key", List.of("sk_live_", "sk_test_"))
                        .or(() -> begins(parts, "webhook_secret", List.of("whsec_")));
            case SUPABASE ->
                begins(parts, "url", List.of("https://"))
                        .or(() -> parts.getOrDefault("url", "").contains(".supabase.co")
                                ? Optional.empty()
                                : Optional.of(new Fault("url", "must contain .supabase.co")))
                        .or(() -> begins(parts, "service_role_key", List.of("eyJ")));
            case FLY ->
                begins(parts, "api_token", List.of("fo1_", "fo0_"))
                        .or(() -> filled(parts, "org_slug"))
                        .or(() -> parts.containsKey("default_region")
                                ? filled(parts, "default_region")
                                : Optional.empty());
            case WEBHOOK_SECRET ->
                longEnough(parts, "primary")
                        .or(() -> parts.getOrDefault("secondary", "").isEmpty()
                                ? Optional.empty()
                                : longEnough(parts, "secondary"));
            case STRIPE_FRONTEND -> Optional.empty();
        };
    }

    private static Optional<Fault> begins(Map<String, String> parts, String part, List<String> beginnings) {
        String value = parts.getOrDefault(part, "");
        return beginnings.stream().anyMatch(value::startsWith)
                ? Optional.empty()
                : Optional.of(new Fault(part, "must begin with " + String.join(" or ", beginnings)));
    }

    private static Optional<Fault> filled(Map<String, String> parts, String part) {
        return parts.getOrDefault(part, "").isBlank()
                ? Optional.of(new Fault(part, "must not be empty"))
                : Optional.empty();
    }

    private static Optional<Fault> longEnough(Map<String, String> parts, String part) {
        return parts.getOrDefault(part, "").length() < WEBHOOK_SECRET_LENGTH_MIN
                ? Optional.of(new Fault(part, "must have at least " + WEBHOOK_SECRET_LENGTH_MIN + " characters"))
                : Optional.empty();
    }

    /// The parts of a credential of which only one value was sent, as batches do: the value itself, or the name of the
    /// credential, says which part it is.
    public Map<String, String> partsOf(String name, String value) {
        return switch (this) {
            case STRIPE -> Map.of(stripePart(value), value);
            case WEBHOOK_SECRET -> Map.of("primary", value);
            case STRIPE_FRONTEND -> Map.of(frontendPart(name, value), value);
            case FLY -> Map.of("api_token", value);
            case SUPABASE -> Map.of(value.startsWith("https://") ? "url" : "service_role_key", value);
        };
    }

    private static String stripePart(String value) {
        return value.startsWith("whsec_") ? "webhook_secret" : "secret_key";
    }

    private static String frontendPart(String name, String value) {
        return value.startsWith("pk_") || name.contains("publishable") ? "publishable_key" : "pricing_table_id";
    }
}
