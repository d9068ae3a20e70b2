package io.tollgate.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.billing.usage.kafka.SinkConfig;
import io.tollgate.billing.usage.kafka.UsageSink;
import io.tollgate.billing.usage.postgres.PostgresSinkProgress;
import io.tollgate.billing.usage.postgres.PostgresUsageStore;
import io.tollgate.contract.topic.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.postgresql.PGConnection;

/// The sink working off accepted events, beside COPY of the very rows it has written into a table with the same columns
/// and indexes, over as many connections and in transactions of the same size.
final class Sink {
    static final String NAME = "sink";
    private static final Duration STOP_WITHIN = Duration.ofSeconds(10);
    private static final int CONNECTIONS_MAX = 8;
    private static final String TABLE = "bench_copy";
    /// Signature, flags and length of the extension in PostgreSQL's binary COPY.
    private static final int HEAD_BYTES = 19;

    private static final short END = -1;

    private final Rig rig;
    private final Plan plan;

    private Sink(Rig rig, Plan plan) {
        this.rig = rig;
        this.plan = plan;
    }

    static List<Figure> run(Rig rig, Plan plan) throws IOException, InterruptedException {
        rig.run();
        rig.stopInstance();
        rig.skipUnstored();
        return new Sink(rig, plan).measure();
    }

    private List<Figure> measure() throws IOException, InterruptedException {
        Figure.Rounds rounds = new Figure.Rounds();
        EventRecords events = new EventRecords(rig.organizationId(), rig.schemaRegistry());
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(rig.jdbcUrl());
        config.setUsername(rig.databaseUser());
        config.setPassword(rig.databasePassword());
        config.setMaximumPoolSize(CONNECTIONS_MAX);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            // One round more, that warms up and is not counted.
            for (int round = -1; round < plan.rounds(); round++) {
                int count = plan.backlogEvents();
                RawProducer.send(rig, Topics.ACCEPTED_EVENTS.name(), events.accepted(count));
                execute(pool, "TRUNCATE usage_events");
                double value = store(pool);
                double limit = copy(pool, count);
                if (round >= 0) {
                    rounds.values.add(value);
                    rounds.limits.add(limit);
                    rounds.lags.add(rig.unstored(Topics.ACCEPTED_EVENTS.name()));
                    plan.round(NAME, round, "%,.0f rows/s; raw COPY %,.0f", value, limit);
                }
            }
            execute(pool, "DROP TABLE IF EXISTS " + TABLE);
        } catch (SQLException e) {
            throw new IOException("PostgreSQL refused", e);
        }
        return List.of(Figure.of(NAME, "catching up", "rows/s", rounds.values)
                .against("raw COPY, same rows and indexes", rounds.limits)
                .behind(rounds.lags));
    }

    /// Rows a second, from the first stored batch on: joining the consumer group is not storing.
    private double store(HikariDataSource pool) throws IOException {
        Jdbi jdbi = Jdbi.create(pool).installPlugin(new PostgresPlugin());
        UsageSink sink = new UsageSink(
                new PostgresUsageStore(jdbi, new PostgresSinkProgress(jdbi), InstantSource.system()),
                rig.bootstrapServers(),
                rig.schemaRegistry(),
                SinkConfig.DEFAULT,
                new SimpleMeterRegistry());
        String topic = Topics.ACCEPTED_EVENTS.name();
        long behind = rig.unstored(topic);
        sink.start();
        try {
            rig.await("begun", () -> rig.unstored(topic) < behind);
            long left = rig.unstored(topic);
            long began = System.nanoTime();
            rig.await("stored", () -> rig.unstored(topic) == 0);
            return left / ((System.nanoTime() - began) / 1e9);
        } finally {
            sink.stop(STOP_WITHIN);
        }
    }

    private double copy(HikariDataSource pool, int expected) throws IOException, SQLException, InterruptedException {
        execute(pool, "DROP TABLE IF EXISTS " + TABLE);
        execute(pool, "CREATE TABLE " + TABLE + " (LIKE usage_events INCLUDING ALL)");
        List<byte[]> chunks = chunks(pool, expected);
        int connections = SinkConfig.DEFAULT.threads();
        long began = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            List<Future<Long>> copied = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                int first = i;
                copied.add(threads.submit(() -> copy(pool, chunks, first, connections)));
            }
            long rows = 0;
            for (Future<Long> part : copied) {
                rows += part.get();
            }
            return rows / ((System.nanoTime() - began) / 1e9);
        } catch (ExecutionException e) {
            throw new IOException("COPY failed", e);
        }
    }

    private static long copy(HikariDataSource pool, List<byte[]> chunks, int first, int step)
            throws SQLException, IOException {
        long rows = 0;
        try (Connection connection = pool.getConnection()) {
            for (int i = first; i < chunks.size(); i += step) {
                rows += connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn(
                                "COPY " + TABLE + " FROM STDIN (FORMAT binary)",
                                new java.io.ByteArrayInputStream(chunks.get(i)));
            }
        }
        return rows;
    }

    /// The stored rows as binary COPY input, in parts as large as the sink's transactions.
    private static List<byte[]> chunks(HikariDataSource pool, int expected) throws SQLException, IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        long rows;
        try (Connection connection = pool.getConnection()) {
            rows = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY (SELECT * FROM usage_events) TO STDOUT (FORMAT binary)", all);
        }
        if (rows != expected) {
            throw new IOException(String.format(Locale.ROOT, "%,d rows are stored, not %,d", rows, expected));
        }
        return split(all.toByteArray(), SinkConfig.DEFAULT.batchRecordsMax());
    }

    private static List<byte[]> split(byte[] copied, int rowsPerChunk) {
        List<byte[]> chunks = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(copied);
        in.position(HEAD_BYTES);
        int begin = HEAD_BYTES;
        int rows = 0;
        while (true) {
            int at = in.position();
            short fields = in.getShort();
            if (rows == rowsPerChunk || (fields == END && rows > 0)) {
                chunks.add(ByteBuffer.allocate(HEAD_BYTES + at - begin + Short.BYTES)
                        .put(copied, 0, HEAD_BYTES)
                        .put(copied, begin, at - begin)
                        .putShort(END)
                        .array());
                begin = at;
                rows = 0;
            }
            if (fields == END) {
                return chunks;
            }
            for (int field = 0; field < fields; field++) {
                int length = in.getInt();
                in.position(in.position() + Math.max(0, length));
            }
            rows++;
        }
    }

    private static void execute(HikariDataSource pool, String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
