package io.tollgate.control.outbox;

import io.tollgate.contract.topic.Topic;
import java.util.Optional;

/// A change of one definition, to be carried to the log.
///
/// @param topic full name of the definition topic
/// @param recordKey key of the record
/// @param payload the definition as JSON; absent means it is gone
public record OutboxRow(String topic, String recordKey, Optional<String> payload) {
    /// A definition that is new or has changed.
    public static OutboxRow definition(Topic<?> topic, String recordKey, String json) {
        return new OutboxRow(topic.name(), recordKey, Optional.of(json));
    }

    /// A definition that is gone.
    public static OutboxRow tombstone(Topic<?> topic, String recordKey) {
        return new OutboxRow(topic.name(), recordKey, Optional.empty());
    }
}
