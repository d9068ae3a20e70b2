package io.tollgate.metering.meter;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// How long a flush window of a metric is: a multiple since 1970-01-01T00:00:00Z, at whose end its value is stored.
public enum FlushInterval {
    SECOND("1s", 1),
    SECONDS_5("5s", 5),
    SECONDS_15("15s", 15),
    SECONDS_30("30s", 30),
    MINUTE("1m", 60),
    MINUTES_5("5m", 300),
    MINUTES_15("15m", 900),
    MINUTES_30("30m", 1_800),
    HOUR("1h", 3_600),
    HOURS_6("6h", 21_600),
    DAY("1d", 86_400);

    private final String word;
    private final int seconds;

    FlushInterval(String word, int seconds) {
        this.word = word;
        this.seconds = seconds;
    }

    /// As it is written in requests and answers.
    public String word() {
        return word;
    }

    public int seconds() {
        return seconds;
    }

    /// The interval written `word`, compared exactly.
    public static Optional<FlushInterval> ofWord(String word) {
        return Arrays.stream(values())
                .filter(interval -> interval.word.equals(word))
                .findFirst();
    }

    /// The interval of this length.
    public static Optional<FlushInterval> ofSeconds(int seconds) {
        return Arrays.stream(values())
                .filter(interval -> interval.seconds == seconds)
                .findFirst();
    }

    /// All of them, for a sentence that says what there is.
    public static String words() {
        return Arrays.stream(values()).map(FlushInterval::word).collect(Collectors.joining(", "));
    }
}
