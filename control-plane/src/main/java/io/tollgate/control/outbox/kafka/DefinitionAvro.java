package io.tollgate.control.outbox.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/// How the values of one topic are made from the rows of the table that feeds it.
public interface DefinitionAvro<V extends SpecificRecord> {
    Topic<V> topic();

    /// The record of a row; empty if what the row says is no longer in force, which is published as a tombstone.
    ///
    /// @param row the table's columns as JSON: numbers are exact, times ISO 8601, binary hex after `\\x`
    Optional<V> toAvro(JsonNode row);
}
