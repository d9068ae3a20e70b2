package io.tollgate.server.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tollgate.metering.ratelimit.SlidingWindow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Bans addresses that send too many requests without a valid credential. Thread-safe.
public final class AddressGuard {
    /// Published: far more than a client that has lost its key sends, far less than guessing one takes.
    static final int REQUESTS_MAX = 6_000;

    static final Duration SPAN = Duration.ofSeconds(300);
    static final Duration BAN = Duration.ofSeconds(300);

    /// Bytes: some hundred thousand addresses with a few requests each, or more than a thousand that are nearly banned.
    /// Beyond it addresses that are seldom seen are forgotten.
    private static final long BYTES_MAX = 64L << 20;
    /// An address as text, its entry and what hangs on it.
    private static final int ENTRY_BYTES = 300;

    /// @param window what was let pass; null while the address is banned
    private record Entry(@Nullable SlidingWindow window, Instant bannedUntil) {}

    private final InstantSource clock;
    private final Cache<String, Entry> addresses;

    public AddressGuard(InstantSource clock) {
        this.clock = clock;
        this.addresses = Caffeine.newBuilder()
                .maximumWeight(BYTES_MAX)
                .weigher((String address, Entry entry) -> bytes(entry))
                .expireAfterWrite(SPAN.plus(BAN))
                .build();
    }

    private static int bytes(Entry entry) {
        return ENTRY_BYTES + (entry.window() == null ? 0 : entry.window().bytes());
    }

    /// Counts a request without a valid credential.
    ///
    /// @return false if the address is banned, be it by this request
    boolean admits(String address) {
        Instant now = clock.instant();
        AtomicBoolean admitted = new AtomicBoolean();
        addresses.asMap().compute(address, (key, known) -> {
            Entry entry = after(known, now);
            admitted.set(entry.window() != null);
            return entry;
        });
        return admitted.get();
    }

    private static Entry after(@Nullable Entry known, Instant now) {
        if (known != null && known.window() == null && now.isBefore(known.bannedUntil())) {
            return known;
        }
        SlidingWindow window = known == null || known.window() == null
                ? new SlidingWindow(SPAN.toNanos() / 1_000, REQUESTS_MAX)
                : known.window();
        long time = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        window.advance(time);
        if (!window.free()) {
            return new Entry(null, now.plus(BAN));
        }
        window.take(time);
        return new Entry(window, Instant.MIN);
    }
}
