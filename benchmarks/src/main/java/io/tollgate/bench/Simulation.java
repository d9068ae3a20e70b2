package io.tollgate.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.server.config.Role;
import io.tollgate.server.replay.TollgateClient;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// A year of 1,000 tenants and 3 meters, used every day, under other prices: from the request until the answer can be
/// read. 1,095,000 daily snapshots are added up in 36 sums of each tenant; prices change once at noon of a day, so some
/// hours are read as well.
final class Simulation {
    static final String NAME = "simulation";
    private static final int TENANTS = 1_000;
    private static final int METERS = 3;
    private static final int CANDIDATES_MAX = 20;
    private static final String ASKED = "api/v1/simulations";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration DONE_WITHIN = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    /// What each tenant uses of each meter in a day: between 24 and 2,400, in the hours of the day when prices change.
    private static final String QUANTITY = "24 * (1 + (t * 7 + m * 13 + d) % 100)";

    private final Rig rig;
    private final Plan plan;
    private final TollgateClient client;

    private Simulation(Rig rig, Plan plan) {
        this.rig = rig;
        this.plan = plan;
        this.client = TollgateClient.withKey(rig.url().toString(), rig.key(), PATIENCE, why -> {});
    }

    static List<Figure> run(Rig rig, Plan plan) throws IOException {
        // Whatever others have left behind is not waited for.
        rig.run();
        rig.stopInstance();
        rig.skipUncounted();
        rig.skipUnstored();
        rig.run(Role.AGGREGATOR, Role.BILLING);
        return new Simulation(rig, plan).measure();
    }

    private List<Figure> measure() throws IOException {
        plan.progress().accept(NAME + ": a year of 1,000 tenants is written");
        write();
        for (int meter = 1; meter <= METERS; meter++) {
            ObjectNode price = price(meter, 0).put("effective_from", "2020-01-01T00:00:00Z");
            expect(201, client.post("api/v1/price-models", price));
            expect(201, client.post("api/v1/price-models", price.put("effective_from", "2025-07-15T12:00:00Z")));
        }
        Figure.Rounds one = new Figure.Rounds();
        Figure.Rounds many = new Figure.Rounds();
        // One round more, that warms up and is not counted.
        for (int round = -1; round < plan.rounds(); round++) {
            double ofOne = seconds(1);
            double ofMany = seconds(CANDIDATES_MAX);
            if (round >= 0) {
                one.values.add(ofOne);
                many.values.add(ofMany);
                plan.round(NAME, round, "1 candidate %.2f s, 20 candidates %.2f s", ofOne, ofMany);
            }
        }
        return List.of(
                Figure.of(NAME, "1,000 tenants x 12 months x 3 meters, 1 candidate", "s", one.values),
                Figure.of(NAME, "1,000 tenants x 12 months x 3 meters, 20 candidates", "s", many.values));
    }

    private void write() throws IOException {
        try (Connection connection = rig.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE usage_snapshots_2025 PARTITION OF usage_snapshots"
                    + " FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')");
            insert(connection, """
                    INSERT INTO tenants (organization_id, tenant_id, name, status, created_at)
                    SELECT ?, 'sim_' || t, 'sim_' || t, 'ACTIVE', '2024-01-01' FROM generate_series(1, %d) t
                    """.formatted(TENANTS));
            insert(connection, """
                    INSERT INTO usage_snapshots
                        (organization_id, tenant_id, snapshot_date, event_type, total_quantity, event_count, quantity_min,
                         quantity_max)
                    SELECT ?, 'sim_' || t, DATE '2025-01-01' + d, 'meter_' || m, %1$s, 24, %1$s / 24, %1$s / 24
                    FROM generate_series(0, 364) d, generate_series(1, %2$d) t, generate_series(1, %3$d) m
                    """.formatted(QUANTITY, TENANTS, METERS));
            // The hours of the one day that is divided: its number is 195.
            insert(connection, """
                    INSERT INTO counters
                        (organization_id, subject, meter, window_kind, window_start, window_end, event_count, quantity_sum,
                         quantity_min, quantity_max, duplicate_count, rejected_count, source_partition, source_offset,
                         updated_at)
                    SELECT ?, 'tenant:sim_' || t, 'meter_' || m, 'HOUR', TIMESTAMPTZ '2025-07-15Z' + h * INTERVAL '1 hour',
                           TIMESTAMPTZ '2025-07-15Z' + (h + 1) * INTERVAL '1 hour', 1, %1$s / 24, %1$s / 24, %1$s / 24, 0, 0,
                           0, 0, TIMESTAMPTZ '2025-07-16Z'
                    FROM (VALUES (195)) AS day (d), generate_series(0, 23) h, generate_series(1, %2$d) t,
                         generate_series(1, %3$d) m
                    """.formatted(QUANTITY, TENANTS, METERS));
            statement.execute("ANALYZE usage_snapshots, counters, tenants");
        } catch (SQLException e) {
            throw new IOException("PostgreSQL refused", e);
        }
    }

    private void insert(Connection connection, String sql) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, rig.organizationId());
            insert.executeUpdate();
        }
    }

    /// Three tiers, cheaper with each candidate.
    private static ObjectNode price(int meter, int candidate) {
        ObjectNode price = JSON.createObjectNode().put("event_type", "meter_" + meter);
        ArrayNode tiers = price.putArray("tiers");
        int[] bounds = {0, 10_000, 30_000};
        for (int i = 0; i < bounds.length; i++) {
            ObjectNode tier = tiers.addObject()
                    .put("min_quantity", bounds[i])
                    .put("unit_price", "0.0" + (60 - candidate - i * 10));
            if (i + 1 < bounds.length) {
                tier.put("max_quantity", bounds[i + 1]);
            }
        }
        return price;
    }

    private double seconds(int candidates) throws IOException {
        ObjectNode body = JSON.createObjectNode().put("from", "2025-01-01").put("to", "2026-01-01");
        ArrayNode list = body.putArray("candidates");
        for (int i = 0; i < candidates; i++) {
            ArrayNode prices = list.addObject().put("name", "candidate " + i).putArray("price_models");
            for (int meter = 1; meter <= METERS; meter++) {
                prices.add(price(meter, i + 1));
            }
        }
        long began = System.nanoTime();
        String id = expect(202, client.post(ASKED, body)).path("id").asText();
        while (true) {
            JsonNode answer = expect(200, client.get(ASKED + "/" + id));
            double took = (System.nanoTime() - began) / 1e9;
            String status = answer.path("status").asText();
            if (status.equals("completed")) {
                check(answer, candidates);
                return took;
            }
            if (status.equals("failed") || took > DONE_WITHIN.toSeconds()) {
                throw new IOException("the simulation is " + status + ": "
                        + answer.path("error").asText());
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static void check(JsonNode answer, int candidates) throws IOException {
        JsonNode first = answer.path("candidates").path(0);
        if (answer.path("candidates").size() != candidates
                || first.path("tenants").size() != TENANTS
                || first.path("winners").asInt() != TENANTS) {
            throw new IOException("the simulation answers " + first.path("tenant_count") + " tenants, of which "
                    + first.path("winners") + " would pay less");
        }
    }

    private static JsonNode expect(int status, TollgateClient.Answer answer) throws IOException {
        if (answer.status() != status) {
            throw new IOException("the server refuses: " + answer.complaint());
        }
        return answer.body();
    }
}
