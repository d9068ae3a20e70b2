package io.tollgate.systemtest;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a client was told of one event by one answer, or that it was told nothing.
///
/// @param nonce tells the events of a run apart, whatever becomes of them
/// @param key idempotency key, if the event had one
/// @param attempt how often the request had been sent, this time included
/// @param eventId as answered
/// @param checked false where the answer said that duplicates are found later
/// @param detail code of an error, or the exception
record Told(
        String nonce,
        @Nullable String key,
        String tenant,
        String meter,
        long quantity,
        int attempt,
        String gateway,
        long sentMs,
        long answeredMs,
        Word word,
        @Nullable String eventId,
        boolean checked,
        String detail) {
    enum Word {
        /// Recorded, and nobody had sent its key before.
        NEW,
        /// Its key was recorded before.
        DUPLICATE,
        /// A quota has no room.
        DENIED,
        /// Its key belongs to another event.
        CONFLICT,
        /// Not decided, and not recorded for certain.
        UNDECIDED,
        /// No answer, or one that says that nobody knows.
        UNKNOWN;

        boolean acknowledged() {
            return this == NEW || this == DUPLICATE;
        }

        /// Whether asking again can bring something else.
        boolean open() {
            return this == UNDECIDED || this == UNKNOWN;
        }
    }

    /// One line of JSON.
    String toLine() {
        return String.format(
                Locale.ROOT,
                "{\"nonce\":\"%s\",\"key\":%s,\"tenant\":\"%s\",\"meter\":\"%s\",\"quantity\":%d,\"attempt\":%d,"
                        + "\"gateway\":\"%s\",\"sent\":%d,\"answered\":%d,\"word\":\"%s\",\"event_id\":%s,"
                        + "\"checked\":%b,\"detail\":\"%s\"}",
                nonce,
                quoted(key),
                tenant,
                meter,
                quantity,
                attempt,
                gateway,
                sentMs,
                answeredMs,
                word,
                quoted(eventId),
                checked,
                detail.replace("\\", "\\\\").replace("\"", "'"));
    }

    private static String quoted(@Nullable String text) {
        return text == null ? "null" : "\"" + text + "\"";
    }
}
