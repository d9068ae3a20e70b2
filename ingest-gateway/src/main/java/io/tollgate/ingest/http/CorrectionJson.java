package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonToken;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.correction.StoredEvent;
import io.tollgate.ingest.event.EventDraft;
import io.tollgate.ingest.event.EventDraft.Member;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.FieldFault;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.http.EventJson.Reading;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Bodies of corrections, read as [EventJson] reads events. Raises a [Problem] for what cannot be read. Thread-safe.
final class CorrectionJson {
    /// Most events that one request takes out.
    static final int EVENTS_MAX = 1_000;

    private static final int REASON_LENGTH_MAX = 500;
    private static final int ID_LENGTH_MAX = 255;
    private static final String REASON = "reason";
    private static final String EVENT_IDS = "event_ids";
    private static final String METADATA = "metadata";

    private final EventTimeBounds bounds;

    CorrectionJson(EventTimeBounds bounds) {
        this.bounds = bounds;
    }

    /// Which events are to be taken out, and why.
    record Voiding(List<String> eventIds, String reason) {}

    /// The reason for taking out the one event that the path names.
    String readReason(byte[] body, Instant now) {
        return EventJson.reading(body, new EventDraft(bounds, now), reading -> read(reading, false))
                .reason();
    }

    Voiding readVoiding(byte[] body, Instant now) {
        return EventJson.reading(body, new EventDraft(bounds, now), reading -> read(reading, true));
    }

    private static Voiding read(Reading reading, boolean withIds) throws IOException {
        reading.startObject();
        Optional<String> reason = Optional.empty();
        List<String> ids = null;
        for (String name = reading.parser().nextFieldName();
                name != null;
                name = reading.parser().nextFieldName()) {
            switch (name) {
                case REASON -> reason = text(reading);
                case EVENT_IDS -> {
                    if (withIds) {
                        ids = ids(reading);
                    } else {
                        reading.skip();
                    }
                }
                default -> reading.skip();
            }
        }
        if (withIds && ids == null) {
            throw invalid(EVENT_IDS, FieldFault.REQUIRED, "is required");
        }
        return new Voiding(ids == null ? List.of() : ids, checked(reason));
    }

    private static List<String> ids(Reading reading) throws IOException {
        if (reading.parser().nextToken() != JsonToken.START_ARRAY) {
            throw invalid(EVENT_IDS, FieldFault.INVALID_TYPE, "must be an array");
        }
        List<String> ids = new ArrayList<>();
        while (reading.parser().nextToken() != JsonToken.END_ARRAY) {
            String path = EVENT_IDS + "[" + ids.size() + "]";
            if (ids.size() == EVENTS_MAX) {
                throw invalid(EVENT_IDS, FieldFault.TOO_LONG, "must have at most " + EVENTS_MAX + " ids");
            }
            if (reading.parser().currentToken() != JsonToken.VALUE_STRING) {
                throw invalid(path, FieldFault.INVALID_TYPE, "must be a string");
            }
            String id = reading.parser().getText();
            if (id.length() > ID_LENGTH_MAX) {
                throw invalid(path, FieldFault.TOO_LONG, "must have at most " + ID_LENGTH_MAX + " characters");
            }
            ids.add(id);
        }
        if (ids.isEmpty()) {
            throw invalid(EVENT_IDS, FieldFault.REQUIRED, "must have at least one id");
        }
        return ids;
    }

    /// What an amendment says; what it makes of an event is known when the event is.
    ///
    /// @param body once read; read again for the event
    record Amending(byte[] body, String reason) {}

    Amending readAmending(byte[] body, Instant now) {
        EventDraft draft = new EventDraft(bounds, now);
        String reason = checked(EventJson.reading(body, draft, CorrectionJson::readChanges));
        if (!draft.has(Member.QUANTITY)
                && !draft.has(Member.METER)
                && !draft.has(Member.METADATA)
                && !draft.has(Member.EVENT_TIME)) {
            throw invalid(
                    "quantity", FieldFault.REQUIRED, "one of quantity, timestamp, metadata and event_type is required");
        }
        return new Amending(body, reason);
    }

    /// The event that takes the place of `event`.
    ReportedEvent replacement(Amending amending, StoredEvent event, Instant now) {
        EventDraft draft = new EventDraft(bounds, now);
        EventJson.reading(amending.body(), draft, CorrectionJson::readChanges);
        if (!draft.has(Member.METADATA)) {
            EventJson.reading(event.metadata().getBytes(StandardCharsets.UTF_8), draft, reading -> {
                reading.parser().nextToken();
                reading.copy(draft.metadata(METADATA));
                return draft;
            });
        }
        Reported reported = draft.finishAmended(
                event.meter(),
                event.subjectKey().subject().tenantId().orElse(null),
                event.quantity(),
                event.eventTime());
        return switch (reported) {
            case Reported.Invalid invalid -> throw Problem.invalid(invalid.code(), invalid.errors());
            case ReportedEvent replacement -> replacement;
        };
    }

    /// Reads members of the event into the draft; answers the reason. An event stays with its tenant and has no key.
    private static Optional<String> readChanges(Reading reading) throws IOException {
        reading.startObject();
        Optional<String> reason = Optional.empty();
        for (String name = reading.parser().nextFieldName();
                name != null;
                name = reading.parser().nextFieldName()) {
            switch (name) {
                case REASON -> reason = text(reading);
                case "tenant_id", "customer_id", "idempotency_key" -> reading.skip();
                default -> reading.member(name);
            }
        }
        return reason;
    }

    private static Optional<String> text(Reading reading) throws IOException {
        return switch (reading.parser().nextToken()) {
            case VALUE_STRING -> Optional.of(reading.parser().getText());
            case VALUE_NULL -> Optional.empty();
            default -> throw invalid(REASON, FieldFault.INVALID_TYPE, "must be a string");
        };
    }

    private static String checked(Optional<String> given) {
        String reason = given.filter(text -> !text.isBlank())
                .orElseThrow(() -> invalid(REASON, FieldFault.REQUIRED, "is required"));
        if (reason.codePointCount(0, reason.length()) > REASON_LENGTH_MAX) {
            throw invalid(REASON, FieldFault.TOO_LONG, "must have at most " + REASON_LENGTH_MAX + " characters");
        }
        // Neither PostgreSQL nor UTF-8 can hold these.
        if (reason.indexOf('\0') >= 0 || reason.codePoints().anyMatch(CorrectionJson::isHalfOfPair)) {
            throw invalid(REASON, FieldFault.INVALID_CHARACTER, "must not contain U+0000 or half of a surrogate pair");
        }
        return reason;
    }

    private static boolean isHalfOfPair(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private static Problem invalid(String path, FieldFault fault, String message) {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED, List.of(new Problem.FieldError(path, fault.name(), message)));
    }
}
