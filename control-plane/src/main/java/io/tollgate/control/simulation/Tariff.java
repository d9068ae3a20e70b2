package io.tollgate.control.simulation;

import io.tollgate.metering.rating.PriceList;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.PriceVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Prices by meter, so that a tenant's are found without looking at those that are for others: an organization may have
/// a price of its own for each of its tenants.
final class Tariff {
    /// @param own of single tenants
    private record OfMeter(List<PriceVersion> general, PriceList generalList, Map<String, List<PriceVersion>> own) {}

    private final Map<String, OfMeter> meters = new HashMap<>();

    Tariff(List<PriceVersion> versions) {
        versions.stream().collect(Collectors.groupingBy(PriceVersion::meter)).forEach((meter, all) -> {
            List<PriceVersion> general = new ArrayList<>();
            Map<String, List<PriceVersion>> own = new HashMap<>();
            for (PriceVersion version : all) {
                switch (version.target()) {
                    case PriceTarget.Tenant tenant ->
                        own.computeIfAbsent(tenant.tenantId(), id -> new ArrayList<>())
                                .add(version);
                    case PriceTarget.Plan plan -> general.add(version);
                    case PriceTarget.Organization organization -> general.add(version);
                }
            }
            meters.put(meter, new OfMeter(general, new PriceList(general), own));
        });
    }

    /// What prices a meter for a tenant at whatever time, and perhaps for others.
    PriceList of(String meter, String tenantId) {
        OfMeter found = meters.get(meter);
        if (found == null) {
            return new PriceList(List.of());
        }
        List<PriceVersion> own = found.own().get(tenantId);
        if (own == null) {
            return found.generalList();
        }
        List<PriceVersion> all = new ArrayList<>(found.general());
        all.addAll(own);
        return new PriceList(all);
    }

    /// Tenants with a price of their own.
    Set<String> tenants() {
        return meters.values().stream()
                .flatMap(meter -> meter.own().keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// When the prices of those change who have none of their own.
    Set<Instant> changes() {
        return changes(meters.values().stream()
                .flatMap(meter -> meter.general().stream())
                .toList());
    }

    /// When the own prices of a tenant change.
    Set<Instant> changes(String tenantId) {
        return changes(meters.values().stream()
                .flatMap(meter -> meter.own().getOrDefault(tenantId, List.of()).stream())
                .toList());
    }

    private static Set<Instant> changes(List<PriceVersion> versions) {
        Set<Instant> changes = new TreeSet<>();
        for (PriceVersion version : versions) {
            changes.add(version.effectiveFrom());
            version.effectiveTo().ifPresent(changes::add);
        }
        return changes;
    }
}
