package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Vectors V2 a to f of the domain, and the edges of the fast path.
class QuantityTextTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            text                                | stored
            1.0000004                           | 1
            1.0000005                           | 1.000001
            -2.5000005                          | -2.500001
            0.30000000000000004                 | 0.3
            0.0000004                           | 0
            0.0000005                           | 0.000001
            0.00000049999999999999999999        | 0
            1e3                                 | 1000
            1E+3                                | 1000
            1000                                | 1000
            1000.0                              | 1000
            10.00e-1                            | 1
            -0                                  | 0
            0e99999999999                       | 0
            1e-99999999999                      | 0
            123456789012345678e-18              | 0.123457
            99999999999999.999999               | 99999999999999.999999
            -99999999999999.999999              | -99999999999999.999999
            99999999999999.9999994              | 99999999999999.999999
            9223372036854.775807                | 9223372036854.775807
            9223372036854.775808                | 9223372036854.775808
            999999999999.999999                 | 999999999999.999999
            1234567890123                       | 1234567890123
            """)
    void decimalsAreRoundedHalfUpToSixPlaces(String text, String stored) {
        assertThat(QuantityText.read(text)).isEqualTo(new QuantityText.Read(Quantity.rounded(new BigDecimal(stored))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "100000000000000",
                "99999999999999.9999995",
                "-99999999999999.9999995",
                "1e14",
                "1e400",
                "1e999999999",
                "1e2147483648",
                "123456789012345678901234567890"
            })
    void moreThanFourteenIntegerDigitsAreOutOfRange(String text) {
        assertThat(QuantityText.read(text)).isEqualTo(QuantityText.Unreadable.OUT_OF_RANGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-",
                "+1",
                ".5",
                "5.",
                "1.e3",
                "1e",
                "1e+",
                "01",
                "-01",
                "00",
                "1.2.3",
                "1 ",
                " 1",
                "1,5",
                "NaN",
                "Infinity",
                "0x10",
                "1_000",
                "１",
                "1e5e5",
                "1.5f",
                "--1",
                "1-",
                "e3",
                "1\u0000"
            })
    void otherTextIsNoDecimal(String text) {
        assertThat(QuantityText.read(text)).isEqualTo(QuantityText.Unreadable.NOT_A_DECIMAL);
    }

    @Test
    void literalsLongerThanTheLimitAreNotRead() {
        assertThat(QuantityText.read("0." + "0".repeat(QuantityText.LENGTH_MAX - 2)))
                .isInstanceOf(QuantityText.Read.class);
        assertThat(QuantityText.read("0." + "0".repeat(QuantityText.LENGTH_MAX - 1)))
                .isEqualTo(QuantityText.Unreadable.TOO_LONG);
    }

    @Test
    void readingAgreesWithBigDecimal() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200_000; i++) {
            String text = randomDecimal(random);
            BigDecimal expected = new BigDecimal(text).setScale(Quantity.SCALE, RoundingMode.HALF_UP);
            QuantityText.Reading reading = QuantityText.read(("<" + text + ">").toCharArray(), 1, text.length());
            if (expected.abs().compareTo(Quantity.MAX) > 0) {
                assertThat(reading).as("seed %d, %s", seed, text).isEqualTo(QuantityText.Unreadable.OUT_OF_RANGE);
            } else {
                assertThat(reading)
                        .as("seed %d, %s", seed, text)
                        .isEqualTo(new QuantityText.Read(new Quantity(expected)));
            }
        }
    }

    /// Biased to the edges: runs of 0, 5 and 9, digit counts around 6, 14 and 18.
    private static String randomDecimal(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        if (random.nextInt(4) == 0) {
            text.append('-');
        }
        int integerDigits = 1 + random.nextInt(random.nextBoolean() ? 3 : 20);
        for (int i = 0; i < integerDigits; i++) {
            text.append(i == 0 && integerDigits > 1 ? (char) ('1' + random.nextInt(9)) : digit(random));
        }
        if (random.nextInt(3) > 0) {
            text.append('.');
            int fractionDigits = 1 + random.nextInt(random.nextBoolean() ? 8 : 30);
            for (int i = 0; i < fractionDigits; i++) {
                text.append(digit(random));
            }
        }
        if (random.nextInt(4) == 0) {
            text.append(random.nextBoolean() ? 'e' : 'E').append(random.nextInt(41) - 20);
        }
        return text.toString();
    }

    private static char digit(SplittableRandom random) {
        return switch (random.nextInt(6)) {
            case 0 -> '0';
            case 1 -> '9';
            case 2 -> '5';
            case 3 -> '4';
            default -> (char) ('0' + random.nextInt(10));
        };
    }
}
