package io.tollgate.control.cycle;

import io.tollgate.contract.OrganizationId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/// The reports that wait to be sent. Thread-safe, over all processes: a report is in one hand at a time, and what a
/// process dies over is anybody's again when its time has run out.
public interface ReportQueue {
    /// Longer than the calls of one attempt can take together.
    Duration HELD = Duration.ofMinutes(5);

    /// @param failed not handled by the operator yet
    record Backlog(long pending, long unknown, long failed) {}

    /// Units of the other reports of a target and customer.
    ///
    /// @param sent and shown by the provider for certain
    /// @param unknown nobody knows whether they arrived, or it is so recent that the provider may not have added them
    /// up
    record Alongside(BigDecimal sent, BigDecimal unknown) {}

    /// How an attempt ends.
    sealed interface Ending {
        record Sent() implements Ending {}

        record Failed(String reason) implements Ending {}

        /// @param unsure whether the report may have arrived
        record Again(String reason, Instant at, boolean unsure) implements Ending {}
    }

    /// Takes reports that are due, those first that have been for longest.
    ///
    /// @param resting organizations whose reports are left alone
    List<UsageReport> take(Instant now, int max, Collection<OrganizationId> resting);

    /// Writes down that the report leaves now, and how: from here on it may arrive. Answers false if it is another's by
    /// now.
    boolean leaves(UsageReport report, ReportWay way, String customer, Instant now);

    /// Nothing happens if the report is another's by now.
    void end(UsageReport report, Ending ending, Instant now);

    /// Of the reports to the same target and customer whose time is in the span, all but `report`.
    Alongside alongside(UsageReport report, ReportWay way, String customer, Instant from, Instant to, Instant now);

    Backlog backlog();
}
