package io.tollgate.server.config;

import java.util.Locale;

/// A part of the product that an instance may run. One program, one image: `TOLLGATE_ROLES` picks any of them.
public enum Role {
    /// Takes events in and answers look-ups. Needs no database.
    GATEWAY,
    /// Counts: owns partitions of the log and their counters.
    AGGREGATOR,
    /// Carries accepted events and windows into PostgreSQL and answers queries of history.
    BILLING,
    /// Organizations, keys and everything else an operator defines.
    CONTROL;

    /// The word used in `TOLLGATE_ROLES`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Whether this role reads or writes PostgreSQL.
    public boolean needsDatabase() {
        return this == BILLING || this == CONTROL;
    }
}
