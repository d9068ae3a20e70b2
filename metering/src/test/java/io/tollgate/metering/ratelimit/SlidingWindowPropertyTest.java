package io.tollgate.metering.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The window against a list of everything that passed.
class SlidingWindowPropertyTest {
    private static final int CASES = 200;
    private static final long SPAN = RateSpan.SECOND.micros();
    private static final long LATE_MAX = SPAN / 100;

    @Test
    void upToTenThousandItIsTheListOfWhatPassed() {
        SplittableRandom seeds = new SplittableRandom();
        for (int i = 0; i < CASES; i++) {
            long seed = seeds.nextLong();
            SplittableRandom random = new SplittableRandom(seed);
            int limit = random.nextInt(10) == 0 ? 10_000 : random.nextInt(1, 40);
            SlidingWindow window = new SlidingWindow(SPAN, limit);
            Deque<Long> passed = new ArrayDeque<>();
            long now = random.nextLong(-SPAN, SPAN);
            for (int request = 0; request < 3 * limit + 50; request++) {
                now += step(random, limit);
                while (!passed.isEmpty() && passed.getFirst() <= now - SPAN) {
                    passed.removeFirst();
                }
                window.advance(now);
                assertThat(window.remaining())
                        .as("seed %d, request %d", seed, request)
                        .isEqualTo(limit - passed.size());
                assertThat(window.free())
                        .as("seed %d, request %d", seed, request)
                        .isEqualTo(passed.size() < limit);
                assertThat(window.nextFreeAt(now))
                        .as("seed %d, request %d", seed, request)
                        .isEqualTo((passed.isEmpty() ? now : passed.getFirst()) + SPAN);
                if (window.free()) {
                    window.take(now);
                    passed.addLast(now);
                }
            }
        }
    }

    @Test
    void aboveItPlacesAreFreedAHundredthLateAtMostAndNeverEarly() {
        SplittableRandom seeds = new SplittableRandom();
        for (int i = 0; i < CASES / 10; i++) {
            long seed = seeds.nextLong();
            SplittableRandom random = new SplittableRandom(seed);
            int limit = random.nextInt(10_001, 20_000);
            SlidingWindow window = new SlidingWindow(SPAN, limit);
            Deque<Long> passed = new ArrayDeque<>();
            Deque<Long> certain = new ArrayDeque<>();
            long now = random.nextLong(SPAN);
            for (int request = 0; request < 3 * limit; request++) {
                now += step(random, limit);
                while (!passed.isEmpty() && passed.getFirst() <= now - SPAN) {
                    passed.removeFirst();
                }
                while (!certain.isEmpty() && certain.getFirst() <= now - SPAN - LATE_MAX) {
                    certain.removeFirst();
                }
                window.advance(now);
                assertThat(window.remaining())
                        .as("seed %d, request %d", seed, request)
                        .isBetween(limit - certain.size(), limit - passed.size());
                if (window.free()) {
                    window.take(now);
                    passed.addLast(now);
                    certain.addLast(now);
                } else {
                    assertThat(window.nextFreeAt(now))
                            .as("seed %d, request %d", seed, request)
                            .isBetween(passed.isEmpty() ? now : passed.getFirst() + SPAN, now + SPAN + LATE_MAX)
                            .isGreaterThan(now);
                }
            }
            assertThat(window.bytes()).as("seed %d", seed).isLessThan(4_000);
        }
    }

    /// Mostly so that the limit is just reached; sometimes no time passes, sometimes exactly or nearly a span.
    private static long step(SplittableRandom random, int limit) {
        return switch (random.nextInt(limit < 100 ? 10 : 2_000)) {
            case 0 -> SPAN - 1;
            case 1 -> SPAN;
            case 2 -> 0;
            default -> random.nextLong(2 * SPAN / limit + 1);
        };
    }
}
