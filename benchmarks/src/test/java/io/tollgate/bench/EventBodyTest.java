package io.tollgate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.bench.EventBody.Shape;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventBodyTest {
    private static final Instant NOW = Instant.parse("2026-11-22T01:02:03Z");
    private final ObjectMapper json = new ObjectMapper();

    @Test
    void everyUseOfABodyHasKeysOfItsOwn() throws IOException {
        EventBody body = EventBody.batch(Shape.ONE_TENANT, NOW);
        Set<String> keys = new HashSet<>();
        Set<String> tenantsOfFirst = new HashSet<>();
        Set<String> tenants = new HashSet<>();
        for (int use = 0; use < 2; use++) {
            for (JsonNode event : json.readTree(body.fresh()).path("events")) {
                keys.add(event.path("idempotency_key").asText());
                tenants.add(event.path("tenant_id").asText());
                if (use == 0) {
                    tenantsOfFirst.add(event.path("tenant_id").asText());
                }
            }
        }
        assertThat(keys).hasSize(2 * EventBody.BATCH);
        assertThat(tenantsOfFirst).hasSize(1);
        assertThat(tenants).hasSize(2);
    }

    @Test
    void batchOfAThousandTenantsHasEachOnce() throws IOException {
        Set<String> tenants = new HashSet<>();
        for (JsonNode event : json.readTree(
                        EventBody.batch(Shape.THOUSAND_TENANTS, NOW).fresh())
                .path("events")) {
            tenants.add(event.path("tenant_id").asText());
        }
        assertThat(tenants).hasSize(EventBody.TENANTS);
    }

    @Test
    void eventHasTheSizeThatIsStated() {
        assertThat(EventBody.single(NOW).length()).isEqualTo(227);
    }
}
