package io.tollgate.billing.usage.http;

import io.tollgate.billing.usage.Span;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// The period that `start_date` and `end_date` name.
public final class Periods {
    private Periods() {}

    /// The current month, or what the dates leave of it; a date outside the current month brings its own month.
    public static Span read(QueryParameters parameters, ZoneId zone, Instant clock) {
        Optional<Instant> start = parameters.start("start_date", zone);
        Optional<Instant> end = parameters.end("end_date", zone);
        Span month = month(clock.truncatedTo(ChronoUnit.MICROS), zone);
        Instant from = start.orElseGet(() -> end.filter(before -> !month.from().isBefore(before))
                .map(before -> month(before.minus(1, ChronoUnit.MICROS), zone).from())
                .orElse(month.from()));
        Instant before = end.orElseGet(() -> start.filter(first -> !first.isBefore(month.before()))
                .map(first -> month(first, zone).before())
                .orElse(month.before()));
        if (!from.isBefore(before)) {
            parameters.wrong("start_date", "invalid_value", "must not be after end_date");
            return month;
        }
        return new Span(from, before);
    }

    /// The last instant of a period, as it is told: both ends are included.
    public static String lastOf(Span period) {
        return period.before().minus(1, ChronoUnit.MICROS).toString();
    }

    private static Span month(Instant instant, ZoneId zone) {
        Window month = Window.containing(instant, WindowSize.MONTH, zone);
        return new Span(month.start(), month.end());
    }
}
