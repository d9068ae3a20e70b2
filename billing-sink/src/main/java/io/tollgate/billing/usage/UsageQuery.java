package io.tollgate.billing.usage;

import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.period.WindowSize;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/// Which usage is asked for.
///
/// @param tenants only of these; empty: of all subjects
/// @param meters only of these; empty: of all
/// @param filters all of them must hold
/// @param window length of the windows that usage is divided into: minute, hour, day or month; never beside days in
///     `grouping`
/// @param zone of days and months
/// @param limit most rows
/// @param after only rows that come after this one
public record UsageQuery(
        OrganizationId organizationId,
        List<String> tenants,
        List<String> meters,
        List<MetadataFilter> filters,
        Grouping grouping,
        Optional<WindowSize> window,
        Span period,
        ZoneId zone,
        int limit,
        Optional<RowKey> after) {
    public UsageQuery {
        tenants = List.copyOf(tenants);
        meters = List.copyOf(meters);
        filters = List.copyOf(filters);
        if (window.isPresent() && grouping.byDay()) {
            throw new IllegalArgumentException("windows and days both divide the time");
        }
    }

    /// Most windows that a period may be divided into: a month of minutes, five years of hours, ten of days, a hundred
    /// of months. Each is looked at, with usage in it or not.
    public static long windowsMax(WindowSize size) {
        return switch (size) {
            case MINUTE, HOUR -> 50_000;
            case DAY -> 4_000;
            case MONTH -> 1_500;
            default -> throw new IllegalArgumentException("usage is not divided by " + size);
        };
    }

    /// How many windows a period is divided into, or a few more.
    public static long windowsAtMost(Span period, WindowSize size) {
        return WindowSeries.countAtMost(period, size);
    }

    /// The same with another number of rows.
    UsageQuery withLimit(int rows) {
        return new UsageQuery(organizationId, tenants, meters, filters, grouping, window, period, zone, rows, after);
    }

    /// What is read for it. Counters know neither minutes nor metadata.
    public Coverage coverage() {
        Coverage exact = window.filter(size -> size == WindowSize.DAY || size == WindowSize.MONTH)
                .map(size -> Coverage.byWindow(period, size, zone))
                .orElseGet(() -> grouping.byDay() ? Coverage.byDay(period, zone) : Coverage.of(period, ""));
        boolean events = window.equals(Optional.of(WindowSize.MINUTE)) || grouping.byMetadata() || !filters.isEmpty();
        return events ? exact.ofEventsOnly() : exact;
    }
}
