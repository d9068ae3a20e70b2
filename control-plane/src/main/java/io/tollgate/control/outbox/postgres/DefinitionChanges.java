package io.tollgate.control.outbox.postgres;

import io.tollgate.control.outbox.OutboxPublisher;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Update;

/// Changes of definitions: a transaction each, and when it returns this instance applies what it changed, so that the
/// next request sees it. If that takes too long it returns all the same, because the change is durable. Thread-safe.
public final class DefinitionChanges {
    static final int PURGE_ROWS_MAX = 10_000;

    private final Jdbi jdbi;
    private final OutboxPublisher publisher;
    private final InstantSource clock;

    /// @param jdbi with the PostgreSQL and SQL object plugins
    public DefinitionChanges(Jdbi jdbi, OutboxPublisher publisher, InstantSource clock) {
        this.jdbi = jdbi;
        this.publisher = publisher;
        this.clock = clock;
    }

    private record Changed<T>(T result, List<Long> ids) {}

    /// Runs `change` in one transaction; what it answers is answered when the change is applied here.
    public <T, X extends Exception> T make(HandleCallback<T, X> change) throws X {
        Changed<T> changed = jdbi.inTransaction(
                (Handle handle) -> new Changed<>(change.withHandle(handle), PostgresOutbox.changes(handle)));
        if (!changed.ids().isEmpty()) {
            publisher.awaitApplied(changed.ids());
        }
        return changed.result();
    }

    /// Deletes rows that nobody needs any more, however many they are, in transactions of at most
    /// [#PURGE_ROWS_MAX]: one that deletes more would keep others waiting.
    ///
    /// @param deletion with everything bound but `:limit`, how many rows it deletes at most
    /// @return how many rows were deleted
    public long purge(Function<Handle, Update> deletion) {
        long all = 0;
        int deleted;
        do {
            deleted = make(handle ->
                    deletion.apply(handle).bind("limit", PURGE_ROWS_MAX).execute());
            all += deleted;
        } while (deleted == PURGE_ROWS_MAX);
        return all;
    }

    /// Reads, without changing anything.
    public <T, X extends Exception> T read(HandleCallback<T, X> read) throws X {
        return jdbi.withHandle(read);
    }

    /// The present, as precise as it is stored.
    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /// As it is bound to a statement.
    public static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
