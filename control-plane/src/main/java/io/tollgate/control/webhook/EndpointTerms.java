package io.tollgate.control.webhook;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/// What an organization says of an endpoint.
///
/// @param eventTypes wire words of the types that are wanted, or `*`
public record EndpointTerms(URI url, List<String> eventTypes, Optional<String> description, boolean enabled) {
    /// Receivers' addresses are far shorter; also the most that the database takes.
    public static final int URL_LENGTH_MAX = 2_000;

    /// There are not many more types than these.
    public static final int EVENT_TYPES_MAX = 50;

    public static final int DESCRIPTION_LENGTH_MAX = 500;

    public EndpointTerms {
        eventTypes = List.copyOf(eventTypes);
    }
}
