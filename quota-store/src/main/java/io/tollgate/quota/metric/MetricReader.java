package io.tollgate.quota.metric;

import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Answers what metrics are worth now. May block. Thread-safe.
public interface MetricReader {
    /// What a read came to.
    public sealed interface Outcome {
        /// The metrics, in the order asked for; one that is nowhere defined or counted says so itself.
        ///
        /// @param caughtUp whether they include what they are to include
        /// @param stale whether a standby's copy answered
        record Found(List<MetricValue> metrics, boolean caughtUp, boolean stale) implements Outcome {
            public Found {
                metrics = List.copyOf(metrics);
            }
        }

        /// Neither an owner nor a copy could be asked in time; asking again may help.
        record Unavailable(String why) implements Outcome {}
    }

    /// The metrics of a subject, by name.
    ///
    /// @param demanded a position that the answer is to include; absent: what was last written through this entry point
    Outcome read(
            OrganizationId organizationId,
            SubjectId subject,
            Collection<String> meters,
            Optional<LogPosition> demanded);
}
