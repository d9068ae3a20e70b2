package io.tollgate.billing.audit;

import io.tollgate.billing.usage.CountedEvent;
import java.util.function.Consumer;

/// What was counted, as the log has it.
public interface CountedLog {
    /// Reads all of it, from its beginning to the end that it has now.
    ///
    /// @throws IllegalStateException if the log does not begin at its beginning any more
    void read(Consumer<CountedEvent> consumer);
}
