package io.tollgate.control.webhook;

/// An endpoint with its new secret, which is shown once.
public record SecretRotation(WebhookEndpoint endpoint, String secret) {
    @Override
    public String toString() {
        return "SecretRotation[" + endpoint.id() + "]";
    }
}
