package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTimeTextTest {
    private static final DateTimeFormatter CANONICAL = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            text                                | instant
            2026-03-04T10:15:30Z                | 2026-03-04T10:15:30Z
            2026-03-04T11:15:30+01:00           | 2026-03-04T10:15:30Z
            2026-03-04T10:15:30.5Z              | 2026-03-04T10:15:30.500Z
            2026-03-04T10:15:30.1234567Z        | 2026-03-04T10:15:30.123456Z
            2026-03-04T10:15:30.123456999Z      | 2026-03-04T10:15:30.123456Z
            2026-03-04T10:15:30.999999999-00:30 | 2026-03-04T10:45:30.999999Z
            2026-03-04t10:15:30z                | 2026-03-04T10:15:30Z
            2026-03-04T10:15Z                   | 2026-03-04T10:15:00Z
            2024-02-29T23:59:59Z                | 2024-02-29T23:59:59Z
            1969-12-31T23:59:59.999999Z         | 1969-12-31T23:59:59.999999Z
            0001-01-01T00:00:00Z                | 0001-01-01T00:00:00Z
            """)
    void isoTimesWithAnOffsetAreInstants(String text, Instant instant) {
        assertThat(EventTimeText.instantOrNull(text)).isEqualTo(instant);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "2026-03-04",
                "2026-03-04T10:15:30",
                "2026-03-04 10:15:30Z",
                "2026-02-29T00:00:00Z",
                "2100-02-29T00:00:00Z",
                "2026-13-01T00:00:00Z",
                "2026-00-01T00:00:00Z",
                "2026-04-31T00:00:00Z",
                "2026-04-00T00:00:00Z",
                "2026-03-04T24:00:00Z",
                "2026-03-04T10:60:00Z",
                "2026-03-04T10:15:60Z",
                "2026-03-04T10:15:30.1234567890Z",
                "2026-03-04T10:15:30,5Z",
                "2026-03-04T10:15:30.-5Z",
                "2026-03-0४T10:15:30Z",
                "+2026-03-04T10:15:30Z",
                "1772619330",
                "2026-03-04T10:15:30Z[UTC]",
                "2026-03-04T10:15:30+19:00"
            })
    void otherTextIsNoTime(String text) {
        assertThat(EventTimeText.instantOrNull(text)).isNull();
    }

    @Test
    void readingByHandAgreesWithJavaTime() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200_000; i++) {
            String text = randomTime(random);
            Instant byHand = EventTimeText.utcOrNull(text);
            Instant expected;
            try {
                expected = OffsetDateTime.parse(text, DateTimeFormatter.ISO_OFFSET_DATE_TIME)
                        .toInstant()
                        .truncatedTo(ChronoUnit.MICROS);
            } catch (java.time.DateTimeException e) {
                expected = null;
            }
            assertThat(byHand).as("seed %d, %s", seed, text).isEqualTo(expected);
        }
    }

    @Test
    void canonicalFormAgreesWithJavaTime() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        long end = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
        for (int i = 0; i < 100_000; i++) {
            Instant time = Instant.ofEpochSecond(random.nextLong(end), random.nextInt(1_000_000) * 1_000L);
            JsonBytes out = new JsonBytes();
            EventTimeText.writeCanonical(time, out);
            assertThat(out.toString()).as("seed %d", seed).isEqualTo(CANONICAL.format(time));
        }
    }

    /// In the fixed form, but now and then with a number just out of its bounds.
    private static String randomTime(SplittableRandom random) {
        String text = String.format(
                Locale.ROOT,
                "%04d-%02d-%02dT%02d:%02d:%02d",
                1 + random.nextInt(9_999),
                random.nextInt(20) == 0 ? random.nextInt(15) : 1 + random.nextInt(12),
                random.nextInt(3) == 0 ? 27 + random.nextInt(6) : 1 + random.nextInt(28),
                random.nextInt(20) == 0 ? random.nextInt(30) : random.nextInt(24),
                random.nextInt(20) == 0 ? random.nextInt(70) : random.nextInt(60),
                random.nextInt(20) == 0 ? random.nextInt(70) : random.nextInt(60));
        int digits = random.nextInt(10);
        StringBuilder fraction = new StringBuilder(digits == 0 ? "" : ".");
        for (int i = 0; i < digits; i++) {
            fraction.append(random.nextInt(10));
        }
        return text + fraction + "Z";
    }
}
