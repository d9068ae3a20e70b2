package io.tollgate.server.registry;

/// One version of a subject.
///
/// @param schema the schema's text as Avro writes it
public record SubjectVersion(String subject, int version, int id, String schema) {}
