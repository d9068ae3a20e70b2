package io.tollgate.quota.ledger;

import java.time.Duration;

/// How long an owner may take itself for one: renewed by each transaction that commits, since a commit proves that the
/// group
/// had not given the partitions away. Runs on the monotonic clock, which goes on while a process is stopped.
/// Thread-safe.
public final class Lease {
    /// Half of the time after which the group gives a silent member's partitions away.
    public static final Duration LENGTH = Duration.ofSeconds(3);

    private volatile long untilNanos;

    /// A lease that has run out.
    public Lease(long nowNanos) {
        this.untilNanos = nowNanos;
    }

    /// @param startedNanos when the commit began that has succeeded
    public void renew(long startedNanos) {
        untilNanos = startedNanos + LENGTH.toNanos();
    }

    boolean holds(long nowNanos) {
        return nowNanos - untilNanos < 0;
    }
}
