package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tollgate.ingest.event.EventTimeBounds;
import org.junit.jupiter.api.Test;

class IngestConfigTest {
    @Test
    void defaultsAreThoseOfTheDocumentation() {
        assertThat(IngestConfig.DEFAULT).isEqualTo(new IngestConfig(EventTimeBounds.DEFAULT, 134_217_728));
    }

    @Test
    void theLargestCompressedRequestFits() {
        assertThat(new IngestConfig(EventTimeBounds.DEFAULT, 16_000_000).inFlightBytesMax())
                .isEqualTo(EventBody.bytesExpected(-1, true));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IngestConfig(EventTimeBounds.DEFAULT, 15_999_999))
                .withMessageContaining("TOLLGATE_INFLIGHT_BYTES_MAX");
    }
}
