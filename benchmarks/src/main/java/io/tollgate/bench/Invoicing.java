package io.tollgate.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.billing.proof.ProofLeaf;
import io.tollgate.billing.proof.ProofTree;
import io.tollgate.contract.EventId;
import io.tollgate.server.config.Role;
import io.tollgate.server.replay.TollgateClient;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;

/// An invoice over 1,000,000 events of one tenant and two meters: drafted, and finalized with its proof. The limits are
/// the same work by hand in the same database: the sums in one statement, and the tree over the sorted events read by
/// plain JDBC.
final class Invoicing {
    static final String NAME = "invoicing";
    private static final int EVENTS = 1_000_000;
    private static final String TENANT = "inv_big";
    private static final String INVOICES = "api/v1/invoices";
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int FETCH = 5_000;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OF_TENANT = " FROM usage_events WHERE organization_id = ? AND subject = 'tenant:"
            + TENANT + "' AND occurred_at >= '2025-07-01Z' AND occurred_at < '2025-08-01Z'";

    private final Rig rig;
    private final Plan plan;
    private final TollgateClient client;

    private Invoicing(Rig rig, Plan plan) {
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
        rig.run(Role.GATEWAY, Role.AGGREGATOR, Role.BILLING);
        return new Invoicing(rig, plan).measure();
    }

    private List<Figure> measure() throws IOException {
        plan.progress().accept(NAME + ": 1,000,000 events are written");
        // The tenant's partition holds one record at least, at whose place all of the events are said to be.
        expect(
                200,
                client.post(
                        "api/v1/events",
                        JSON.createObjectNode().put("event_type", "first").put("tenant_id", TENANT)));
        write();
        for (String meter : List.of("inv_calls", "inv_bytes")) {
            expect(
                    201,
                    client.post(
                            "api/v1/price-models",
                            JSON.createObjectNode()
                                    .put("event_type", meter)
                                    .put("model", "per_unit")
                                    .put("unit_price", "0.001")
                                    .put("effective_from", "2020-01-01T00:00:00Z")));
        }
        Figure.Rounds drafts = new Figure.Rounds();
        Figure.Rounds finals = new Figure.Rounds();
        // One round more, that warms up and is not counted.
        for (int round = -1; round < plan.rounds(); round++) {
            double sums = sumsByHand();
            double tree = treeByHand();
            long began = System.nanoTime();
            String id = draft();
            double drafted = (System.nanoTime() - began) / 1e9;
            began = System.nanoTime();
            JsonNode invoice = expect(200, client.post(INVOICES + "/" + id + "/finalize", JSON.createObjectNode()));
            double finished = (System.nanoTime() - began) / 1e9;
            if (invoice.at("/proof/leaf_count").asInt() != EVENTS) {
                throw new IOException("the invoice bills " + invoice.at("/proof/leaf_count") + " events");
            }
            expect(
                    200,
                    client.post(
                            INVOICES + "/" + id + "/void",
                            JSON.createObjectNode().put("reason", "measured")));
            if (round >= 0) {
                drafts.values.add(EVENTS / drafted);
                drafts.limits.add(EVENTS / sums);
                finals.values.add(EVENTS / finished);
                finals.limits.add(EVENTS / (sums + tree));
                plan.round(
                        NAME,
                        round,
                        "draft %.2f s, finalized %.2f s, by hand %.2f and %.2f s",
                        drafted,
                        finished,
                        sums,
                        tree);
            }
        }
        return List.of(
                Figure.of(NAME, "draft over 1,000,000 events", "events/s", drafts.values)
                        .against("sums in one statement", drafts.limits),
                Figure.of(NAME, "finalize with proof", "events/s", finals.values)
                        .against("sums, and the tree by plain JDBC", finals.limits));
    }

    private void write() throws IOException {
        try (Connection connection = rig.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS usage_events_2025_07 PARTITION OF usage_events"
                    + " FOR VALUES FROM ('2025-07-01Z') TO ('2025-08-01Z')");
            try (PreparedStatement insert = connection.prepareStatement("""
                    INSERT INTO usage_events
                        (event_id, occurred_at, organization_id, subject, tenant_id, meter, quantity, fingerprint,
                         received_at, status, log_partition, log_offset, log_index)
                    SELECT 'evt_' || upper(lpad(to_hex(hashint8(n)::bigint & 4294967295), 8, '0')) || lpad(n::text, 18, '0'),
                           TIMESTAMPTZ '2025-07-01Z' + n * INTERVAL '2 seconds', ?, 'tenant:%1$s', '%1$s',
                           CASE n %% 2 WHEN 0 THEN 'inv_calls' ELSE 'inv_bytes' END, n %% 1000, '\\x00', now(), 'ACCEPTED',
                           0, 0, n
                    FROM generate_series(1, %2$d) n
                    """.formatted(TENANT, EVENTS))) {
                insert.setString(1, rig.organizationId());
                insert.executeUpdate();
            }
            statement.execute("VACUUM ANALYZE usage_events");
        } catch (SQLException e) {
            throw new IOException("PostgreSQL refused", e);
        }
    }

    private String draft() throws IOException {
        ObjectNode order = JSON.createObjectNode()
                .put("tenant_id", TENANT)
                .put("period_start", "2025-07-01T00:00:00Z")
                .put("period_end", "2025-08-01T00:00:00Z");
        return expect(201, client.post(INVOICES, order)).path("id").asText();
    }

    private double sumsByHand() throws IOException {
        long began = System.nanoTime();
        query(
                "SELECT meter, count(*), sum(quantity), min(quantity), max(quantity)" + OF_TENANT + " GROUP BY meter",
                row -> {});
        return (System.nanoTime() - began) / 1e9;
    }

    private double treeByHand() throws IOException {
        long began = System.nanoTime();
        ProofTree tree = new ProofTree();
        query(
                "SELECT event_id, meter, quantity, occurred_at" + OF_TENANT + " ORDER BY event_id",
                row -> tree.add(new ProofLeaf(
                        new EventId(row.getString(1)),
                        row.getString(2),
                        row.getBigDecimal(3),
                        row.getObject(4, OffsetDateTime.class).toInstant())));
        if (tree.leaves() != EVENTS || tree.root().hex().isEmpty()) {
            throw new IOException("there are " + tree.leaves() + " events");
        }
        return (System.nanoTime() - began) / 1e9;
    }

    private interface Row {
        void read(ResultSet row) throws SQLException;
    }

    private void query(String sql, Row reader) throws IOException {
        try (Connection connection = rig.connect()) {
            // The driver reads in portions only in a transaction.
            connection.setAutoCommit(false);
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setFetchSize(FETCH);
                select.setString(1, rig.organizationId());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        reader.read(rows);
                    }
                }
            }
        } catch (SQLException e) {
            throw new IOException("PostgreSQL refused", e);
        }
    }

    private static JsonNode expect(int status, TollgateClient.Answer answer) throws IOException {
        if (answer.status() != status) {
            throw new IOException("the server refuses: " + answer.complaint());
        }
        return answer.body();
    }
}
