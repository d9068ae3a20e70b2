package io.tollgate.contract.wire;

import org.apache.avro.Schema;

/// Ids of schemas. An id means the same schema for ever. Thread-safe.
public interface SchemaRegistry {
    /// Registers `schema` under `subject` and answers its id; a schema already there keeps its id.
    ///
    /// @throws RegistryUnavailableException if the registry does not answer; nothing is then known
    /// @throws IllegalStateException if the registry refuses the schema as incompatible
    int register(String subject, Schema schema);

    /// The schema of an id.
    ///
    /// @throws RegistryUnavailableException if the registry does not answer
    /// @throws MalformedRecordException if the registry knows no such id
    Schema schemaOf(int id);
}
