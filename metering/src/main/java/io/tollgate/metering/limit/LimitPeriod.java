package io.tollgate.metering.limit;

import java.util.Arrays;
import java.util.Optional;

/// The usage that a limit is compared with. Ordered from the shortest to the longest.
public enum LimitPeriod {
    /// The events of the calendar day.
    DAILY("daily"),
    /// The events of the calendar month.
    MONTHLY("monthly"),
    /// The events of the calendar year.
    YEARLY("yearly"),
    /// The metric's own current value, initial value included.
    REALTIME("realtime");

    private final String word;

    LimitPeriod(String word) {
        this.word = word;
    }

    /// The period of a plan limit that names none: what accumulates past calendar periods is compared as it is.
    public static LimitPeriod defaultFor(MetricType type) {
        return switch (type) {
            case RESET -> MONTHLY;
            case CHECKPOINT, STRIPE_BILLING -> REALTIME;
        };
    }

    /// As it is written in requests and answers.
    public String word() {
        return word;
    }

    /// The period written `word`, compared exactly.
    public static Optional<LimitPeriod> ofWord(String word) {
        return Arrays.stream(values())
                .filter(period -> period.word.equals(word))
                .findFirst();
    }
}
