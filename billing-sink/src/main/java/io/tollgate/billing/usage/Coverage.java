package io.tollgate.billing.usage;

import io.tollgate.metering.period.WindowSize;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/// How the usage of a span is added up exactly: whole hours from hour counters, and what is left at the edges from the
/// stored events. The parts do not overlap and together are the span.
///
/// @param hours spans that begin and end at hours of UTC
/// @param edges the rest, each shorter than an hour unless the span itself holds no whole hour
public record Coverage(List<LabelledSpan> hours, List<LabelledSpan> edges) {
    private static final long HOUR_SECONDS = 3_600;

    public Coverage {
        hours = List.copyOf(hours);
        edges = List.copyOf(edges);
    }

    /// The whole span under one name.
    public static Coverage of(Span span, String label) {
        List<LabelledSpan> hours = new ArrayList<>();
        List<LabelledSpan> edges = new ArrayList<>();
        cover(span, label, hours, edges);
        return new Coverage(hours, edges);
    }

    /// Each calendar day of `zone` that the span touches under its date, for as much of it as is in the span.
    public static Coverage byDay(Span span, ZoneId zone) {
        List<LabelledSpan> hours = new ArrayList<>();
        List<LabelledSpan> edges = new ArrayList<>();
        LocalDate day = LocalDate.ofInstant(span.from(), zone);
        Instant from = span.from();
        while (from.isBefore(span.before())) {
            Instant nextDay = day.plusDays(1).atStartOfDay(zone).toInstant();
            Instant before = nextDay.isBefore(span.before()) ? nextDay : span.before();
            // A zone that changed sides of the date line has skipped a day: it has no instant.
            if (from.isBefore(before)) {
                cover(new Span(from, before), day.toString(), hours, edges);
                from = before;
            }
            day = day.plusDays(1);
        }
        return new Coverage(hours, edges);
    }

    /// Each window of `size` that the span touches under the instant of its start, for as much of it as is in the span.
    public static Coverage byWindow(Span span, WindowSize size, ZoneId zone) {
        List<LabelledSpan> hours = new ArrayList<>();
        List<LabelledSpan> edges = new ArrayList<>();
        new WindowSeries(span, size, zone).all().forEachRemaining(window -> {
            Instant from = window.start().isAfter(span.from()) ? window.start() : span.from();
            Instant before = window.end().isBefore(span.before()) ? window.end() : span.before();
            cover(new Span(from, before), window.start().toString(), hours, edges);
        });
        return new Coverage(hours, edges);
    }

    /// The same, added up from stored events alone.
    public Coverage ofEventsOnly() {
        List<LabelledSpan> all = new ArrayList<>(hours);
        all.addAll(edges);
        return new Coverage(List.of(), all);
    }

    private static void cover(Span span, String label, List<LabelledSpan> hours, List<LabelledSpan> edges) {
        Instant firstHour = hourAtOrAfter(span.from());
        Instant lastHour = hourAtOrBefore(span.before());
        if (!firstHour.isBefore(lastHour)) {
            edges.add(new LabelledSpan(label, span));
            return;
        }
        hours.add(new LabelledSpan(label, new Span(firstHour, lastHour)));
        if (span.from().isBefore(firstHour)) {
            edges.add(new LabelledSpan(label, new Span(span.from(), firstHour)));
        }
        if (lastHour.isBefore(span.before())) {
            edges.add(new LabelledSpan(label, new Span(lastHour, span.before())));
        }
    }

    private static Instant hourAtOrBefore(Instant instant) {
        return Instant.ofEpochSecond(Math.floorDiv(instant.getEpochSecond(), HOUR_SECONDS) * HOUR_SECONDS);
    }

    private static Instant hourAtOrAfter(Instant instant) {
        Instant hour = hourAtOrBefore(instant);
        return hour.equals(instant) ? hour : hour.plusSeconds(HOUR_SECONDS);
    }
}
