package io.tollgate.control.outbox.postgres;

import io.tollgate.control.outbox.DefinitionLog;
import io.tollgate.control.outbox.Outbox;
import io.tollgate.control.outbox.OutboxRow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// The outbox table. One publisher at a time holds an advisory lock for the length of its transaction; when it dies,
/// PostgreSQL gives the lock to the next.
public final class PostgresOutbox implements Outbox {
    /// Any number that nothing else in the database locks: "outbox" in ASCII.
    private static final long PUBLISHER_LOCK = 0x6f7574626f78L;

    private final Jdbi jdbi;
    private final InstantSource clock;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresOutbox(Jdbi jdbi, InstantSource clock) {
        this.jdbi = jdbi;
        this.clock = clock;
    }

    /// Ids of what the transaction of `handle` has changed so far and others must learn of: the last change of each
    /// record. The tables' triggers write the rows.
    public static List<Long> changes(Handle handle) {
        return handle.createQuery("""
                        SELECT max(id) AS id FROM outbox
                        WHERE transaction_id = pg_current_xact_id_if_assigned() AND published_at IS NULL
                        GROUP BY topic, record_key ORDER BY 1
                        """).mapTo(Long.class).list();
    }

    @Override
    public int publish(DefinitionLog log, int limit) {
        DefinitionLog.Appended appended = jdbi.inTransaction(handle -> {
            // Waiting longer would only hold a connection: the next attempt comes soon.
            handle.execute("SET LOCAL lock_timeout = '2s'");
            handle.execute("SELECT pg_advisory_xact_lock(?)", PUBLISHER_LOCK);
            List<Waiting> waiting = waiting(handle, limit);
            if (waiting.isEmpty()) {
                return new DefinitionLog.Appended(List.of(), Optional.empty());
            }
            DefinitionLog.Appended result =
                    log.append(waiting.stream().map(Waiting::row).toList());
            markPublished(handle, waiting, result.offsets());
            return result;
        });
        if (appended.failure().isPresent()) {
            throw appended.failure().get();
        }
        return appended.offsets().size();
    }

    private record Waiting(long id, OutboxRow row) {}

    private static List<Waiting> waiting(Handle handle, int limit) {
        return handle.createQuery("""
                        SELECT id, topic, record_key, payload::text AS payload
                        FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT :limit
                        """)
                .bind("limit", limit)
                .map((rows, context) -> new Waiting(
                        rows.getLong("id"),
                        new OutboxRow(
                                rows.getString("topic"),
                                rows.getString("record_key"),
                                Optional.ofNullable(rows.getString("payload")))))
                .list();
    }

    private void markPublished(Handle handle, List<Waiting> waiting, List<Long> offsets) {
        if (offsets.isEmpty()) {
            return;
        }
        // One statement: the driver's batches throw an AssertionError when the connection dies under them.
        Long[] ids = waiting.stream().limit(offsets.size()).map(Waiting::id).toArray(Long[]::new);
        handle.createUpdate("""
                        UPDATE outbox SET published_at = :now, published_offset = p.published_offset
                        FROM unnest(:ids, :offsets) AS p (id, published_offset) WHERE outbox.id = p.id
                        """)
                .bind("now", clock.instant().atOffset(ZoneOffset.UTC))
                .bindArray("ids", Long.class, (Object[]) ids)
                .bindArray("offsets", Long.class, offsets)
                .execute();
    }

    @Override
    public Optional<Publication> publication(long id) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT topic, record_key, published_offset FROM outbox WHERE id = :id AND published_at IS NOT NULL")
                .bind("id", id)
                .map((rows, context) -> new Publication(rows.getString(1), rows.getString(2), rows.getLong(3)))
                .findOne());
    }

    @Override
    public Backlog backlog() {
        Instant now = clock.instant();
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT count(*), min(created_at) FROM outbox WHERE published_at IS NULL")
                .map((rows, context) -> {
                    OffsetDateTime oldest = rows.getObject(2, OffsetDateTime.class);
                    Duration age = oldest == null ? Duration.ZERO : Duration.between(oldest.toInstant(), now);
                    return new Backlog(rows.getLong(1), age.isNegative() ? Duration.ZERO : age);
                })
                .one());
    }

    @Override
    public void forgetPublished(Duration age) {
        OffsetDateTime before = clock.instant().minus(age).atOffset(ZoneOffset.UTC);
        jdbi.useHandle(handle -> handle.createUpdate("DELETE FROM outbox WHERE published_at < :before")
                .bind("before", before)
                .execute());
    }
}
