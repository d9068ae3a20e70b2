package io.tollgate.control.outbox;

import java.util.Optional;

/// A change of one definition, to be carried to the log.
///
/// @param topic full name of the topic
/// @param recordKey key of the record
/// @param payload the changed row as JSON; absent means it is gone
public record OutboxRow(String topic, String recordKey, Optional<String> payload) {}
