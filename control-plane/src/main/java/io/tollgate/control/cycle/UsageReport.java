package io.tollgate.control.cycle;

import io.tollgate.contract.UsageReportId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// A report that is in hand.
///
/// @param units whole, and more than 0
/// @param stampedAt the time that the provider is told
/// @param customer the tenant at the provider; absent while it is none
/// @param subscription the tenant's there
/// @param way absent before the first attempt
/// @param attempts begun, this one included: whoever settles it says which attempt it was
/// @param unsureSince begin of the first attempt whose end nobody knows, if there is one before this
public record UsageReport(
        UsageReportId id,
        CycleKey key,
        ReportTarget target,
        BigDecimal units,
        Instant stampedAt,
        Optional<String> customer,
        Optional<String> subscription,
        Optional<ReportWay> way,
        int attempts,
        Optional<Instant> unsureSince) {}
