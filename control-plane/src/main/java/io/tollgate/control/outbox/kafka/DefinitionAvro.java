package io.tollgate.control.outbox.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import org.apache.avro.specific.SpecificRecord;

/// How the values of one definition topic are made from what the outbox stores.
public interface DefinitionAvro<V extends SpecificRecord> {
    Topic<V> topic();

    V toAvro(JsonNode payload);
}
