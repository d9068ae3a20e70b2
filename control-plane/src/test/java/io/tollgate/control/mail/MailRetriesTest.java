package io.tollgate.control.mail;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MailRetriesTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    @Test
    void pausesGrowAndEnd() {
        assertThat(MailRetries.next(1, NOW)).contains(NOW.plus(Duration.ofMinutes(1)));
        assertThat(MailRetries.next(6, NOW)).contains(NOW.plus(Duration.ofHours(12)));
        assertThat(MailRetries.next(7, NOW)).isEmpty();
    }
}
