package io.tollgate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestPathTest {
    @ParameterizedTest
    @CsvSource({
        "/api/v1/events, /api/v1/events",
        "/api/v1/events/, /api/v1/events",
        "/api/v1/events///, /api/v1/events",
        "/, /",
        "//, /"
    })
    void closingSlashesSayNothing(String sent, String path) {
        assertThat(RequestPath.of(sent)).isEqualTo(path);
    }
}
