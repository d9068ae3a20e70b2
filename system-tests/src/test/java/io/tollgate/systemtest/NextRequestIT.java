package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What is made or changed is in force in the very next request, however often, without one attempt more.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NextRequestIT {
    private static final String ADMIN_KEY = "next-request-admin-key-0123456789";

    /// How often each is done; 1,000 with `-Dnext.requests=1000`.
    private static final int TIMES = Integer.getInteger("next.requests", 50);

    private static final Duration BY_HAND_WITHIN = Duration.ofSeconds(20);

    @TempDir
    static Path folder;

    private ServerProcess server;
    private Api admin;
    private Api api;
    private String postgresPort;

    @BeforeAll
    void start() throws Exception {
        postgresPort = ServerProcess.freePort();
        server = ServerProcess.start(
                        folder,
                        Map.of(
                                "TOLLGATE_DATA", folder.resolve("data").toString(),
                                "TOLLGATE_PORT", ServerProcess.freePort(),
                                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                                "TOLLGATE_POSTGRES_PORT", postgresPort,
                                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                                "ADMIN_SECRET_KEY", ADMIN_KEY))
                .awaitReady();
        admin = Api.admin(server.url(), ADMIN_KEY);
        api = admin.newOrganization("next");
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void tenantPlanLimitAndKeyHoldInTheNextRequest() throws Exception {
        made(api.post("/api/v1/plan_limits", "{\"metric_name\":\"calls\",\"limit_value\":1000000}"));
        for (int i = 0; i < TIMES; i++) {
            String tenant = "t" + i;
            String plan = made(api.post(
                            "/api/v1/plans", "{\"plan_name\":\"p" + i + "\",\"stripe_price_id\":\"price" + i + "\"}"))
                    .path("id")
                    .asText();
            String limit = made(api.post(
                            "/api/v1/plan_limits",
                            "{\"plan_id\":\"" + plan + "\",\"metric_name\":\"calls\",\"limit_value\":" + (i + 1) + "}"))
                    .path("id")
                    .asText();
            made(api.post("/api/v1/customers", "{\"customer_id\":\"" + tenant + "\",\"plan_id\":\"" + plan + "\"}"));
            String key = made(api.post("/api/v1/customers/" + tenant + "/keys", "{}"))
                    .path("api_key")
                    .asText();
            Api own = api.withKey(key);

            Api.Answer fresh = own.get("/api/v1/metrics/calls");
            assertThat(fresh.status()).as("round %d %s", i, fresh.body()).isEqualTo(200);
            assertThat(fresh.body().path("limit_value").decimalValue())
                    .as("round %d %s", i, fresh.body())
                    .isEqualByComparingTo(Integer.toString(i + 1));
            assertThat(api.put(
                                    "/api/v1/metrics/calls?scope=customer&customer_id=" + tenant,
                                    "{\"value\":" + (i + 1) + "}")
                            .status())
                    .isEqualTo(200);
            assertThat(allowed(own, tenant)).as("round %d at the limit", i).isFalse();
            assertThat(api.put("/api/v1/plan_limits/" + limit, "{\"limit_value\":" + (i + 2) + "}")
                            .status())
                    .isEqualTo(200);
            assertThat(allowed(own, tenant)).as("round %d limit raised", i).isTrue();
            assertThat(api.delete("/api/v1/plan_limits/" + limit).status()).isEqualTo(200);
            assertThat(own.get("/api/v1/metrics/calls")
                            .body()
                            .path("limit_value")
                            .decimalValue())
                    .as("round %d default", i)
                    .isEqualByComparingTo("1000000");
        }
    }

    private static boolean allowed(Api own, String tenant) throws Exception {
        Api.Answer answer = own.get("/api/v1/quotas/check?tenant_id=" + tenant + "&event_type=calls");
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return answer.body().path("allowed").asBoolean();
    }

    @Test
    void aRowChangedByHandHoldsToo() throws Exception {
        String limit = made(api.post("/api/v1/plan_limits", "{\"metric_name\":\"by_hand\",\"limit_value\":5}"))
                .path("id")
                .asText();
        String password = Files.readString(
                        folder.resolve("data").resolve("secrets").resolve("postgres-password"))
                .strip();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + postgresPort + "/tollgate", "tollgate", password);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("UPDATE plan_limits SET limit_value = 7 WHERE id = '" + limit + "'"))
                    .isEqualTo(1);
        }
        Instant deadline = Instant.now().plus(BY_HAND_WITHIN);
        while (true) {
            JsonNode metric = api.get("/api/v1/metrics/by_hand?scope=customer&customer_id=anybody")
                    .body();
            if (metric.path("limit_value").asInt() == 7) {
                return;
            }
            assertThat(Instant.now()).as(metric.toString()).isBefore(deadline);
        }
    }

    private static JsonNode made(Api.Answer answer) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
        return answer.body();
    }
}
