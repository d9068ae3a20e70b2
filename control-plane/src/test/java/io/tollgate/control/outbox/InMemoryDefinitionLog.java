package io.tollgate.control.outbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Definition topics in memory. Can be told to fail after some rows.
public final class InMemoryDefinitionLog implements DefinitionLog {
    private final List<OutboxRow> rows = new ArrayList<>();
    private int rowsUntilFailure = Integer.MAX_VALUE;

    /// The next `count` rows are taken, then every append fails until this is called again.
    public synchronized void failAfter(int count) {
        rowsUntilFailure = count;
    }

    public synchronized List<OutboxRow> rows() {
        return List.copyOf(rows);
    }

    @Override
    public synchronized Appended append(List<OutboxRow> toAppend) {
        List<Long> offsets = new ArrayList<>();
        for (OutboxRow row : toAppend) {
            if (rowsUntilFailure == 0) {
                return new Appended(offsets, Optional.of(new IllegalStateException("told to fail")));
            }
            rowsUntilFailure--;
            offsets.add((long) rows.size());
            rows.add(row);
        }
        return new Appended(offsets, Optional.empty());
    }

    @Override
    public void close() {}
}
