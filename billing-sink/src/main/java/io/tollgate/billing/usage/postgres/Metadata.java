package io.tollgate.billing.usage.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;

/// Metadata as it stands in a `jsonb` column: an object, or, where PostgreSQL cannot hold the object, a string with the
/// object's text. No information is lost either way.
final class Metadata {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Metadata() {}

    /// The form for an object that PostgreSQL cannot hold.
    static String asString(String object) {
        return TextNode.valueOf(object.replace("\0", "\\u0000")).toString();
    }

    /// The object's text of what stands in the column.
    static String fromColumn(String json) {
        if (!json.startsWith("\"")) {
            return json;
        }
        try {
            return JSON.readTree(json).textValue();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the database holds a string that is not JSON", e);
        }
    }
}
