package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.CounterValue;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.billing.usage.RefusedEvent;
import io.tollgate.billing.usage.UsageStore;
import io.tollgate.billing.usage.WriteOutcome;
import io.tollgate.contract.EventId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topics;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;

/// Usage in PostgreSQL 16 or later. Rows go in by COPY. The steps come first in each transaction: they lock the rows of
/// their partitions, so a writer that was overtaken finds out before it writes.
///
/// Two things make COPY fail for good: an event that is stored already, and metadata that is JSON but not `jsonb`
/// (U+0000, a lone surrogate, a number beyond `numeric`). Only such a batch then goes by a staging table.
public final class PostgresUsageStore implements UsageStore {
    private static final int ROW_BYTES_TYPICAL = 400;
    private static final String HOUR = "HOUR";
    private static final String DUPLICATE_LATE_DETAIL = "An event with this id and event time is stored already.";

    private static final String EVENT_COLUMNS = "event_id, occurred_at, organization_id, subject, tenant_id, meter,"
            + " quantity, metadata, idempotency_key, fingerprint, received_at, status, log_partition, log_offset,"
            + " log_index";
    private static final String REJECTED_COLUMNS = "event_id, rejected_at, log_partition, log_offset, log_index,"
            + " reason, detail, organization_id, subject, meter, quantity, occurred_at, received_at,"
            + " idempotency_key, metadata";
    private static final String COUNTER_COLUMNS = "organization_id, subject, meter, window_kind, window_start,"
            + " window_end, event_count, quantity_sum, quantity_min, quantity_max, duplicate_count, rejected_count,"
            + " source_partition, source_offset, updated_at";

    private static final String CORRECTION_COLUMNS =
            "id, event_id, organization_id, subject, tenant_id, meter, quantity,"
                    + " occurred_at, kind, replacement_id, reason, actor, request_id, fingerprint, received_at, log_partition,"
                    + " log_offset";

    /// The status that a correction `c` gives an event.
    private static final String STATUS = "CASE c.kind WHEN 'VOID' THEN '" + EventCorrection.Kind.VOID.status()
            + "' ELSE '" + EventCorrection.Kind.AMEND.status() + "' END";

    /// Whether an event `u` is the one that a correction `c` is about.
    private static final String CORRECTED = "u.event_id = c.event_id AND u.occurred_at = c.occurred_at"
            + " AND u.organization_id = c.organization_id AND u.subject = c.subject";

    private final Jdbi jdbi;
    private final PostgresSinkProgress progress;
    private final InstantSource clock;
    private final TimePartitions eventMonths;
    private final TimePartitions rejectedMonths;
    private final TimePartitions snapshotYears;
    private final KnownTenants tenants = new KnownTenants();

    /// @param jdbi with the PostgreSQL plugin
    /// @param progress told of every step
    public PostgresUsageStore(Jdbi jdbi, PostgresSinkProgress progress, InstantSource clock) {
        this.jdbi = jdbi;
        this.progress = progress;
        this.clock = clock;
        this.eventMonths = TimePartitions.byMonth(jdbi, "usage_events");
        this.rejectedMonths = TimePartitions.byMonth(jdbi, "rejected_events");
        this.snapshotYears = TimePartitions.byYear(jdbi, "usage_snapshots");
    }

    private interface Write {
        /// Answers how many of the rows were stored already.
        int into(Connection connection) throws SQLException;
    }

    @Override
    public SortedMap<Integer, Long> positions(String topic, Collection<Integer> partitions) {
        return jdbi.inTransaction(handle -> PostgresSinkOffsets.positions(handle.getConnection(), topic, partitions));
    }

