package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import io.tollgate.server.embedded.EmbeddedSchemaRegistry;
import io.tollgate.server.replay.Replay;
import io.tollgate.server.replay.TollgateClient;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.kafka.KafkaContainer;

/// The twin of [SpineIT] with Kafka in a container: the same story against the broker that Apache ships. Run with
/// `-Pdocker`.
@Tag("docker")
class SpineDockerIT {
    private static final String ADMIN_KEY = "system-test-admin-key";
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Test
    void theLogIsCountedOnceAgainstAContainersBroker(@TempDir Path folder) throws Exception {
        try (KafkaContainer kafka = new KafkaContainer("apache/kafka:4.3.1");
                EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(
                        folder.resolve("registry"), new PortChoice(Setting.TOLLGATE_REGISTRY_PORT, 0, false))) {
            kafka.start();
            Map<String, String> settings = Map.of(
                    "TOLLGATE_DATA", folder.resolve("data").toString(),
                    "TOLLGATE_PORT", ServerProcess.freePort(),
                    "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                    "TOLLGATE_PARTITIONS", "8",
                    "KAFKA_BOOTSTRAP_SERVERS", kafka.getBootstrapServers(),
                    "SCHEMA_REGISTRY_URL", registry.url().toString(),
                    "ADMIN_SECRET_KEY", ADMIN_KEY);
            try (ServerProcess server = ServerProcess.start(folder, settings).awaitReady()) {
                Api api = Api.admin(server.url(), ADMIN_KEY).newOrganization("docker");
                String key = api.credential().substring("Bearer ".length());
                for (int pass = 0; pass < 2; pass++) {
                    Replay.run(
                            Path.of("..", "demo", "access.log"),
                            TollgateClient.withKey(server.url(), key, PATIENCE, why -> {}),
                            server.url(),
                            key,
                            folder.resolve("replay"),
                            new Replay.Listener() {
                                @Override
                                public void progressed(long lines, long total) {}

                                @Override
                                public void refused(long lineNumber, String why) {
                                    throw new AssertionError("line " + lineNumber + ": " + why);
                                }
                            });
                }
                String path = "/api/v1/usage?start_date=2015-05-01&end_date=2015-05-31";
                Api.Answer answer = api.get(path);
                for (long end = System.nanoTime() + PATIENCE.toNanos(); answer.stale() && System.nanoTime() < end; ) {
                    answer = api.get(path);
                }
                for (JsonNode row : answer.body().path("usage")) {
                    String expected = row.path("event_type").asText().equals("http_request") ? "10000" : "2747282740";
                    assertThat(new BigDecimal(row.path("total_quantity").asText()))
                            .isEqualByComparingTo(expected);
                }
                assertThat(answer.body().path("usage")).hasSize(2);
            }
        }
    }
}
