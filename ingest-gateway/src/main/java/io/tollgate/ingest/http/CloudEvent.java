package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tollgate.ingest.event.EventDraft;
import io.tollgate.ingest.event.EventDraft.Member;
import io.tollgate.ingest.event.FieldFault;
import io.tollgate.ingest.event.MetadataWriter;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One CloudEvent while it is read, in whatever order its parts come: `type` names the meter, `subject` the tenant,
/// `source` and `id` together are the idempotency key, and what else it says is metadata. In JSON an attribute that is
/// null is absent.
final class CloudEvent {
    static final String DATA = "data";
    static final String DATA_BASE64 = "data_base64";

    private static final String VERSION = "1.0";
    private static final String KEY_PREFIX = "ce:";

    /// Stands before the names of extensions among the metadata.
    private static final String EXTENSION_PREFIX = "ce_";

    private final EventJson.Reading reading;
    private final JsonParser parser;
    private final EventDraft draft;
    private final MetadataWriter metadata;
    private final Set<String> extensions = new HashSet<>();
    private @Nullable String version;
    private @Nullable String id;
    private @Nullable String source;
    private boolean dataRead;

    /// Begins the event of the draft.
    CloudEvent(EventJson.Reading reading) {
        this.reading = reading;
        this.parser = reading.parser();
        this.draft = reading.draft();
        this.metadata = draft.metadata(DATA);
        metadata.startObject();
    }

    /// An attribute whose value begins at the current token.
    void attribute(String name) throws IOException {
        switch (parser.currentToken()) {
            case VALUE_STRING -> attribute(name, parser.getText());
            case VALUE_NULL -> {}
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE -> {
                if (core(name)) {
                    draft.fault(name, FieldFault.INVALID_TYPE, "must be a string");
                } else if (begunExtension(name)) {
                    reading.copy(metadata);
                }
            }
            default -> {
                draft.fault(name, FieldFault.INVALID_TYPE, "must be a string, a number or a boolean");
                parser.skipChildren();
            }
        }
    }

    void attribute(String name, String value) {
        switch (name) {
            case "specversion" -> version = value;
            case "id" -> id = value;
            case "source" -> source = value;
            case "type" -> draft.text(Member.METER, 0, name, value);
            case "subject" -> draft.text(Member.TENANT, 0, name, value);
            case "time" -> draft.text(Member.EVENT_TIME, 0, name, value);
            // They describe the data to those who do not know it.
            case "datacontenttype", "dataschema" -> {}
            default -> {
                if (begunExtension(name)) {
                    metadata.string(value);
                }
            }
        }
    }

    private static boolean core(String name) {
        return switch (name) {
            case "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema" -> true;
            default -> false;
        };
    }

    private boolean begunExtension(String name) {
        return begunMember(EXTENSION_PREFIX + name);
    }

    /// Whether a value of this name may follow: members of the data must not look like extensions that are there too.
    private boolean begunMember(String name) {
        if (name.startsWith(EXTENSION_PREFIX) && !extensions.add(name)) {
            draft.fault("data." + name, FieldFault.REPEATED, "is the name of an extension in the metadata");
            return false;
        }
        metadata.name(name);
        return true;
    }

    /// The data, whose value begins at the current token. What is no object is one member of the metadata.
    void data(String name) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        if (dataRead) {
            draft.fault(name, FieldFault.REPEATED, "must be given as data or as data_base64");
            parser.skipChildren();
            return;
        }
        dataRead = true;
        if (name.equals(DATA) && parser.currentToken() == JsonToken.START_OBJECT) {
            for (String member = parser.nextFieldName(); member != null; member = parser.nextFieldName()) {
                dataMember(member);
            }
        } else {
            metadata.name(name);
            reading.copy(metadata);
        }
    }

    private void dataMember(String name) throws IOException {
        switch (name) {
            case "quantity" -> reading.value(Member.QUANTITY, 0, "data.quantity");
            case "value" -> reading.value(Member.QUANTITY, 1, "data.value");
            default -> {
                parser.nextToken();
                if (begunMember(name)) {
                    reading.copy(metadata);
                } else {
                    parser.skipChildren();
                }
            }
        }
    }

    Reported finish() {
        metadata.endObject();
        if (version == null) {
            draft.fault("specversion", FieldFault.REQUIRED, "is required");
        } else if (!version.equals(VERSION)) {
            draft.fault("specversion", FieldFault.UNSUPPORTED, "must be " + VERSION);
        }
        require("id", id);
        require("source", source);
        // Missing ones are told by the names that the sender knows.
        if (!draft.has(Member.METER)) {
            draft.text(Member.METER, 0, "type", "");
        }
        if (!draft.has(Member.TENANT)) {
            draft.text(Member.TENANT, 0, "subject", "");
        }
        if (id != null && source != null && printable(id) && printable(source)) {
            draft.text(Member.IDEMPOTENCY_KEY, 0, "id", key(source, id));
        }
        return draft.finish();
    }

    private static boolean printable(String value) {
        return value.chars().noneMatch(Character::isISOControl);
    }

    private void require(String name, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            draft.fault(name, FieldFault.REQUIRED, "is required");
        } else if (!printable(value)) {
            // The specification has none in strings, and a line feed parts them in a digest.
            draft.fault(name, FieldFault.INVALID_CHARACTER, "must not contain control characters");
        }
    }

    /// Source and id, which together tell an event from all others; their digest where they are too long for a key, or
    /// where the text would not tell which is which. Most sources have colons, ids seldom: what follows the last colon
    /// is
    /// the id, if it has none itself. A digest has no second colon, so it is nobody's text.
    static String key(String source, String id) {
        String key = KEY_PREFIX + source + ":" + id;
        if (id.indexOf(':') < 0 && key.length() <= ReportedEvent.IDEMPOTENCY_KEY_LENGTH_MAX) {
            return key;
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest((source + "\n" + id).getBytes(StandardCharsets.UTF_8));
            return KEY_PREFIX + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
