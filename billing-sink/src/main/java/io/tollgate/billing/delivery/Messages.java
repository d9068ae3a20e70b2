package io.tollgate.billing.delivery;

/// Where messages are raised. Thread-safe.
public interface Messages {
    /// Stores the message for each destination that wants it now; the sender takes it from there. The same
    /// organization,
    /// type and cause again store nothing.
    void raise(WebhookMessage message);
}
