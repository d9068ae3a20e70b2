package io.tollgate.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.server.config.Role;
import io.tollgate.server.replay.TollgateClient;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/// How long after an event is posted the look-up route counts it, and SQL shows its row, while nothing else happens.
final class Latency {
    static final String NAME = "latency";
    private static final int EVENTS_PER_SECOND = 25;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SQL_POLL = Duration.ofMillis(2);
    private static final int WARM_UP_EVENTS = 20;
    /// Events come at any point of the 100 ms between two commits.
    private static final int PAUSE_MS_MAX = 100;

    private static final double TAIL = 0.99;
    private static final long SEED = 11;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Rig rig;
    private final TollgateClient client;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private long next;

    private Latency(Rig rig) {
        this.rig = rig;
        this.client = TollgateClient.withKey(rig.url().toString(), rig.key(), PATIENCE, why -> {});
    }

    private record Times(double counterMs, double rowMs) {}

    static List<Figure> run(Rig rig, Plan plan) throws IOException {
        rig.run(Role.GATEWAY, Role.AGGREGATOR, Role.BILLING);
        rig.awaitCounted();
        rig.awaitStored();
        return new Latency(rig).measure(plan);
    }

    private List<Figure> measure(Plan plan) throws IOException {
        Figure.Rounds[] all = {new Figure.Rounds(), new Figure.Rounds(), new Figure.Rounds(), new Figure.Rounds()};
        int events = (int) plan.lasting().toSeconds() * EVENTS_PER_SECOND;
        try (Connection connection = rig.connect();
                PreparedStatement select =
                        connection.prepareStatement("SELECT 1 FROM usage_events WHERE event_id = ? LIMIT 1")) {
            for (int i = 0; i < WARM_UP_EVENTS; i++) {
                follow(select);
            }
            for (int round = 0; round < plan.rounds(); round++) {
                double[] counters = new double[events];
                double[] rows = new double[events];
                for (int i = 0; i < events; i++) {
                    Times times = follow(select);
                    counters[i] = times.counterMs();
                    rows[i] = times.rowMs();
                    LockSupport.parkNanos(
                            Duration.ofMillis(random.nextInt(PAUSE_MS_MAX)).toNanos());
                }
                all[0].values.add(Summary.percentile(counters, 0.5));
                all[1].values.add(Summary.percentile(counters, TAIL));
                all[2].values.add(Summary.percentile(rows, 0.5));
                all[3].values.add(Summary.percentile(rows, TAIL));
                plan.round(
                        NAME,
                        round,
                        "counter p50 %.0f p99 %.0f ms, row p50 %.0f p99 %.0f ms over %d events",
                        all[0].values.getLast(),
                        all[1].values.getLast(),
                        all[2].values.getLast(),
                        all[3].values.getLast(),
                        events);
            }
        } catch (SQLException e) {
            throw new IOException("rows cannot be read", e);
        }
        return List.of(
                Figure.of(NAME, "POST to counter, median", "ms", all[0].values),
                Figure.of(NAME, "POST to counter, p99", "ms", all[1].values),
                Figure.of(NAME, "POST to row, median", "ms", all[2].values),
                Figure.of(NAME, "POST to row, p99", "ms", all[3].values));
    }

    private Times follow(PreparedStatement select) throws IOException, SQLException {
        long number = next++;
        ObjectNode event = JSON.createObjectNode()
                .put("event_type", "latency")
                .put("tenant_id", "cust_latency")
                .put("quantity", 1)
                .put("idempotency_key", "latency-" + number);
        long began = System.nanoTime();
        JsonNode posted = answer(client.post("api/v1/events", event));
        // The server itself waits until the answer includes the organization's last write.
        TollgateClient.Answer counter = client.get("api/v1/metrics/latency?scope=customer&customer_id=cust_latency");
        double counterMs = (System.nanoTime() - began) / 1e6;
        if (answer(counter).path("current_value").asLong() != next || counter.stale()) {
            throw new IOException("the counter shows " + counter.body() + " after " + next + " events");
        }
        select.setString(1, posted.path("event_id").asText());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!exists(select)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("event " + posted + " is not stored");
            }
            LockSupport.parkNanos(SQL_POLL.toNanos());
        }
        return new Times(counterMs, (System.nanoTime() - began) / 1e6);
    }

    private static boolean exists(PreparedStatement select) throws SQLException {
        try (ResultSet row = select.executeQuery()) {
            return row.next();
        }
    }

    private static JsonNode answer(TollgateClient.Answer answer) throws IOException {
        if (answer.status() != 200) {
            throw new IOException("the server refuses: " + answer.complaint());
        }
        return answer.body();
    }
}
