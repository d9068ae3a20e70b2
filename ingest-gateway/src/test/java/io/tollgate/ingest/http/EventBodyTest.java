package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class EventBodyTest {
    @Test
    void bodiesUpToTheLimitAreLetIn() {
        assertThatNoException().isThrownBy(() -> EventBody.checkSize(8_000_000));
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> EventBody.checkSize(8_000_001))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.BODY_TOO_LARGE);
                    assertThat(problem.message()).isEqualTo("Request body exceeds maximum size of 8MB");
                    assertThat(problem.extras()).containsEntry("max_bytes", 8_000_000);
                });
    }

    @Test
    void compressedBodiesAreDecompressed() {
        byte[] plain = new byte[8_000_000];
        Arrays.fill(plain, (byte) 'x');
        assertThat(EventBody.gunzip(gzip(plain.length))).isEqualTo(plain);
    }

    @Test
    void bombsAreNotDecompressedPastTheLimit() {
        byte[] bomb = gzip(200_000_000);
        assertThat(bomb.length).isLessThan(300_000);
        long before = allocated();
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> EventBody.gunzip(bomb))
                .satisfies(problem -> assertThat(problem.code()).isEqualTo(ErrorCode.BODY_TOO_LARGE));
        assertThat(allocated() - before).isLessThan(50_000_000);
    }

    @Test
    void damagedCompressionIsMalformed() {
        byte[] whole = gzip(10_000);
        byte[] damaged = whole.clone();
        damaged[whole.length - 6] ^= 1;
        for (byte[] bytes : new byte[][] {
            new byte[0],
            {1, 2, 3},
            Arrays.copyOf(whole, whole.length / 2),
            Arrays.copyOf(whole, whole.length - 1),
            damaged
        }) {
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(() -> EventBody.gunzip(bytes))
                    .satisfies(problem -> assertThat(problem.code()).isEqualTo(ErrorCode.MALFORMED_JSON));
        }
    }

    @Test
    void memoryExpectedIsNeverLessThanWhatMayCome() {
        assertThat(EventBody.bytesExpected(1_000, false)).isEqualTo(1_000);
        assertThat(EventBody.bytesExpected(-1, false)).isEqualTo(8_000_000);
        assertThat(EventBody.bytesExpected(1_000, true)).isEqualTo(1_033_000);
        assertThat(EventBody.bytesExpected(1_000_000, true)).isEqualTo(9_000_000);
        assertThat(EventBody.bytesExpected(-1, true)).isEqualTo(16_000_000);
        int plain = 1_000_000;
        assertThat(EventBody.bytesExpected(gzip(plain).length, true)).isGreaterThanOrEqualTo(plain);
    }

    private static byte[] gzip(int plainBytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] chunk = new byte[100_000];
        Arrays.fill(chunk, (byte) 'x');
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            for (int rest = plainBytes; rest > 0; rest -= chunk.length) {
                gzip.write(chunk, 0, Math.min(rest, chunk.length));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }
}
