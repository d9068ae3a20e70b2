package io.tollgate.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.metering.ratelimit.RouteKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteKindsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        POST   | /api/v1/events                     | EVENTS
        GET    | /api/v1/events                     | READS
        POST   | /api/v1/events/evt_1/void          | EVENTS
        POST   | /api/v1/eventsource                | MANAGEMENT
        POST   | /api/v1/reservations               | EVENTS
        GET    | /api/v1/reservations/res_1         | READS
        PUT    | /api/v1/metrics/calls              | METRICS
        GET    | /api/v1/metrics/calls              | READS
        POST   | /api/v1/metrics                    | MANAGEMENT
        DELETE | /api/v1/metrics/calls              | MANAGEMENT
        POST   | /api/v1/proxy                      | PROXY
        POST   | /api/v1/quotas/check               | READS
        POST   | /api/v1/receipts/verify            | READS
        POST   | /api/v1/quotas                     | MANAGEMENT
        PUT    | /api/v1/rate-limits/1              | MANAGEMENT
        HEAD   | /api/v1/customers                  | READS
        """)
    void everyRouteIsOfOneKind(String method, String path, RouteKind kind) {
        assertThat(RouteKinds.of(method, path)).isEqualTo(kind);
    }
}
