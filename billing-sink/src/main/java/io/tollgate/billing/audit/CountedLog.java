package io.tollgate.billing.audit;

import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.EventCorrection;
import java.util.function.Consumer;

/// What was counted, as the log has it.
public interface CountedLog {
    /// Reads all of it, from its beginning to the end that it has now: first what was counted, then what was taken out.
    ///
    /// @throws IllegalStateException if the log does not begin at its beginning any more
    void read(Consumer<CountedEvent> counted, Consumer<EventCorrection> corrected);
}
