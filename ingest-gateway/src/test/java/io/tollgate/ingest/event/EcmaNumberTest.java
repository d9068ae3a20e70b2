package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.SplittableRandom;
import org.erdtman.jcs.NumberToJSON;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EcmaNumberTest {
    /// Samples of RFC 8785, appendix B: IEEE 754 bits and their text, and magnitudes around the changes of form.
    @ParameterizedTest
    @CsvSource({
        "0000000000000000, 0",
        "8000000000000000, 0",
        "0000000000000001, 5e-324",
        "8000000000000001, -5e-324",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "ffefffffffffffff, -1.7976931348623157e+308",
        "4340000000000000, 9007199254740992",
        "c340000000000000, -9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "44b52d02c7e14af7, 1.0000000000000001e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef4f, 999999999999999900000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "41b3de4355555554, 333333333.33333325",
        "41b3de4355555555, 333333333.3333333",
        "41b3de4355555556, 333333333.3333334",
        "41b3de4355555557, 333333333.33333343",
        "becbf647612f3696, -0.0000033333333333333333",
        "43143ff3c1cb0959, 1424953923781206.2"
    })
    void numbersAreWrittenAsEcmaScriptWritesThem(String bits, String text) {
        assertThat(EcmaNumber.toText(Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16))))
                .isEqualTo(text);
    }

    @Test
    void everyFiniteDoubleReadsBackAndIsNoLongerThanJavasForm() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value) && value != 0) {
                String text = EcmaNumber.toText(value);
                assertThat(Double.parseDouble(text)).as("seed %s", seed).isEqualTo(value);
                assertThat(significantDigits(text))
                        .as("seed %s", seed)
                        .isLessThanOrEqualTo(significantDigits(Double.toString(value)));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1e-320,1e-320", "1.5e-323,1.5e-323", "2e-323,2e-323", "1e-323,1e-323", "-4.9e-324,-5e-324"})
    void subnormalDoublesHaveTheFewestDigits(String literal, String text) {
        assertThat(EcmaNumber.toText(Double.parseDouble(literal))).isEqualTo(text);
    }

    /// For some doubles far from 1 the library of RFC 8785 writes wrong text, fails or never returns; so near it only.
    @Test
    void formsAgreeWithTheLibraryForOrdinaryNumbers() throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200_000; i++) {
            double value = random.nextInt(-2_000_000, 2_000_000) / Math.pow(10, random.nextInt(12));
            assertThat(EcmaNumber.toText(value)).as("seed %s", seed).isEqualTo(NumberToJSON.serializeNumber(value));
        }
    }

    private static int significantDigits(String text) {
        String digits = text.replaceAll("[eE].*", "").replaceAll("[-.]", "");
        return digits.replaceAll("^0+", "").replaceAll("0+$", "").length();
    }
}
