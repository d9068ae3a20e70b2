package io.tollgate.billing.usage.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Optional;

/// JSON written straight from values. Numbers are plain: no exponent, no trailing zeros.
public final class PlainJson {
    private static final JsonFactory JSON = new JsonFactory();

    private PlainJson() {}

    /// What an object or array holds.
    public interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    public static byte[] object(Body body) {
        return written(json -> {
            json.writeStartObject();
            body.write(json);
            json.writeEndObject();
        });
    }

    public static byte[] array(Body elements) {
        return written(json -> {
            json.writeStartArray();
            elements.write(json);
            json.writeEndArray();
        });
    }

    private static byte[] written(Body whole) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            whole.write(json);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    public static void text(JsonGenerator json, String member, Optional<String> text) throws IOException {
        if (text.isPresent()) {
            json.writeStringField(member, text.get());
        } else {
            json.writeNullField(member);
        }
    }

    public static void number(JsonGenerator json, String member, BigDecimal number) throws IOException {
        json.writeFieldName(member);
        json.writeNumber(number.stripTrailingZeros().toPlainString());
    }
}
