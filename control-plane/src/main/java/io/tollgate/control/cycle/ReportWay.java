package io.tollgate.control.cycle;

import java.math.BigDecimal;
import java.time.Instant;

/// How units reach the provider. Fixed before the first attempt: a report that was perhaps sent one way must not be
/// sent
/// in another.
public sealed interface ReportWay {
    /// As an event of a billing meter.
    ///
    /// @param meterId the provider's id of the meter
    /// @param customerMember member of the payload that names the customer
    /// @param valueMember member of the payload that holds the units
    record MeterEvent(String meterId, String eventName, String customerMember, String valueMember)
            implements ReportWay {}

    /// As a usage record of a subscription item, for accounts that have no billing meters.
    record UsageRecord(String item) implements ReportWay {}

    /// What the units are added up under at the provider.
    default String target() {
        return switch (this) {
            case MeterEvent event -> event.meterId();
            case UsageRecord usage -> usage.item();
        };
    }

    /// What the provider has added up of a customer.
    ///
    /// @param from begin of the span that `quantity` is about, inclusive
    /// @param to its end, exclusive
    record Summary(BigDecimal quantity, Instant from, Instant to) {}
}
