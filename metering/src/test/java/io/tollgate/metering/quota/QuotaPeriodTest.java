package io.tollgate.metering.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotaPeriodTest {
    private static final ZoneId UTC = ZoneId.of("UTC");

    private static QuotaPeriod period(String name) {
        return switch (name) {
            case "DAILY" -> new QuotaPeriod.Daily();
            case "MONTHLY" -> new QuotaPeriod.Monthly();
            case "YEARLY" -> new QuotaPeriod.Yearly();
            case "LIFETIME" -> new QuotaPeriod.Lifetime();
            case "ROLLING_30D" -> new QuotaPeriod.Rolling();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /// The first rows are V4 a to f.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        instant                     | zone              | period      | start                | end
        2026-03-31T22:30:00Z        | UTC               | DAILY       | 2026-03-31T00:00:00Z | 2026-04-01T00:00:00Z
        2026-03-31T22:30:00Z        | UTC               | MONTHLY     | 2026-03-01T00:00:00Z | 2026-04-01T00:00:00Z
        2026-03-31T22:30:00Z        | Europe/Berlin     | DAILY       | 2026-03-31T22:00:00Z | 2026-04-01T22:00:00Z
        2026-03-31T22:30:00Z        | Europe/Berlin     | MONTHLY     | 2026-03-31T22:00:00Z | 2026-04-30T22:00:00Z
        2026-03-31T22:30:00Z        | America/New_York  | DAILY       | 2026-03-31T04:00:00Z | 2026-04-01T04:00:00Z
        2026-03-31T22:30:00Z        | America/New_York  | MONTHLY     | 2026-03-01T05:00:00Z | 2026-04-01T04:00:00Z
        2026-03-29T00:30:00Z        | Europe/Berlin     | DAILY       | 2026-03-28T23:00:00Z | 2026-03-29T22:00:00Z
        2026-03-29T00:30:00Z        | Europe/Berlin     | MONTHLY     | 2026-02-28T23:00:00Z | 2026-03-31T22:00:00Z
        2026-10-25T12:00:00Z        | Europe/Berlin     | DAILY       | 2026-10-24T22:00:00Z | 2026-10-25T23:00:00Z
        2026-10-25T12:00:00Z        | Europe/Berlin     | MONTHLY     | 2026-09-30T22:00:00Z | 2026-10-31T23:00:00Z
        2026-02-28T23:59:59.999999Z | UTC               | DAILY       | 2026-02-28T00:00:00Z | 2026-03-01T00:00:00Z
        2026-02-28T23:59:59.999999Z | UTC               | MONTHLY     | 2026-02-01T00:00:00Z | 2026-03-01T00:00:00Z
        2026-03-31T22:30:00Z        | UTC               | YEARLY      | 2026-01-01T00:00:00Z | 2027-01-01T00:00:00Z
        2025-12-31T23:30:00Z        | Europe/Berlin     | YEARLY      | 2025-12-31T23:00:00Z | 2026-12-31T23:00:00Z
        2026-01-01T04:59:59Z        | America/New_York  | YEARLY      | 2025-01-01T05:00:00Z | 2026-01-01T05:00:00Z
        2024-02-29T12:00:00Z        | UTC               | YEARLY      | 2024-01-01T00:00:00Z | 2025-01-01T00:00:00Z
        2026-03-31T22:30:00Z        | Europe/Berlin     | LIFETIME    | 1970-01-01T00:00:00Z | -
        1970-01-01T00:00:00Z        | UTC               | LIFETIME    | 1970-01-01T00:00:00Z | -
        2026-03-31T22:30:00Z        | UTC               | ROLLING_30D | 2026-03-02T00:00:00Z | 2026-04-01T00:00:00Z
        2026-03-31T22:30:00Z        | Europe/Berlin     | ROLLING_30D | 2026-03-02T23:00:00Z | 2026-04-01T22:00:00Z
        2026-03-01T00:00:00Z        | UTC               | ROLLING_30D | 2026-01-31T00:00:00Z | 2026-03-02T00:00:00Z
        2024-03-01T00:00:00Z        | UTC               | ROLLING_30D | 2024-02-01T00:00:00Z | 2024-03-02T00:00:00Z
        2018-11-04T12:00:00Z        | America/Sao_Paulo | DAILY       | 2018-11-04T03:00:00Z | 2018-11-05T02:00:00Z
        """)
    void calendarPeriodsAreThoseOfTheZone(Instant instant, ZoneId zone, String period, Instant start, String end) {
        Span span = period(period).containing(instant, zone);

        assertThat(span).isEqualTo(new Span(start, end.equals("-") ? Instant.MAX : Instant.parse(end)));
        assertThat(span.contains(instant)).isTrue();
        assertThat(span.resetsAt().map(Instant::toString).orElse("-")).isEqualTo(end);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        anchor               | length | instant                     | start                | end
        2026-03-04T10:17:00Z | PT1H   | 2026-03-04T10:17:00Z        | 2026-03-04T10:17:00Z | 2026-03-04T11:17:00Z
        2026-03-04T10:17:00Z | PT1H   | 2026-03-04T11:16:59.999999Z | 2026-03-04T10:17:00Z | 2026-03-04T11:17:00Z
        2026-03-04T10:17:00Z | PT1H   | 2026-03-04T11:17:00Z        | 2026-03-04T11:17:00Z | 2026-03-04T12:17:00Z
        2026-03-04T10:17:00Z | PT1H   | 2026-03-04T10:16:59.999999Z | 2026-03-04T09:17:00Z | 2026-03-04T10:17:00Z
        2026-03-04T10:17:00Z | PT1H   | 2026-03-04T09:17:00Z        | 2026-03-04T09:17:00Z | 2026-03-04T10:17:00Z
        2026-03-04T10:17:00Z | PT1H   | 2026-03-04T09:16:59.999999Z | 2026-03-04T08:17:00Z | 2026-03-04T09:17:00Z
        2026-03-01T00:00:00Z | P14D   | 2026-03-29T00:00:00Z        | 2026-03-29T00:00:00Z | 2026-04-12T00:00:00Z
        2026-03-01T00:00:00Z | P14D   | 1970-01-01T00:00:00Z        | 1969-12-21T00:00:00Z | 1970-01-04T00:00:00Z
        2026-03-01T00:00:00Z | P366D  | 2026-02-28T23:59:59Z        | 2025-02-28T00:00:00Z | 2026-03-01T00:00:00Z
        1969-12-31T23:30:00Z | PT90M  | 1970-01-01T00:59:59Z        | 1969-12-31T23:30:00Z | 1970-01-01T01:00:00Z
        """)
    void customSpansFollowEachOtherBeforeAndAfterTheAnchor(
            Instant anchor, String length, Instant instant, Instant start, Instant end) {
        QuotaPeriod custom = new QuotaPeriod.Custom(anchor, Duration.parse(length));

        assertThat(custom.containing(instant, UTC)).isEqualTo(new Span(start, end));
        assertThat(custom.containing(instant, ZoneId.of("Pacific/Chatham"))).isEqualTo(new Span(start, end));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-04T10:17:01Z, PT1H",
        "2026-03-04T10:17:00.000001Z, PT1H",
        "2026-03-04T10:17:00Z, PT59M",
        "2026-03-04T10:17:00Z, PT1H1S",
        "2026-03-04T10:17:00Z, PT1H0.5S",
        "2026-03-04T10:17:00Z, P366DT1M",
        "2026-03-04T10:17:00Z, PT0S",
        "2026-03-04T10:17:00Z, PT-1H"
    })
    void customSpansAreWholeMinutesOfBoundedLength(Instant anchor, String length) {
        assertThatIllegalArgumentException().isThrownBy(() -> new QuotaPeriod.Custom(anchor, Duration.parse(length)));
    }

    /// Spans are named by their last day; `now` is noon of the day given.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        event on   | now on     | judged by the spans ending on
        2026-03-31 | 2026-03-31 | 2026-03-31 2026-04-01
        2026-04-01 | 2026-03-31 | 2026-04-01
        2026-03-29 | 2026-03-31 | 2026-03-29 2026-03-30 2026-03-31 2026-04-01
        2026-01-01 | 2026-12-31 | 2026-01-01 to 2026-01-30
        2026-03-03 | 2026-03-31 | 2026-03-03 to 2026-04-01
        2026-03-02 | 2026-03-31 | 2026-03-02 to 2026-03-31
        2026-03-01 | 2026-03-31 | 2026-03-01 to 2026-03-30
        """)
    void lateEventOfARollingPeriodIsJudgedByEverySpanThatHoldsIt(String eventDay, String nowDay, String days) {
        Instant eventTime = Instant.parse(eventDay + "T08:00:00Z");
        List<Span> spans = new QuotaPeriod.Rolling().judging(eventTime, Instant.parse(nowDay + "T12:00:00Z"), UTC);

        List<String> last = spans.stream()
                .map(span -> span.end().minus(Duration.ofDays(1)).toString().substring(0, 10))
                .toList();
        if (days.contains(" to ")) {
            String[] ends = days.split(" to ");
            assertThat(last).startsWith(ends[0]).endsWith(ends[1]).hasSize(30).isSorted();
        } else {
            assertThat(last).containsExactly(days.split(" "));
        }
        assertThat(spans).allMatch(span -> span.contains(eventTime)).doesNotHaveDuplicates();
        assertThat(spans.getFirst()).isEqualTo(new QuotaPeriod.Rolling().containing(eventTime, UTC));
    }

    @Test
    void otherPeriodsJudgeALateEventByItsOwnSpan() {
        Instant eventTime = Instant.parse("2026-01-15T08:00:00Z");
        Instant now = Instant.parse("2026-03-31T12:00:00Z");
        for (String name : List.of("DAILY", "MONTHLY", "YEARLY", "LIFETIME")) {
            assertThat(period(name).judging(eventTime, now, UTC))
                    .containsExactly(period(name).containing(eventTime, UTC));
        }
    }

    /// For random instants and zones: the span holds its instant and, but for rolling periods, touches its neighbours;
    /// a rolling one holds 30 calendar days.
    @Test
    void spansTileTime() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        String[] zones = {"UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Chatham", "Australia/Lord_Howe"};
        for (int i = 0; i < 2_000; i++) {
            ZoneId zone = ZoneId.of(zones[random.nextInt(zones.length)]);
            Instant instant = Instant.ofEpochSecond(random.nextLong(0, 4_102_444_800L), random.nextInt(1_000_000_000));
            QuotaPeriod custom = new QuotaPeriod.Custom(
                    Instant.ofEpochSecond(60 * random.nextLong(0, 68_374_080L)),
                    Duration.ofMinutes(random.nextLong(60, 527_041)));
            for (QuotaPeriod period :
                    List.of(new QuotaPeriod.Daily(), new QuotaPeriod.Monthly(), new QuotaPeriod.Yearly(), custom)) {
                Span span = period.containing(instant, zone);
                assertThat(span.contains(instant))
                        .as("seed %s %s %s %s", seed, period, zone, instant)
                        .isTrue();
                assertThat(period.containing(span.end(), zone).start())
                        .as("seed %s %s %s %s", seed, period, zone, instant)
                        .isEqualTo(span.end());
                assertThat(period.containing(span.start().minusNanos(1), zone).end())
                        .as("seed %s %s %s %s", seed, period, zone, instant)
                        .isEqualTo(span.start());
            }
            Span rolling = new QuotaPeriod.Rolling().containing(instant, zone);
            assertThat(rolling.contains(instant)).as("seed %s", seed).isTrue();
            assertThat(rolling.start()
                            .atZone(zone)
                            .toLocalDate()
                            .plusDays(30)
                            .atStartOfDay(zone)
                            .toInstant())
                    .as("seed %s %s %s", seed, zone, instant)
                    .isEqualTo(rolling.end());
        }
    }
}
