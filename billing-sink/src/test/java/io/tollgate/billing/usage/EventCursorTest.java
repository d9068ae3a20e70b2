package io.tollgate.billing.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventCursorTest {
    @Test
    void cursorIsReadBack() {
        EventCursor cursor = new EventCursor(Instant.parse("2026-03-01T10:00:00.000001Z"), "evt_x|y");

        assertThat(EventCursor.fromText(cursor.toText())).isEqualTo(cursor);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "!", "eA", "MTp4fHk", "MTp8"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> EventCursor.fromText(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
