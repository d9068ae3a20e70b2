package io.tollgate.control.provider;

import java.util.List;

/// The secrets with which a provider signs what it sends. Thread-safe.
public interface WebhookSecrets {
    /// What is known of a source.
    sealed interface Lookup {
        /// @param secrets any of them may have signed; at least one
        record Found(List<String> secrets) implements Lookup {
            public Found {
                secrets = List.copyOf(secrets);
            }

            @Override
            public String toString() {
                return "Found[" + secrets.size() + "]";
            }
        }

        /// The source has no secret, so nothing that claims to come from it can be believed.
        record NotConfigured() implements Lookup {}

        record NoOrganization() implements Lookup {}
    }

    Lookup of(EventSource source);
}
