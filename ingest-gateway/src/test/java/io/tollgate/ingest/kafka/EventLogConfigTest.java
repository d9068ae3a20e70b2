package io.tollgate.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EventLogConfigTest {
    @Test
    void defaultsAreThoseOfTheDocumentation() {
        assertThat(EventLogConfig.of("b:1", 8))
                .isEqualTo(new EventLogConfig("b:1", 8, "tollgate-gateway", 67_108_864, Map.of()));
    }

    @Test
    void badBoundsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> EventLogConfig.of(" ", 8));
        assertThatIllegalArgumentException().isThrownBy(() -> EventLogConfig.of("b:1", 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EventLogConfig("b:1", 8, "c", 1_000_000, Map.of()))
                .withMessageContaining("two records");
    }
}
