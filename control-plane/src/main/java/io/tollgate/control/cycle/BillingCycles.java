package io.tollgate.control.cycle;

import java.time.Instant;

/// Billing cycles and what becomes of them. Thread-safe, over all processes.
public interface BillingCycles {
    /// Closes cycles whose known end has passed long enough ago; answers how many.
    int closeDue(Instant now);

    /// Makes reports of what was used in closed cycles and is not reported yet: one cycle at a time, oldest first.
    ///
    /// @return whether one was looked at; false if nothing is due
    boolean account(Instant now);
}
