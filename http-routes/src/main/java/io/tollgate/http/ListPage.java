package io.tollgate.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.TimeCursor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What one answer shows of a list, and where the next one begins.
public record ListPage<T>(List<T> shown, Optional<TimeCursor> next) {
    public ListPage {
        shown = List.copyOf(shown);
    }

    /// @param found one more than `limit` if there are more
    /// @param cursor of an element
    public static <T> ListPage<T> of(List<T> found, int limit, Function<T, TimeCursor> cursor) {
        return found.size() > limit
                ? new ListPage<>(found.subList(0, limit), Optional.of(cursor.apply(found.get(limit - 1))))
                : new ListPage<>(found, Optional.empty());
    }

    /// @param name of the member that holds the list
    public ObjectNode toJson(String name, Function<T, JsonNode> view) {
        return withCursor(list(name, view));
    }

    /// The same with how many it shows.
    public ObjectNode toCountedJson(String name, Function<T, JsonNode> view) {
        return withCursor(list(name, view).put("count", shown.size()));
    }

    private ObjectNode list(String name, Function<T, JsonNode> view) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray(name);
        shown.forEach(one -> list.add(view.apply(one)));
        return body;
    }

    private ObjectNode withCursor(ObjectNode body) {
        return body.put("next_cursor", next.map(TimeCursor::toText).orElse(null));
    }
}
