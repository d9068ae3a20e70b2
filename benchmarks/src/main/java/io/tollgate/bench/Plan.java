package io.tollgate.bench;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/// How long and how often everything is measured.
///
/// @param lasting of one round of load
/// @param rounds of each measurement
/// @param progress is told in a few words what happens
record Plan(Duration lasting, int rounds, Consumer<String> progress) {
    /// Sized so that a round of catching up takes about as long as a round of load.
    private static final int BACKLOG_EVENTS_PER_SECOND = 50_000;

    int backlogEvents() {
        return (int) lasting.toSeconds() * BACKLOG_EVENTS_PER_SECOND;
    }

    @SuppressWarnings("AnnotateFormatMethod") // The annotation would be a dependency of its own.
    void round(String measurement, int round, String format, Object... values) {
        progress.accept(measurement + ": round " + (round + 1) + " of " + rounds + ": "
                + String.format(Locale.ROOT, format, values));
    }
}
