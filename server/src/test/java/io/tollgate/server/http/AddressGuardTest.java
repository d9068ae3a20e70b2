package io.tollgate.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AddressGuardTest {
    private static final String ADDRESS = "203.0.113.9";

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-22T10:00:00Z"));
    private final InstantSource clock = now::get;
    private final AddressGuard guard = new AddressGuard(clock);

    @Test
    void theSixThousandAndFirstWithinTheSpanIsBannedForFiveMinutes() {
        send(AddressGuard.REQUESTS_MAX - 1);
        pass(Duration.ofSeconds(299));
        send(1);

        assertThat(guard.admits(ADDRESS)).isFalse();
        assertThat(guard.admits("203.0.113.10")).isTrue();
        pass(Duration.ofSeconds(299));
        assertThat(guard.admits(ADDRESS))
                .as("during the ban, which further requests do not extend")
                .isFalse();
        pass(Duration.ofSeconds(1));
        assertThat(guard.admits(ADDRESS)).isTrue();
    }

    @Test
    void requestsOlderThanTheSpanDoNotCount() {
        send(AddressGuard.REQUESTS_MAX - 1);
        pass(Duration.ofSeconds(300));
        send(AddressGuard.REQUESTS_MAX);

        assertThat(guard.admits(ADDRESS)).isFalse();
    }

    private void send(int requests) {
        for (int i = 0; i < requests; i++) {
            assertThat(guard.admits(ADDRESS)).as("request %d", i).isTrue();
        }
    }

    private void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }
}
