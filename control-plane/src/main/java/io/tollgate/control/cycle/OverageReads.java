package io.tollgate.control.cycle;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// How the use of meters stands to limits that let it go on at a price. Thread-safe.
public interface OverageReads {
    /// @param start of the window, or of the billing cycle where that began later: what is used counts from there
    /// @param end of the window, exclusive; absent: it has none
    record Use(BigDecimal value, BigDecimal limit, Instant start, Optional<Instant> end) {}

    /// Who counts cannot be asked now.
    final class UnavailableException extends Exception {
        private static final long serialVersionUID = 1L;

        public UnavailableException(String why) {
            super(why);
        }
    }

    /// The use in the window that holds `at`, against the limit with the action `allow_overage`; of several, that of
    /// the
    /// longest period, so that nothing is billed twice. Absent without such a limit.
    Optional<Use> use(CycleKey key, Instant at) throws UnavailableException;
}
