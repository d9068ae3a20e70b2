package io.tollgate.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.billing.snapshot.Granularity;
import io.tollgate.billing.snapshot.HistoryQuery;
import io.tollgate.billing.snapshot.MetricShapes;
import io.tollgate.billing.snapshot.postgres.PostgresHistoryReads;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.cycle.CycleUsage;
import io.tollgate.control.cycle.ReportedCycle;
import io.tollgate.control.cycle.UsageReconciliation;
import io.tollgate.metering.meter.Operation;
import io.tollgate.server.config.DatabaseUrl;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import io.tollgate.server.embedded.DataFolder;
import io.tollgate.server.embedded.EmbeddedPostgres;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
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

        assertThat(texts("SELECT meter FROM metric_snapshots WHERE organization_id = 'biz_1'"))
                .containsExactly("young");
        assertThat(texts("SELECT event_id FROM rejected_events ORDER BY 1")).containsExactly("evt_new", "evt_young");
        assertThat(texts("SELECT cause FROM counter_cuts")).containsExactly("young");
    }

    private static void reading(String meter, OffsetDateTime at, int value) {
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO metric_snapshots (organization_id, subject, meter, window_start, window_end, value,"
                                + " metric_type, flushed_at) VALUES ('biz_2', 'tenant:t1', ?, ?, ?, ?, 'checkpoint', ?)",
                        meter,
                        at,
                        at.plusMinutes(1),
                        value,
                        at));
    }

    private static List<String> history(String meter) {
        return new PostgresHistoryReads(database.jdbi(), () -> NOW)
                        .history(new HistoryQuery(
                                new SubjectKey(new OrganizationId("biz_2"), new SubjectId("tenant:t1")),
                                new MeterKey(meter),
                                MetricShapes.Shape.IMPLICIT,
                                Granularity.FLUSH,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                10))
                        .stream()
                        .map(snapshot -> snapshot.value().intValueExact() + " "
                                + snapshot.delta().orElseThrow().intValueExact())
                        .toList();
    }

    /// The change of the oldest reading that is kept is told from the one before.
    @Test
    void theLastReadingBeforeStaysOutOfSightForTheNextOnesChange() {
        for (String meter : List.of("gauge", "short")) {
            reading(meter, day(403), 3);
            reading(meter, day(402), 4);
        }
        database.jdbi().useHandle(handle -> {
            handle.execute(
                    "INSERT INTO organizations (id, name, email, time_zone, currency, mode, plan_type, subscription_status,"
                            + " created_at) VALUES ('biz_2', 'two', 'a@b.test', 'UTC', 'EUR', 'live', 'free', 'active', now())");
            handle.execute("INSERT INTO metrics (organization_id, subject, name, operation, metric_type, flush_seconds,"
                    + " batch_seconds, initial_value, limit_operator, breach_action, limit_period, metadata,"
                    + " retention_days, created_at) VALUES ('biz_2', 'tenant:t1', 'short', 'SUM', 'checkpoint', 60, 60, 0,"
                    + " 'gte', 'deny', 'monthly', '{}', 10, now())");
        });
        reading("gauge", YOUNG, 9);
        reading("gauge", day(1), 10);
        reading("short", day(20), 6);
        reading("short", day(11), 7);
        reading("short", day(9), 9);

        new Retention(database.jdbi(), () -> NOW).forgetOld();
        new Retention(database.jdbi(), () -> NOW).forgetOld();

        assertThat(texts("SELECT meter || ' ' || value::integer FROM metric_snapshots WHERE organization_id = 'biz_2'"
                        + " ORDER BY meter, window_start"))
                .containsExactly("gauge 4", "gauge 9", "gauge 10", "short 7", "short 9");
        assertThat(history("gauge")).containsExactly("9 5", "10 1");
        assertThat(history("short")).containsExactly("9 2");
    }

    private static void event(String id, OffsetDateTime at, int quantity, long offset) {
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO usage_events (event_id, occurred_at, organization_id, subject, tenant_id, meter, quantity,"
                                + " fingerprint, received_at, status, log_partition, log_offset, log_index)"
                                + " VALUES (?, ?, 'biz_3', 'tenant:t1', 't1', 'calls', ?, '', ?, 'ACCEPTED', 0, ?, 0)",
                        "evt_" + id.repeat(26),
                        at,
                        quantity,
                        at,
                        offset));
    }

    private static void hour(OffsetDateTime start, long offset) {
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO counters (organization_id, subject, meter, window_kind, window_start, window_end,"
                                + " event_count, quantity_sum, duplicate_count, rejected_count, source_partition, source_offset,"
                                + " updated_at) VALUES ('biz_3', 'tenant:t1', 'calls', 'HOUR', ?, ?, 1, 1, 0, 0, 0, ?, now())",
                        start,
                        start.plusHours(1),
                        offset));
    }

    @Test
    void cyclesAreReadByEventTimeAndByPlaceInTheLog() {
        database.jdbi()
                .useHandle(handle -> handle.execute("CREATE TABLE usage_events_cycles PARTITION OF usage_events"
                        + " FOR VALUES FROM ('2026-11-01') TO ('2026-12-01')"));
        OffsetDateTime start = OffsetDateTime.parse("2026-11-10T00:30:00Z");
        OffsetDateTime end = OffsetDateTime.parse("2026-11-12T00:30:00Z");
        event("0", start.minusNanos(1_000), 100, 1);
        event("1", start, 1, 2);
        event("2", start.plusHours(1), 5, 3);
        event("3", end.minusNanos(1_000), 2, 7);
        event("4", end, 1_000, 8);
        event("5", start.plusMinutes(1), 3, 9);
        hour(start.minusMinutes(30), 9);
        hour(start.plusMinutes(30), 3);
        hour(end.minusMinutes(30), 8);
        StoredCycleUsage usage = new StoredCycleUsage(database.jdbi(), null, (position, atMost) -> true, 1);
        CycleKey key = new CycleKey(new OrganizationId("biz_3"), new TenantId("t1"), new MeterKey("calls"));

        Map<Operation, String> values = new EnumMap<>(Operation.class);
        for (Operation operation : Operation.values()) {
            values.put(
                    operation,
                    usage.value(key, operation, start.toInstant(), end.toInstant(), 8)
                            .stripTrailingZeros()
                            .toPlainString());
        }
        assertThat(values)
                .isEqualTo(new EnumMap<>(Map.of(
                        Operation.SUM, "8",
                        Operation.COUNT, "3",
                        Operation.AVG, "2.666667",
                        Operation.MIN, "1",
                        Operation.MAX, "5",
                        Operation.LAST, "2")));
        assertThat(usage.value(
                        key,
                        Operation.LAST,
                        start.toInstant(),
                        start.plusNanos(1_000).toInstant(),
                        1))
                .isEqualByComparingTo("0");
        assertThat(usage.events(key, start.toInstant(), end.toInstant(), 3, 100, 10))
                .extracting(
                        CycleUsage.Counted::offset, event -> event.quantity().intValueExact())
                .containsExactly(tuple(3L, 5), tuple(7L, 2), tuple(9L, 3));
        assertThat(usage.events(key, start.toInstant(), end.toInstant(), 4, 9, 10))
                .extracting(CycleUsage.Counted::offset)
                .containsExactly(7L);
        assertThat(usage.events(key, start.toInstant(), end.toInstant(), 3, 100, 2))
                .hasSize(2);
        CycleKey other = new CycleKey(new OrganizationId("biz_4"), new TenantId("t1"), new MeterKey("calls"));
        assertThat(usage.value(other, Operation.SUM, start.toInstant(), end.toInstant(), 100))
                .isEqualByComparingTo("0");
    }

    private static void takenOut(String id, OffsetDateTime at, int quantity, long offset) {
        database.jdbi().useHandle(handle -> {
            handle.execute(
                    "INSERT INTO event_corrections (id, event_id, organization_id, subject, tenant_id, meter, quantity,"
                            + " occurred_at, kind, reason, actor, fingerprint, received_at, log_partition, log_offset)"
                            + " VALUES (gen_random_uuid(), ?, 'biz_3', 'tenant:t1', 't1', 'calls', ?, ?, 'VOID', '',"
                            + " 'user:1', '', ?, 0, ?)",
                    "evt_" + id.repeat(26),
                    quantity,
                    at,
                    at,
                    offset);
            handle.execute("UPDATE usage_events SET status = 'VOIDED' WHERE event_id = ?", "evt_" + id.repeat(26));
        });
    }

    @Test
    void whatIsTakenOutCountsUpToTheCommand() {
        database.jdbi()
                .useHandle(handle -> handle.execute("CREATE TABLE usage_events_corrected PARTITION OF usage_events"
                        + " FOR VALUES FROM ('2026-09-01') TO ('2026-10-01')"));
        OffsetDateTime start = OffsetDateTime.parse("2026-09-10T00:00:00Z");
        OffsetDateTime end = start.plusDays(1);
        event("6", start, 4, 20);
        event("7", start.plusHours(1), 6, 21);
        event("8", start.plusHours(1), 5, 24);
        hour(start, 22);
        hour(start.plusHours(1), 24);
        takenOut("6", start, 4, 22);
        takenOut("8", start.plusHours(1), 5, 25);
        StoredCycleUsage usage = new StoredCycleUsage(database.jdbi(), null, (position, atMost) -> true, 1);
        CycleKey key = new CycleKey(new OrganizationId("biz_3"), new TenantId("t1"), new MeterKey("calls"));

        List<Integer> values = LongStream.of(22, 23, 25, 26, Long.MAX_VALUE)
                .mapToObj(before -> usage.value(key, Operation.SUM, start.toInstant(), end.toInstant(), before)
                        .intValueExact())
                .toList();
        assertThat(values).containsExactly(10, 6, 11, 6, 6);
        assertThat(usage.events(key, start.toInstant(), end.toInstant(), 22, 30, 10))
                .extracting(
                        CycleUsage.Counted::offset,
                        event -> event.quantity().intValueExact(),
                        CycleUsage.Counted::takenOut)
                .containsExactly(tuple(22L, 4, true), tuple(24L, 5, false), tuple(25L, 5, true));
    }

    @Test
    void aDriftIsToldOnce() {
        database.jdbi().useHandle(handle -> {
            handle.execute(
                    "INSERT INTO organizations (id, name, email, time_zone, currency, mode, plan_type, subscription_status,"
                            + " created_at) VALUES ('biz_5', 'five', 'a@b.test', 'UTC', 'EUR', 'live', 'free', 'active', now())");
            handle.execute("INSERT INTO webhook_endpoints (id, organization_id, url, event_types, enabled, secret,"
                    + " created_at, updated_at) VALUES ('we_5', 'biz_5', 'https://a.test', '{stripe.drift}', true, '',"
                    + " now(), now())");
        });
        ReportedCycle cycle = new ReportedCycle(
                "tg_1",
                new CycleKey(new OrganizationId("biz_5"), new TenantId("t1"), new MeterKey("calls")),
                Operation.SUM,
                NOW.minusSeconds(60),
                NOW,
                Optional.of(BigDecimal.TEN),
                BigDecimal.TEN,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                false,
                false);
        DriftMessages messages = new DriftMessages(database.jdbi());
        for (int added : new int[] {7, 7, 8}) {
            messages.raise(
                    new UsageReconciliation.Row(
                            cycle,
                            BigDecimal.TEN,
                            Optional.of(BigDecimal.valueOf(added)),
                            UsageReconciliation.Status.DRIFT),
                    NOW);
        }
        assertThat(texts("SELECT tenant_id || ' ' || (data ->> 'stripe_quantity') FROM webhook_deliveries"
                        + " WHERE organization_id = 'biz_5' AND message_type = 'stripe.drift' ORDER BY 1"))
                .containsExactly("t1 7", "t1 8");
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
