package io.tollgate.control.cycle;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.Optional;

/// The provider to which usage is reported, with the account of each organization. Thread-safe. Calls may take as long
/// as half a minute.
public interface UsageReporter {
    /// The provider did not say what was asked.
    final class UnavailableException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient SendOutcome.NotNow why;

        public UnavailableException(SendOutcome.NotNow why) {
            super(why.reason());
            this.why = why;
        }

        public SendOutcome.NotNow why() {
            return why;
        }
    }

    /// Finds out how the units of a target reach the provider.
    ///
    /// @param subscription the tenant's at the provider, whose items take usage records
    ReportWay way(OrganizationId organizationId, ReportTarget target, Optional<String> subscription)
            throws UnavailableException;

    /// Reports once under the id of the report: however often it is called within a day, the units count once.
    SendOutcome send(UsageReport report, ReportWay way, String customer);

    /// What the provider has added up in the smallest span around `[from, to)` that it can tell.
    ReportWay.Summary summary(
            OrganizationId organizationId,
            Optional<String> keyName,
            ReportWay way,
            String customer,
            Instant from,
            Instant to)
            throws UnavailableException;
}
