package io.tollgate.server.runtime;

import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.UsageLine;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.billing.usage.UsageSummaries;
import io.tollgate.billing.usage.http.UsageController;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.edition.EventCounts;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Events of an organization, added up as its usage is.
record CountedEvents(UsageReads reads, MeterOperations operations) implements EventCounts {
    /// More meters than an organization has that means them.
    private static final int METERS_MAX = 10_000;

    @Override
    public SortedMap<String, Long> byMeter(OrganizationId organizationId, Instant from, Instant to) {
        UsageQuery query = new UsageQuery(
                organizationId,
                List.of(),
                List.of(),
                List.of(),
                Grouping.BY_METER,
                Optional.empty(),
                new Span(from, to),
                ZoneOffset.UTC,
                METERS_MAX,
                Optional.empty());
        SortedMap<String, Long> counts = new TreeMap<>();
        for (UsageLine line :
                UsageController.whole(new UsageSummaries(reads, operations).summarize(query), METERS_MAX)) {
            counts.put(line.names().getFirst(), line.eventCount());
        }
        return counts;
    }
}
