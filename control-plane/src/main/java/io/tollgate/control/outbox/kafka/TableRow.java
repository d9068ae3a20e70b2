package io.tollgate.control.outbox.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A row of a table as PostgreSQL's `to_jsonb` writes it, by column.
public record TableRow(JsonNode json) {
    private static final String BINARY = "\\x";

    /// @throws UnreadableRowException if the column is null or absent
    public String text(String column) {
        String text = optionalText(column);
        if (text == null) {
            throw new UnreadableRowException("it has no " + column);
        }
        return text;
    }

    public @Nullable String optionalText(String column) {
        JsonNode value = json.path(column);
        return value.isMissingNode() || value.isNull() ? null : value.asText();
    }

    public boolean isNull(String column) {
        return optionalText(column) == null;
    }

    public Instant instant(String column) {
        return OffsetDateTime.parse(text(column)).toInstant();
    }

    public @Nullable Instant optionalInstant(String column) {
        String text = optionalText(column);
        return text == null ? null : OffsetDateTime.parse(text).toInstant();
    }

    /// With `scale` fraction digits, which the column has too.
    public BigDecimal decimal(String column, int scale) {
        return new BigDecimal(text(column)).setScale(scale);
    }

    public @Nullable BigDecimal optionalDecimal(String column, int scale) {
        String text = optionalText(column);
        return text == null ? null : new BigDecimal(text).setScale(scale);
    }

    public @Nullable Integer optionalInt(String column) {
        String text = optionalText(column);
        return text == null ? null : Integer.valueOf(text);
    }

    public @Nullable Long optionalLong(String column) {
        String text = optionalText(column);
        return text == null ? null : Long.valueOf(text);
    }

    /// An array of texts; empty if it is null.
    public List<String> texts(String column) {
        List<String> texts = new ArrayList<>();
        json.path(column).forEach(value -> texts.add(value.asText()));
        return texts;
    }

    /// An object of texts; empty if it is null.
    public Map<String, String> textsByName(String column) {
        Map<String, String> texts = new TreeMap<>();
        json.path(column)
                .properties()
                .forEach(member -> texts.put(member.getKey(), member.getValue().asText()));
        return texts;
    }

    public ByteBuffer bytes(String column) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(text(column).substring(BINARY.length())));
    }
}
