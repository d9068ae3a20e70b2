package io.tollgate.server.registry;

import java.util.Optional;

/// What changed in the registry. The registry is its facts applied in order.
public sealed interface RegistryFact {
    /// A subject got its next version.
    ///
    /// @param version counted from 1 per subject, without gaps
    /// @param id the schema's number, the same for the same schema in every subject
    /// @param schema the schema's text as Avro writes it
    record VersionRegistered(String subject, int version, int id, String schema) implements RegistryFact {}

    /// A compatibility level was set, for one subject or as the default of all.
    record CompatibilitySet(Optional<String> subject, Compatibility level) implements RegistryFact {}

    /// A subject follows the default again.
    record CompatibilityCleared(String subject) implements RegistryFact {}
}
