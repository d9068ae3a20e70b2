package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8Test {
    @ParameterizedTest
    @CsvSource({
        "'',true",
        "41,true",
        "c3bc,true",
        "e282ac,true",
        "f09f9880,true",
        "80,false",
        "c0af,false",
        "c1bf,false",
        "c3,false",
        "e0809f,false",
        "e282,false",
        "eda080,false",
        "f0808080,false",
        "f4908080,false",
        "f5808080,false",
        "ff,false"
    })
    void onlyShortestFormsOfScalarValuesAreValid(String hex, boolean valid) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertThat(Utf8.isValid(bytes)).isEqualTo(valid);

        byte[] longer = new byte[bytes.length + 26];
        java.util.Arrays.fill(longer, (byte) 'a');
        System.arraycopy(bytes, 0, longer, 13, bytes.length);
        assertThat(Utf8.isValid(longer)).isEqualTo(valid);
    }

    @Test
    void validityAgreesWithTheStrictDecoder() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        int[] samples = {0x00, 0x41, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5};
        for (int i = 0; i < 300_000; i++) {
            byte[] bytes = random.nextBoolean() ? encodedText(random) : new byte[random.nextInt(24)];
            int changes = random.nextInt(4);
            for (int change = 0; change < changes && bytes.length > 0; change++) {
                bytes[random.nextInt(bytes.length)] = (byte) samples[random.nextInt(samples.length)];
            }
            assertThat(Utf8.isValid(bytes))
                    .as("seed %d, %s", seed, HexFormat.of().formatHex(bytes))
                    .isEqualTo(decodes(bytes));
        }
    }

    private static byte[] encodedText(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(12);
        for (int i = 0; i < length; i++) {
            int codePoint = random.nextInt(1 << random.nextInt(1, 21));
            text.appendCodePoint(codePoint >= 0xd800 && codePoint < 0xe000 ? 'x' : codePoint);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static boolean decodes(byte[] bytes) {
        try {
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
