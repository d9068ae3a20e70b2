package io.tollgate.control.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/// Reads what an event says.
public interface FactReader {
    /// @param created the time of the event
    ProviderFact read(String eventId, String type, JsonNode payload, Instant created);
}
