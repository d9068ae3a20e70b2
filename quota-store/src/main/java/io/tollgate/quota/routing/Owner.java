package io.tollgate.quota.routing;

import java.util.Optional;

/// An instance that owns partitions, by the address at which other instances ask it.
///
/// The address travels in the client id of the aggregator's consumers (`aggregator@host:port-StreamThread-1-consumer`),
/// so
/// that any process can learn the owners from the broker's description of the group, without a list of instances to
/// keep.
public record Owner(String address) {
    private static final String CLIENT_ID_PREFIX = "aggregator@";
    private static final String THREAD_SUFFIX = "-StreamThread-";

    /// Client id for an aggregator that is asked at `address` (`host:port`).
    public static String clientId(String address) {
        return CLIENT_ID_PREFIX + address;
    }

    /// The owner behind a group member's client id, if it is an aggregator.
    static Optional<Owner> fromClientId(String clientId) {
        int suffix = clientId.lastIndexOf(THREAD_SUFFIX);
        return clientId.startsWith(CLIENT_ID_PREFIX) && suffix > 0
                ? Optional.of(new Owner(clientId.substring(CLIENT_ID_PREFIX.length(), suffix)))
                : Optional.empty();
    }
}
