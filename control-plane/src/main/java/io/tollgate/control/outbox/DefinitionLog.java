package io.tollgate.control.outbox;

import java.util.List;
import java.util.Optional;

/// The compacted topics that carry definitions to every instance. Used by one thread at a time.
public interface DefinitionLog extends AutoCloseable {
    /// What became of an append.
    ///
    /// @param offsets of the leading rows that are in the log for certain, in order
    /// @param failure why the row after them is perhaps not; absent when all are in
    record Appended(List<Long> offsets, Optional<RuntimeException> failure) {
        public Appended {
            offsets = List.copyOf(offsets);
        }
    }

    /// Appends `rows` in order; a row of another topic than the one before it is sent only when that is acknowledged.
    /// Rows after the first failure may be in the log as well: appending them again is right.
    Appended append(List<OutboxRow> rows);

    @Override
    void close();
}
