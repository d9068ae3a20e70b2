package io.tollgate.metering.ratelimit;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The requests of one organization that passed, by key and span, as far back as its rate limits reach. Time does not
/// go back for it: a clock that does counts as standing still. Not thread-safe.
public final class RequestCounts {
    private static final long MICROS_PER_SECOND = 1_000_000;
    /// An object, its entry in a map, and what hangs on both.
    private static final int SCOPE_BYTES = 200;

    /// By key; the empty text stands for the organization.
    private final Map<String, Map<RateSpan, SlidingWindow>> scopes = new HashMap<>();

    private long latest = Long.MIN_VALUE;

    /// Lets a request pass and counts it, or refuses it, by all of `limits` at once. Bounds are tested shortest first;
    /// of equally long ones, that of the earlier limit first.
    ///
    /// @param limits at least one, each of another key
    public RateVerdict count(List<RateLimit> limits, Instant now) {
        long time = advance(now);
        List<SlidingWindow> windows = windows(limits, time);
        for (SlidingWindow window : windows) {
            if (!window.free()) {
                long resetAt = window.nextFreeAt(time);
                return new RateVerdict.Refused(window.limit(), instant(resetAt), secondsUntil(resetAt, time));
            }
        }
        windows.forEach(window -> window.take(time));
        SlidingWindow tightest = tightest(windows);
        return new RateVerdict.Passed(tightest.limit(), tightest.remaining(), instant(tightest.nextFreeAt(time)));
    }

    /// Counts a request that somebody else let pass.
    public void passed(List<RateLimit> limits, Instant now) {
        long time = advance(now);
        for (SlidingWindow window : windows(limits, time)) {
            // More are not needed to refuse the next one.
            if (window.free()) {
                window.take(time);
            }
        }
    }

    /// Memory that it holds, in bytes, roughly.
    public int bytes() {
        int bytes = SCOPE_BYTES;
        for (Map<RateSpan, SlidingWindow> scope : scopes.values()) {
            bytes += SCOPE_BYTES;
            for (SlidingWindow window : scope.values()) {
                bytes += window.bytes();
            }
        }
        return bytes;
    }

    private long advance(Instant now) {
        latest = Math.max(latest, ChronoUnit.MICROS.between(Instant.EPOCH, now));
        return latest;
    }

    private List<SlidingWindow> windows(List<RateLimit> limits, long time) {
        // Before any window is in hand: none of them may be one that is forgotten.
        if (limits.stream().anyMatch(limit -> !scopes.containsKey(scope(limit)))) {
            forgetIdle(time);
        }
        List<SlidingWindow> windows = new ArrayList<>();
        for (RateSpan span : RateSpan.values()) {
            for (RateLimit limit : limits) {
                for (RateBound bound : limit.bounds()) {
                    if (bound.span() == span) {
                        SlidingWindow window = window(scope(limit), bound);
                        window.advance(time);
                        windows.add(window);
                    }
                }
            }
        }
        return windows;
    }

    private SlidingWindow window(String scope, RateBound bound) {
        SlidingWindow window = scopes.computeIfAbsent(scope, id -> new EnumMap<>(RateSpan.class))
                .computeIfAbsent(bound.span(), span -> new SlidingWindow(span.micros(), bound.requestsMax()));
        if (window.limit() != bound.requestsMax()) {
            window.limit(bound.requestsMax());
        }
        return window;
    }

    private static String scope(RateLimit limit) {
        return limit.keyId().orElse("");
    }

    /// Whenever a key comes in, the ones go whose requests are all forgotten.
    private void forgetIdle(long time) {
        scopes.values().removeIf(scope -> {
            scope.values().forEach(window -> window.advance(time));
            return scope.values().stream().allMatch(window -> window.remaining() == window.limit());
        });
    }

    /// The one with the least share left; of several, the shortest.
    private static SlidingWindow tightest(List<SlidingWindow> windows) {
        SlidingWindow tightest = windows.getFirst();
        for (SlidingWindow window : windows) {
            if ((long) window.remaining() * tightest.limit() < (long) tightest.remaining() * window.limit()) {
                tightest = window;
            }
        }
        return tightest;
    }

    private static int secondsUntil(long resetAt, long time) {
        return Math.toIntExact(Math.max(1, Math.ceilDiv(resetAt - time, MICROS_PER_SECOND)));
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
