package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.MeterKey;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Vectors V7 d and e of the domain.
class FingerprintTest {
    private static final MeterKey IMAGE_RESIZE = new MeterKey("image_resize");

    private final Fingerprint.Maker fingerprints = new Fingerprint.Maker();

    @Test
    void payloadWithoutTimeIsVectorD() {
        assertThat(fingerprints.of(IMAGE_RESIZE, metadata(), quantity("2.50"), null))
                .hasToString("aa379f04a22b5e304b0ffca4997377271da36c7659b937c1b1313965a1048683");
    }

    @Test
    void payloadWithTimeIsVectorE() {
        Instant time = EventTimeText.instantOrNull("2026-03-04T11:15:30+01:00");
        assertThat(fingerprints.of(IMAGE_RESIZE, metadata(), quantity("2.5"), time))
                .hasToString("a43f7d3bf571331ada8a3ac8a11fc1471137308489041164cd65b7a485343c92");
    }

    @Test
    void eventWithoutMetadataHasEmptyMetadata() {
        byte[] canonical =
                "{\"event_type\":\"a\\\"b\",\"metadata\":{},\"quantity\":\"1\"}".getBytes(StandardCharsets.UTF_8);
        assertThat(fingerprints.of(new MeterKey("a\"b"), null, quantity("1"), null))
                .hasToString(HexFormat.of().formatHex(Fingerprint.sha256().digest(canonical)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1", "0.5", "0.000001", "1000", "999999999999.999999", "1000000000000", "99999999999999.999999"})
    void quantitiesAreWrittenWithoutTrailingZeros(String text) {
        assertThat(plain(quantity(text))).isEqualTo(text);
    }

    @Test
    void quantitiesAreWrittenAsTheirOwnTextSaysThem() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 100_000; i++) {
            long units = random.nextLong() >>> random.nextInt(1, 64);
            long rounded = random.nextBoolean() ? units : units / 1_000 * 1_000;
            Quantity quantity = new Quantity(BigDecimal.valueOf(rounded, Quantity.SCALE));
            assertThat(plain(quantity)).as("seed %d", seed).isEqualTo(quantity.toString());
        }
    }

    @Test
    void makersCanBeUsedAgain() {
        Fingerprint first = fingerprints.of(IMAGE_RESIZE, metadata(), quantity("1"), null);
        Fingerprint other = fingerprints.of(IMAGE_RESIZE, metadata(), quantity("2"), null);
        assertThat(fingerprints.of(IMAGE_RESIZE, metadata(), quantity("1"), null))
                .isEqualTo(first)
                .isNotEqualTo(other);
    }

    private static String plain(Quantity quantity) {
        JsonBytes out = new JsonBytes();
        Fingerprint.Maker.writePlain(quantity, out);
        return out.toString();
    }

    private static Quantity quantity(String text) {
        return Quantity.rounded(new BigDecimal(text));
    }

    /// `{"size":"xl","region":"eu"}`
    private static JsonBytes metadata() {
        MetadataWriter writer = new MetadataWriter();
        writer.clear();
        writer.startObject();
        writer.name("size");
        writer.string("xl");
        writer.name("region");
        writer.string("eu");
        writer.endObject();
        return writer.canonical();
    }
}
