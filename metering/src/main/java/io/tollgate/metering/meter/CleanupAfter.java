package io.tollgate.metering.meter;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// How long after its last update a metric is idle, and left out of lists.
public enum CleanupAfter {
    SECONDS_5("5s", 5),
    MINUTE("1m", 60),
    HOUR("1h", 3_600),
    HOURS_6("6h", 21_600),
    DAY("1d", 86_400),
    DAYS_7("7d", 604_800),
    DAYS_30("30d", 2_592_000),
    NEVER("never", -1);

    private final String word;
    private final long seconds;

    CleanupAfter(String word, long seconds) {
        this.word = word;
        this.seconds = seconds;
    }

    /// As it is written in requests and answers.
    public String word() {
        return word;
    }

    /// Empty for [#NEVER].
    public OptionalLong seconds() {
        return this == NEVER ? OptionalLong.empty() : OptionalLong.of(seconds);
    }

    /// The time written `word`, compared exactly.
    public static Optional<CleanupAfter> ofWord(String word) {
        return Arrays.stream(values()).filter(after -> after.word.equals(word)).findFirst();
    }

    /// The one of this length; empty seconds are [#NEVER].
    public static Optional<CleanupAfter> ofSeconds(OptionalLong seconds) {
        return Arrays.stream(values())
                .filter(after -> after.seconds().equals(seconds))
                .findFirst();
    }

    /// All of them, for a sentence that says what there is.
    public static String words() {
        return Arrays.stream(values()).map(CleanupAfter::word).collect(Collectors.joining(", "));
    }
}
