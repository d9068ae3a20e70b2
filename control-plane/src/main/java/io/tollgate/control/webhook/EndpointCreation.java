package io.tollgate.control.webhook;

/// What became of the wish for an endpoint.
public sealed interface EndpointCreation {
    /// @param secret shown once
    record Created(WebhookEndpoint endpoint, String secret) implements EndpointCreation {
        @Override
        public String toString() {
            return "Created[" + endpoint.id() + "]";
        }
    }

    /// The organization has as many as it may have.
    record TooMany() implements EndpointCreation {}

    record NoOrganization() implements EndpointCreation {}
}
