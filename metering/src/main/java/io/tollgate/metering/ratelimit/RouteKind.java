package io.tollgate.metering.ratelimit;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// Kinds of routes that a rate limit can count.
public enum RouteKind {
    EVENTS("events"),
    METRICS("metrics"),
    PROXY("proxy"),
    READS("reads"),
    MANAGEMENT("management"),
    /// Every route.
    ALL("all");

    private final String word;

    RouteKind(String word) {
        this.word = word;
    }

    /// As it is written in requests and answers.
    public String word() {
        return word;
    }

    /// The kind written `word`, compared exactly.
    public static Optional<RouteKind> ofWord(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word.equals(word)).findFirst();
    }

    /// All of them, for a sentence that says what there is.
    public static String words() {
        return Arrays.stream(values()).map(RouteKind::word).collect(Collectors.joining(", "));
    }
}
