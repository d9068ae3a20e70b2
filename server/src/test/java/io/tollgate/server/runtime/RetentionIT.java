package io.tollgate.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.server.config.DatabaseUrl;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import io.tollgate.server.embedded.DataFolder;
import io.tollgate.server.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an instance does with PostgreSQL beside the roles.
class RetentionIT {
    private static final Instant NOW = Instant.parse("2026-11-22T03:40:00Z");
    private static final OffsetDateTime OLD = day(401);
    private static final OffsetDateTime YOUNG = day(399);

    @TempDir
    static Path folder;

    private static DataFolder data;
    private static EmbeddedPostgres postgres;
    private static Database database;

    @BeforeAll
    static void start() {
        data = DataFolder.open(folder);
        postgres = EmbeddedPostgres.start(data, new PortChoice(Setting.TOLLGATE_POSTGRES_PORT, 0, false));
        database = Database.open(
                new DatabaseUrl(postgres.jdbcUrl(), postgres.user(), postgres.password()), new SimpleMeterRegistry());
    }

    @AfterAll
    static void stop() {
        if (database != null) {
            database.close();
        }
        if (postgres != null) {
            postgres.close();
        }
        data.close();
    }

    private static OffsetDateTime day(int ago) {
        return NOW.minus(Duration.ofDays(ago)).atOffset(ZoneOffset.UTC);
    }

    private static void snapshot(String meter, OffsetDateTime at) {
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO metric_snapshots (organization_id, subject, meter, window_start, window_end, value,"
                                + " metric_type, flushed_at) VALUES ('biz_1', 'tenant:t1', ?, ?, ?, 1, 'reset', ?)",
                        meter,
                        at,
                        at.plusMinutes(1),
                        at));
    }

    private static void rejected(String id, OffsetDateTime at) {
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO rejected_events (event_id, rejected_at, log_partition, log_offset, log_index, reason,"
                                + " detail, organization_id, subject, meter, quantity, occurred_at, received_at)"
                                + " VALUES (?, ?, 0, 0, 0, 'X', '', 'biz_1', 'tenant:t1', 'm', 1, ?, ?)",
                        id,
                        at,
                        at,
                        at));
    }

    private static void cut(String cause, OffsetDateTime at) {
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO counter_cuts (id, organization_id, subject, kind, cause, created_at)"
                                + " VALUES (gen_random_uuid(), 'biz_1', 'tenant:t1', 'BILLING_RESET', ?, ?)",
                        cause,
                        at));
    }

    private static List<String> texts(String sql) {
        return database.jdbi()
                .withHandle(
                        handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    @Test
    void whatIsOlderThanItsTimeGoesAndNothingElse() {
        // As the sink does it, though by month. The first row of each has the same place in its partition.
        for (int year : List.of(2024, 2025, 2026)) {
            database.jdbi()
                    .useHandle(handle -> handle.execute("CREATE TABLE rejected_events_" + year
                            + " PARTITION OF rejected_events FOR VALUES FROM ('" + year + "-01-01') TO ('" + (year + 1)
                            + "-01-01')"));
        }
        snapshot("old", OLD);
        snapshot("young", YOUNG);
        rejected("evt_old", OLD);
        rejected("evt_older", day(800));
        rejected("evt_young", YOUNG);
        rejected("evt_new", day(0));
        cut("old", OLD);
        cut("young", YOUNG);

        new Retention(database.jdbi(), () -> NOW).forgetOld();

        assertThat(texts("SELECT meter FROM metric_snapshots")).containsExactly("young");
        assertThat(texts("SELECT event_id FROM rejected_events ORDER BY 1")).containsExactly("evt_new", "evt_young");
        assertThat(texts("SELECT cause FROM counter_cuts")).containsExactly("young");
    }

    /// Failures are logged, and the health of a sink shows its last.
    @Test
    void failuresTellNeitherStatementsNorWhoseDataItWas() {
        Jdbi jdbi = database.jdbi();
        String add = "INSERT INTO sink_offsets (topic, partition, next_offset) VALUES (:topic, 0, 0)";
        jdbi.useHandle(
                handle -> handle.createUpdate(add).bind("topic", "whose-data").execute());

        assertThatThrownBy(() -> jdbi.useHandle(handle ->
                        handle.createUpdate(add).bind("topic", "whose-data").execute()))
                .message()
                .contains("sink_offsets")
                .doesNotContain("whose-data", "INSERT");
    }
}