    @Override
    public WriteOutcome storeEvents(List<CountedEvent> events, List<Advance> steps) {
        eventMonths.ensure(events.stream().map(CountedEvent::occurredAt));
        Map<SubjectKey, CountedEvent> newcomers = newcomers(events);
        WriteOutcome outcome;
        try {
            BinaryCopy rows = eventRows(events, Set.of());
            outcome = inTransaction(steps, connection -> {
                rows.send(connection, "COPY usage_events (" + EVENT_COLUMNS + ") FROM STDIN (FORMAT binary)");
                makeTenants(connection, newcomers);
                markCorrected(connection, events);
                return 0;
            });
        } catch (RuntimeException e) {
            if (!isForGood(e)) {
                throw e;
            }
            rejectedMonths.ensure(Stream.of(clock.instant()));
            outcome = inTransaction(steps, connection -> {
                int duplicates = storeStaged(connection, events);
                makeTenants(connection, newcomers);
                markCorrected(connection, events);
                return duplicates;
            });
        }
        if (outcome instanceof WriteOutcome.Stored) {
            tenants.addAll(newcomers.keySet());
        }
        return outcome;
    }

    // Classes 22 (the data is not what the column holds) and 23 (uniqueness).
    private static boolean isForGood(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return sql.getSQLState().startsWith("22") || sql.getSQLState().startsWith("23");
            }
        }
        return false;
    }

    private int storeStaged(Connection connection, List<CountedEvent> events) throws SQLException {
        execute(
                connection,
                "CREATE TEMPORARY TABLE IF NOT EXISTS staged_events (LIKE usage_events) ON COMMIT DELETE ROWS");
        Set<Integer> unstorable = unstorable(
                connection, events.stream().map(CountedEvent::metadata).toList());
        eventRows(events, unstorable)
                .send(connection, "COPY staged_events (" + EVENT_COLUMNS + ") FROM STDIN (FORMAT binary)");
        int inserted = execute(
                connection,
                "INSERT INTO usage_events (" + EVENT_COLUMNS + ") SELECT " + EVENT_COLUMNS
                        + " FROM staged_events ORDER BY log_partition, log_offset, log_index"
                        + " ON CONFLICT (event_id, occurred_at) DO NOTHING");
        if (inserted < events.size()) {
            rejectDuplicates(connection);
        }
        return events.size() - inserted;
    }

    private void rejectDuplicates(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO rejected_events (" + REJECTED_COLUMNS
                + ") SELECT s.event_id, ?, s.log_partition, s.log_offset, s.log_index, 'DUPLICATE_LATE', ?,"
                + " s.organization_id, s.subject, s.meter, s.quantity, s.occurred_at, s.received_at,"
                + " s.idempotency_key, s.metadata FROM staged_events s"
                + " JOIN usage_events u ON u.event_id = s.event_id AND u.occurred_at = s.occurred_at"
                + " WHERE (u.log_partition, u.log_offset, u.log_index)"
                + " <> (s.log_partition, s.log_offset, s.log_index)"
                + " ON CONFLICT DO NOTHING")) {
            insert.setObject(1, clock.instant().atOffset(ZoneOffset.UTC));
            insert.setString(2, DUPLICATE_LATE_DETAIL);
            insert.executeUpdate();
        }
    }

    private static BinaryCopy eventRows(List<CountedEvent> events, Set<Integer> unstorableMetadata) {
        BinaryCopy rows = new BinaryCopy(events.size() * ROW_BYTES_TYPICAL);
        for (int i = 0; i < events.size(); i++) {
            CountedEvent event = events.get(i);
            rows.row(15);
            rows.text(event.id().value());
            rows.time(event.occurredAt());
            rows.text(event.subject().organizationId().value());
            rows.text(event.subject().subject().value());
            rows.text(event.subject().subject().tenantId().map(TenantId::value));
            rows.text(event.meter().value());
            rows.numeric(event.quantity());
            rows.jsonb(unstorableMetadata.contains(i) ? event.metadata().map(Metadata::asString) : event.metadata());
            rows.text(event.idempotencyKey());
            rows.bytes(event.fingerprint());
            rows.time(event.receivedAt());
            rows.text("ACCEPTED");
            rows.int4(event.place().partition());
            rows.int8(event.place().offset());
            rows.int4(event.place().index());
        }
        return rows;
    }

    private Map<SubjectKey, CountedEvent> newcomers(List<CountedEvent> events) {
        Map<SubjectKey, CountedEvent> newcomers = new TreeMap<>(Comparator.comparing(SubjectKey::recordKey));
        for (CountedEvent event : events) {
            SubjectKey subject = event.subject();
            if (!tenants.contains(subject) && subject.subject().tenantId().isPresent()) {
                newcomers.putIfAbsent(subject, event);
            }
        }
        return newcomers;
    }

    private static void makeTenants(Connection connection, Map<SubjectKey, CountedEvent> newcomers)
            throws SQLException {
        if (newcomers.isEmpty()) {
            return;
        }
        // One statement: the driver's batches throw an AssertionError when the connection dies under them.
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO tenants (organization_id, tenant_id, name, status, created_at)
                SELECT o, t, t, 'ACTIVE', r FROM unnest(?, ?, ?::timestamptz[]) AS newcomer (o, t, r)
                ON CONFLICT (organization_id, tenant_id) DO NOTHING
                """)) {
            insert.setArray(
                    1,
                    texts(
                            connection,
                            newcomers,
                            event -> event.subject().organizationId().value()));
            insert.setArray(
                    2,
                    texts(
                            connection,
                            newcomers,
                            event -> event.subject()
                                    .subject()
                                    .tenantId()
                                    .orElseThrow()
                                    .value()));
            insert.setArray(
                    3, texts(connection, newcomers, event -> event.receivedAt().toString()));
            insert.executeUpdate();
        }
    }

    private static Array texts(
            Connection connection, Map<SubjectKey, CountedEvent> newcomers, Function<CountedEvent, String> text)
            throws SQLException {
        return connection.createArrayOf(
                "text", newcomers.values().stream().map(text).toArray(String[]::new));
    }

    @Override
    public WriteOutcome storeRejected(List<RefusedEvent> events, List<Advance> steps) {
        rejectedMonths.ensure(events.stream().map(RefusedEvent::rejectedAt));
        return inTransaction(steps, connection -> {
            execute(
                    connection,
                    "CREATE TEMPORARY TABLE IF NOT EXISTS staged_rejected (LIKE rejected_events) ON COMMIT DELETE ROWS");
            Set<Integer> unstorable = unstorable(
                    connection, events.stream().map(RefusedEvent::metadata).toList());
            rejectedRows(events, unstorable)
                    .send(connection, "COPY staged_rejected (" + REJECTED_COLUMNS + ") FROM STDIN (FORMAT binary)");
            execute(
                    connection,
                    "INSERT INTO rejected_events (" + REJECTED_COLUMNS + ") SELECT " + REJECTED_COLUMNS
                            + " FROM staged_rejected ON CONFLICT DO NOTHING");
            return 0;
        });
    }

    @Override
    public WriteOutcome storeCorrections(List<EventCorrection> corrections, List<Advance> steps) {
        return inTransaction(steps, connection -> {
            holdBackEvents(connection, corrections);
            execute(
                    connection,
                    "CREATE TEMPORARY TABLE IF NOT EXISTS staged_corrections (LIKE event_corrections)"
                            + " ON COMMIT DELETE ROWS");
            correctionRows(corrections)
                    .send(
                            connection,
                            "COPY staged_corrections (" + CORRECTION_COLUMNS + ") FROM STDIN (FORMAT binary)");
            execute(
                    connection,
                    "WITH made AS (INSERT INTO event_corrections (" + CORRECTION_COLUMNS + ") SELECT "
                            + CORRECTION_COLUMNS + " FROM staged_corrections ORDER BY log_partition, log_offset"
                            + " ON CONFLICT DO NOTHING RETURNING *), audited AS ("
                            + " INSERT INTO audit_logs (id, organization_id, actor_id, action, resource_type,"
                            + " resource_id, details, request_id, created_at)"
                            + " SELECT id, organization_id, actor, lower(kind) || '_event', 'event', event_id,"
                            + " jsonb_strip_nulls(jsonb_build_object('reason', reason, 'event_type', meter,"
                            + " 'quantity', quantity, 'timestamp', occurred_at, 'replacement_event_id', replacement_id)),"
                            + " request_id, received_at FROM made ON CONFLICT (id) DO NOTHING)"
                            + " UPDATE usage_events u SET status = " + STATUS + " FROM made c WHERE " + CORRECTED);
            return 0;
        });
    }

    /// A correction is written when its event is stored, so it finds it. Only where events are stored anew from the
    /// book of record may it be the other way round; then one of the two transactions has to wait for the other, and
    /// the later sees what the earlier has stored.
    private static void holdBackEvents(Connection connection, List<EventCorrection> corrections) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(
                "SELECT 1 FROM sink_offsets WHERE topic = ? AND partition = ANY (?) ORDER BY partition FOR UPDATE")) {
            lock.setString(1, Topics.ACCEPTED_EVENTS.name());
            lock.setArray(
                    2,
                    connection.createArrayOf(
                            "int4",
                            corrections.stream()
                                    .map(EventCorrection::partition)
                                    .distinct()
                                    .toArray(Integer[]::new)));
            lock.executeQuery().close();
        }
    }

    /// Events that are stored after the correction of one of them. That is rare, and seen by their places.
    private static void markCorrected(Connection connection, List<CountedEvent> events) throws SQLException {
        if (!correctedBefore(connection, events)) {
            return;
        }
        try (PreparedStatement update = connection.prepareStatement("UPDATE usage_events u SET status = " + STATUS
                + " FROM event_corrections c WHERE c.event_id = ANY (?) AND u.status = 'ACCEPTED' AND " + CORRECTED)) {
            update.setArray(
                    1,
                    connection.createArrayOf(
                            "text",
                            events.stream().map(event -> event.id().value()).toArray(String[]::new)));
            update.executeUpdate();
        }
    }

    /// Whether a correction is stored whose command lies behind the first of the events.
    private static boolean correctedBefore(Connection connection, List<CountedEvent> events) throws SQLException {
        Map<Integer, Long> first = new HashMap<>();
        events.forEach(
                event -> first.merge(event.place().partition(), event.place().offset(), Math::min));
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT 1 FROM unnest(?, ?) AS stored (log_partition, log_offset) JOIN event_corrections c"
                        + " ON c.log_partition = stored.log_partition AND c.log_offset > stored.log_offset LIMIT 1")) {
            select.setArray(1, connection.createArrayOf("int4", first.keySet().toArray(Integer[]::new)));
            select.setArray(2, connection.createArrayOf("int8", first.values().toArray(Long[]::new)));
            try (ResultSet found = select.executeQuery()) {
                return found.next();
            }
        }
    }

    private static BinaryCopy correctionRows(List<EventCorrection> corrections) {
        BinaryCopy rows = new BinaryCopy(corrections.size() * ROW_BYTES_TYPICAL);
        for (EventCorrection correction : corrections) {
            rows.row(17);
            rows.bytes(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(correction.id().getMostSignificantBits())
                    .putLong(correction.id().getLeastSignificantBits())
                    .array());
            rows.text(correction.eventId().value());
            rows.text(correction.subject().organizationId().value());
            rows.text(correction.subject().subject().value());
            rows.text(correction.subject().subject().tenantId().map(TenantId::value));
            rows.text(correction.meter().value());
            rows.numeric(correction.quantity());
            rows.time(correction.occurredAt());
            rows.text(correction.kind().name());
            rows.text(correction.replacementId().map(EventId::value));
            rows.text(correction.reason());
            rows.text(correction.actor());
            rows.text(correction.requestId());
            rows.bytes(correction.fingerprint());
            rows.time(correction.receivedAt());
            rows.int4(correction.partition());
            rows.int8(correction.offset());
        }
        return rows;
    }

    private static BinaryCopy rejectedRows(List<RefusedEvent> events, Set<Integer> unstorableMetadata) {
        BinaryCopy rows = new BinaryCopy(events.size() * ROW_BYTES_TYPICAL);
        for (int i = 0; i < events.size(); i++) {
            RefusedEvent event = events.get(i);
            rows.row(15);
            rows.text(event.id());
            rows.time(event.rejectedAt());
            rows.int4(event.place().partition());
            rows.int8(event.place().offset());
            rows.int4(event.place().index());
            rows.text(event.reason());
            rows.text(event.detail());
            rows.text(event.organizationId());
            rows.text(event.subject());
            rows.text(event.meter());
            rows.numeric(event.quantity());
            rows.time(event.occurredAt());
            rows.time(event.receivedAt());
            rows.text(event.idempotencyKey());
            rows.jsonb(unstorableMetadata.contains(i) ? event.metadata().map(Metadata::asString) : event.metadata());
        }
        return rows;
    }

    // Asks the one who knows which of the texts it cannot hold as jsonb.
    private static Set<Integer> unstorable(Connection connection, List<Optional<String>> metadata) throws SQLException {
        Set<Integer> unstorable = new HashSet<>();
        String[] texts = new String[metadata.size()];
        for (int i = 0; i < texts.length; i++) {
            String text = metadata.get(i).orElse("{}");
            boolean nul = text.indexOf('\0') >= 0;
            if (nul) {
                unstorable.add(i);
            }
            texts[i] = nul ? "{}" : text;
        }
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT n - 1 FROM unnest(?) WITH ORDINALITY AS t (x, n) WHERE NOT pg_input_is_valid(x, 'jsonb')")) {
            select.setArray(1, connection.createArrayOf("text", texts));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    unstorable.add(rows.getInt(1));
                }
            }
        }
        return unstorable;
    }

    @Override
    public WriteOutcome storeCounters(List<CounterValue> values, List<Advance> steps) {
        List<CounterValue> latest = CounterValue.latest(values);
        snapshotYears.ensure(latest.stream().map(CounterValue::windowStart));
        return inTransaction(steps, connection -> {
            // Tables made in the transaction have no statistics; by index is right at any size of the staging table.
            execute(connection, "SET LOCAL enable_hashjoin = off");
            execute(connection, "SET LOCAL enable_mergejoin = off");
            execute(
                    connection,
                    "CREATE TEMPORARY TABLE IF NOT EXISTS staged_counters (LIKE counters) ON COMMIT DELETE ROWS");
            counterRows(latest)
                    .send(connection, "COPY staged_counters (" + COUNTER_COLUMNS + ") FROM STDIN (FORMAT binary)");
            execute(
                    connection,
                    "INSERT INTO counters AS c (" + COUNTER_COLUMNS + ") SELECT " + COUNTER_COLUMNS
                            + " FROM staged_counters"
                            + " ON CONFLICT (organization_id, subject, meter, window_kind, window_start) DO UPDATE SET"
                            + " window_end = excluded.window_end, event_count = excluded.event_count,"
                            + " quantity_sum = excluded.quantity_sum, quantity_min = excluded.quantity_min,"
                            + " quantity_max = excluded.quantity_max, duplicate_count = excluded.duplicate_count,"
                            + " rejected_count = excluded.rejected_count, source_partition = excluded.source_partition,"
                            + " source_offset = excluded.source_offset, updated_at = excluded.updated_at"
                            + " WHERE c.source_offset < excluded.source_offset");
            execute(connection, """
                    INSERT INTO usage_snapshots AS s
                        (organization_id, tenant_id, snapshot_date, event_type, total_quantity, event_count, quantity_min,
                         quantity_max)
                    SELECT t.organization_id, substr(t.subject, 8), t.day, t.meter, sum(c.quantity_sum),
                           sum(c.event_count), min(c.quantity_min), max(c.quantity_max)
                    FROM (SELECT DISTINCT organization_id, subject, meter, (window_start AT TIME ZONE 'UTC')::date AS day
                          FROM staged_counters
                          WHERE window_kind = 'HOUR' AND starts_with(subject, 'tenant:')) t
                    JOIN counters c
                      ON c.organization_id = t.organization_id AND c.subject = t.subject AND c.meter = t.meter
                     AND c.window_kind = 'HOUR'
                     AND c.window_start >= t.day::timestamp AT TIME ZONE 'UTC'
                     AND c.window_start < (t.day + 1)::timestamp AT TIME ZONE 'UTC'
                    GROUP BY t.organization_id, t.subject, t.day, t.meter
                    ON CONFLICT (organization_id, tenant_id, snapshot_date, event_type) DO UPDATE SET
                        total_quantity = excluded.total_quantity, event_count = excluded.event_count,
                        quantity_min = excluded.quantity_min, quantity_max = excluded.quantity_max
                    """);
            if (latest.stream()
                    .anyMatch(value ->
                            value.eventCount() == 0 && value.windowKind().equals(HOUR))) {
                forgetEmptyDays(connection);
            }
            return 0;
        });
    }

    /// A day that has lost its last event has no snapshot, as if there had been none.
    private static void forgetEmptyDays(Connection connection) throws SQLException {
        execute(connection, """
                DELETE FROM usage_snapshots s USING staged_counters c
                WHERE c.window_kind = 'HOUR' AND starts_with(c.subject, 'tenant:')
                  AND s.organization_id = c.organization_id AND s.tenant_id = substr(c.subject, 8)
                  AND s.event_type = c.meter AND s.snapshot_date = (c.window_start AT TIME ZONE 'UTC')::date
                  AND s.event_count = 0
                """);
    }

    private static BinaryCopy counterRows(List<CounterValue> values) {
        BinaryCopy rows = new BinaryCopy(values.size() * ROW_BYTES_TYPICAL);
        for (CounterValue value : values) {
            rows.row(15);
            rows.text(value.subject().organizationId().value());
            rows.text(value.subject().subject().value());
            rows.text(value.meter().value());
            rows.text(value.windowKind());
            rows.time(value.windowStart());
            rows.time(value.windowEnd());
            rows.int8(value.eventCount());
            rows.numeric(value.sum());
            rows.numeric(value.min());
            rows.numeric(value.max());
            rows.int8(value.duplicateCount());
            rows.int8(value.rejectedCount());
            rows.int4(value.sourcePartition());
            rows.int8(value.sourceOffset());
            rows.time(value.updatedAt());
        }
        return rows;
    }

    @Override
    public WriteOutcome advance(List<Advance> steps) {
        return inTransaction(steps, connection -> 0);
    }

    private WriteOutcome inTransaction(List<Advance> steps, Write write) {
        Optional<Integer> duplicates = jdbi.inTransaction(handle -> {
            Connection connection = handle.getConnection();
            try {
                if (!PostgresSinkOffsets.move(connection, steps)) {
                    handle.rollback();
                    return Optional.empty();
                }
                return Optional.of(write.into(connection));
            } catch (SQLException e) {
                throw new SqlFailure(e);
            }
        });
        if (duplicates.isEmpty()) {
            return new WriteOutcome.Overtaken();
        }
        steps.forEach(step -> progress.reached(step.topic(), step.partition(), step.next()));
        return new WriteOutcome.Stored(duplicates.get());
    }

    private static int execute(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return statement.executeUpdate();
        }
    }
}
