package io.tollgate.billing.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoverageTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            case                    | from             | before           | hours                             | edges
            whole hours only        | 2026-03-01T10:00 | 2026-03-01T12:00 | 2026-03-01T10:00-2026-03-01T12:00 | ''
            both edges              | 2026-03-01T10:30 | 2026-03-01T12:15 | 2026-03-01T11:00-2026-03-01T12:00 | 2026-03-01T10:30-2026-03-01T11:00 2026-03-01T12:00-2026-03-01T12:15
            within one hour         | 2026-03-01T10:10 | 2026-03-01T10:20 | ''                                | 2026-03-01T10:10-2026-03-01T10:20
            over a turn of the hour | 2026-03-01T10:50 | 2026-03-01T11:10 | ''                                | 2026-03-01T10:50-2026-03-01T11:10
            before 1970             | 1969-12-31T22:30 | 1970-01-01T00:00 | 1969-12-31T23:00-1970-01-01T00:00 | 1969-12-31T22:30-1969-12-31T23:00
            """)
    void spanIsHoursAndEdges(String name, String from, String before, String hours, String edges) {
        Coverage coverage = Coverage.of(new Span(Instant.parse(from + ":00Z"), Instant.parse(before + ":00Z")), "all");

        assertThat(text(coverage.hours())).isEqualTo(hours);
        assertThat(text(coverage.edges())).isEqualTo(edges);
    }

    private static String text(List<LabelledSpan> spans) {
        return spans.stream()
                .map(span ->
                        minute(span.span().from()) + "-" + minute(span.span().before()))
                .collect(Collectors.joining(" "));
    }

    private static String minute(Instant instant) {
        return instant.toString().substring(0, 16);
    }

    /// Kolkata is 5:30 ahead: its days begin in the middle of an hour of UTC.
    @Test
    void dayOfAZoneWithAHalfHourHasEdges() {
        Coverage coverage = Coverage.byDay(
                new Span(Instant.parse("2026-02-28T18:30:00Z"), Instant.parse("2026-03-01T18:30:00Z")),
                ZoneId.of("Asia/Kolkata"));

        assertThat(coverage.hours())
                .containsExactly(new LabelledSpan(
                        "2026-03-01",
                        new Span(Instant.parse("2026-02-28T19:00:00Z"), Instant.parse("2026-03-01T18:00:00Z"))));
        assertThat(coverage.edges()).hasSize(2);
    }

    /// V4 d and e: days of 23 and 25 hours.
    @ParameterizedTest
    @CsvSource({"2026-03-29,23", "2026-10-25,25"})
    void daysOfAClockChangeAreShortAndLong(LocalDate day, int hours) {
        ZoneId zone = ZoneId.of("Europe/Berlin");
        Coverage coverage = Coverage.byDay(
                new Span(
                        day.atStartOfDay(zone).toInstant(),
                        day.plusDays(1).atStartOfDay(zone).toInstant()),
                zone);

        assertThat(coverage.edges()).isEmpty();
        Span span = coverage.hours().getFirst().span();
        assertThat(Duration.between(span.from(), span.before())).isEqualTo(Duration.ofHours(hours));
    }

    /// Samoa went over the date line and had no 2011-12-30.
    @Test
    void dayThatAZoneSkippedIsNotThere() {
        Coverage coverage = Coverage.byDay(
                new Span(Instant.parse("2011-12-29T00:00:00Z"), Instant.parse("2012-01-01T00:00:00Z")),
                ZoneId.of("Pacific/Apia"));

        assertThat(coverage.hours())
                .extracting(LabelledSpan::label)
                .containsExactly("2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01");
    }

    /// Clocks in St. John's went from 00:01 on the 28th back to 23:01 on the 27th.
    @Test
    void clocksPutBackAcrossMidnightDivideNoDay() {
        Coverage coverage = Coverage.byDay(
                new Span(Instant.parse("2001-10-27T02:30:00Z"), Instant.parse("2001-10-29T03:30:00Z")),
                ZoneId.of("America/St_Johns"));

        assertThat(Stream.concat(coverage.hours().stream(), coverage.edges().stream())
                        .map(LabelledSpan::label)
                        .distinct())
                .containsExactlyInAnyOrder("2001-10-27", "2001-10-28");
    }

    /// For random spans and zones: the parts follow each other without gap or overlap, hours are whole, and each part
    /// is
    /// in the day that it is counted for.
    @Test
    void partsAreExactlyTheSpan() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<String> zones = ZoneId.getAvailableZoneIds().stream()
                .filter(zone -> zone.contains("/"))
                .sorted()
                .toList();
        for (int i = 0; i < 200; i++) {
            ZoneId zone = ZoneId.of(zones.get(random.nextInt(zones.size())));
            Instant from = Instant.ofEpochSecond(random.nextLong(0, 2_000_000_000L));
            Span span = new Span(from, from.plusSeconds(random.nextLong(1, 40 * 86_400)));
            Coverage coverage = Coverage.byDay(span, zone);

            List<LabelledSpan> parts =
                    new ArrayList<>(Stream.concat(coverage.hours().stream(), coverage.edges().stream())
                            .sorted(Comparator.comparing(
                                    (LabelledSpan part) -> part.span().from()))
                            .toList());
            String what = "seed " + seed + ", zone " + zone + ", " + span;
            assertThat(parts.getFirst().span().from()).as(what).isEqualTo(span.from());
            assertThat(parts.getLast().span().before()).as(what).isEqualTo(span.before());
            for (int p = 0; p < parts.size(); p++) {
                Span part = parts.get(p).span();
                if (p > 0) {
                    assertThat(part.from())
                            .as(what)
                            .isEqualTo(parts.get(p - 1).span().before());
                }
                // A day lasts from its start to that of the next, although clocks that are put back across midnight
                // show the day before for a while.
                LocalDate day = LocalDate.parse(parts.get(p).label());
                assertThat(part.from())
                        .as(what)
                        .isAfterOrEqualTo(day.atStartOfDay(zone).toInstant());
                assertThat(part.before())
                        .as(what)
                        .isBeforeOrEqualTo(day.plusDays(1).atStartOfDay(zone).toInstant());
            }
            assertThat(coverage.hours())
                    .as(what)
                    .allMatch(hours -> hours.span().from().getEpochSecond() % 3_600 == 0
                            && hours.span().before().getEpochSecond() % 3_600 == 0);
        }
    }
}
