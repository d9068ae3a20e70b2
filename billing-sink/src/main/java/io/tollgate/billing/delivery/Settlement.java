package io.tollgate.billing.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// What becomes of a delivery after an attempt.
public sealed interface Settlement {
    record Delivered() implements Settlement {}

    record TryAgain(Instant at) implements Settlement {}

    /// Given up; only a person sends it again.
    record Dead() implements Settlement {}

    /// Pauses after the first attempt, the second, and so on; after the one that follows the last pause it is given up.
    List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofMinutes(10),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(6),
            Duration.ofHours(12));

    /// A pause is longer by up to this share, so that what failed together does not come back together.
    double JITTER_MAX = 0.1;

    /// @param attempts attempts that came to an end, this one included
    /// @param jitter 0 to 1, drawn anew each time
    static Settlement after(Attempt attempt, int attempts, Instant now, double jitter) {
        return switch (attempt) {
            case Attempt.Taken taken -> new Delivered();
            case Attempt.Failed failed -> {
                if (attempts > PAUSES.size()) {
                    yield new Dead();
                }
                Duration pause = PAUSES.get(attempts - 1);
                yield new TryAgain(now.plus(pause).plusMillis((long) (pause.toMillis() * JITTER_MAX * jitter)));
            }
        };
    }
}
