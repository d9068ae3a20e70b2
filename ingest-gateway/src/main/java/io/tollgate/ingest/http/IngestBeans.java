package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import io.tollgate.ingest.capacity.InFlightBytes;
import jakarta.inject.Singleton;

/// Makes what this module shares between its filters and its controller.
@Factory
@Requires(property = "tollgate.roles.gateway", value = "true")
final class IngestBeans {
    @Singleton
    InFlightBytes inFlightBytes(IngestConfig config) {
        return new InFlightBytes(config.inFlightBytesMax());
    }
}
