package io.tollgate.billing.daily;

import io.tollgate.billing.usage.Coverage;
import io.tollgate.billing.usage.LabelledSpan;
import io.tollgate.billing.usage.Span;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/// How the usage of slices is added up exactly: whole days of UTC from snapshots, whole hours beside them from hour
/// counters, and what is left from the stored events. A year is 365 rows of a tenant and meter then, rather than 8,760.
///
/// @param days spans that begin and end at days of UTC, under the numbers of their slices
/// @param rest what is no whole day
public record SliceCoverage(List<LabelledSpan> days, Coverage rest) {
    public SliceCoverage {
        days = List.copyOf(days);
    }

    public static SliceCoverage of(List<Slice> slices) {
        List<LabelledSpan> days = new ArrayList<>();
        List<LabelledSpan> hours = new ArrayList<>();
        List<LabelledSpan> edges = new ArrayList<>();
        for (Slice slice : slices) {
            String label = Integer.toString(slice.number());
            Span span = slice.span();
            Instant first = dayAtOrAfter(span.from());
            Instant last = startOf(LocalDate.ofInstant(span.before(), ZoneOffset.UTC));
            if (!first.isBefore(last)) {
                add(span, label, hours, edges);
                continue;
            }
            days.add(new LabelledSpan(label, new Span(first, last)));
            if (span.from().isBefore(first)) {
                add(new Span(span.from(), first), label, hours, edges);
            }
            if (last.isBefore(span.before())) {
                add(new Span(last, span.before()), label, hours, edges);
            }
        }
        return new SliceCoverage(days, new Coverage(hours, edges));
    }

    private static void add(Span span, String label, List<LabelledSpan> hours, List<LabelledSpan> edges) {
        Coverage coverage = Coverage.of(span, label);
        hours.addAll(coverage.hours());
        edges.addAll(coverage.edges());
    }

    private static Instant dayAtOrAfter(Instant instant) {
        LocalDate day = LocalDate.ofInstant(instant, ZoneOffset.UTC);
        Instant start = startOf(day);
        return start.equals(instant) ? start : startOf(day.plusDays(1));
    }

    private static Instant startOf(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
