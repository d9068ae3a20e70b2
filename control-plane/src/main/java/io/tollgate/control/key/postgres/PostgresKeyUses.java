package io.tollgate.control.key.postgres;

import io.tollgate.control.key.KeyUses;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes down uses of keys, once in [KeyUses#PRECISION] and one last time when it is closed. What cannot be written is
/// lost: a key that goes on being used is noted again.
public final class PostgresKeyUses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresKeyUses.class);

    private final Jdbi jdbi;
    private final KeyUses uses;
    private final ScheduledExecutorService schedule = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("key-uses").daemon().factory());

    /// @param jdbi with the PostgreSQL plugin
    public PostgresKeyUses(Jdbi jdbi, KeyUses uses) {
        this.jdbi = jdbi;
        this.uses = uses;
    }

    public void start() {
        long period = KeyUses.PRECISION.toSeconds();
        var unused = schedule.scheduleWithFixedDelay(this::writeQuietly, period, period, TimeUnit.SECONDS);
    }

    /// Writes down what is noted now.
    public void write() {
        List<Map.Entry<String, Instant>> drained = List.copyOf(uses.drain().entrySet());
        if (drained.isEmpty()) {
            return;
        }
        // A key may have been erased meanwhile.
        jdbi.useHandle(handle -> handle.createUpdate("""
                        INSERT INTO api_key_uses AS before (key_id, last_used_at)
                        SELECT k.id, u.at FROM unnest(:ids, :times::timestamptz[]) AS u (id, at)
                        JOIN api_keys k ON k.id = u.id
                        ON CONFLICT (key_id) DO UPDATE
                            SET last_used_at = greatest(before.last_used_at, excluded.last_used_at)
                        """)
                .bindArray(
                        "ids",
                        String.class,
                        drained.stream().map(Map.Entry::getKey).toList())
                .bindArray(
                        "times",
                        String.class,
                        drained.stream()
                                .map(Map.Entry::getValue)
                                .map(Instant::toString)
                                .toList())
                .execute());
    }

    private void writeQuietly() {
        try {
            write();
        } catch (RuntimeException | AssertionError e) {
            // AssertionError: PostgreSQL's driver raises it when a connection dies at the wrong moment.
            LOG.warn("Uses of keys cannot be written down now: {}", e.toString());
        }
    }

    @Override
    public void close() {
        schedule.shutdownNow();
        writeQuietly();
    }
}
