package io.tollgate.server.runtime;

import io.tollgate.aggregate.usage.topology.UsageAggregator;
import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.routing.Owners;
import io.tollgate.server.http.Readiness.Check;
import io.tollgate.server.http.Readiness.Status;

/// Whether this instance counts, and whether every partition has an owner that does. Streams' own state says RUNNING
/// before
/// all partitions are assigned, so it is not asked alone; and a partition that is here may not admit yet.
record StreamsCheck(UsageAggregator aggregator, OwnerNode ledgers, Owners owners, int partitions) {
    /// Records behind above which counting is called behind: some seconds of full load.
    private static final long LAG_NOTICEABLE = 100_000;

    Check check(long lag) {
        if (!aggregator.running()) {
            return new Check(Status.DOWN, lag, "the aggregator is " + aggregator.state());
        }
        int owned = owners.all().size();
        if (owned < partitions) {
            return new Check(Status.DOWN, lag, owned + " of " + partitions + " partitions have an owner");
        }
        for (PartitionStatus partition : ledgers.status()) {
            if (partition.closedWhy().isPresent()) {
                return new Check(
                        Status.DOWN,
                        lag,
                        "partition " + partition.partition() + " does not admit yet: it "
                                + partition.closedWhy().get());
            }
        }
        return lag > LAG_NOTICEABLE
                ? new Check(Status.DEGRADED, lag, "counting is behind the log")
                : new Check(Status.UP, lag, "");
    }
}
