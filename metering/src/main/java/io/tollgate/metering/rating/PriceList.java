package io.tollgate.metering.rating;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// The prices of an organization.
public record PriceList(List<PriceVersion> versions) {
    public PriceList {
        versions = List.copyOf(versions);
    }

    /// A part of a period in which the same version is in force.
    ///
    /// @param version empty: the meter is not priced
    public record Stretch(Instant start, Instant end, Optional<PriceVersion> version) {}

    /// Whose prices are asked for.
    ///
    /// @param planId the plan that the tenant is on
    public record Buyer(Optional<String> tenantId, Optional<String> planId) {
        /// Somebody of whom nothing is known: pays what everybody pays.
        public static final Buyer ANYBODY = new Buyer(Optional.empty(), Optional.empty());
    }

    /// The version in force for events of `at`.
    public Optional<PriceVersion> at(Buyer buyer, String meter, Instant at) {
        return versions.stream()
                .filter(version -> version.meter().equals(meter) && isFor(version.target(), buyer))
                .filter(version -> version.inForceAt(at))
                .max(Comparator.comparingInt(version -> version.target().precedence()));
    }

    /// The whole of `[start, end)`, cut where another version comes into force.
    public List<Stretch> stretches(Buyer buyer, String meter, Instant start, Instant end) {
        TreeSet<Instant> cuts = new TreeSet<>();
        cuts.add(start);
        for (PriceVersion version : versions) {
            if (version.meter().equals(meter) && isFor(version.target(), buyer)) {
                cuts.add(version.effectiveFrom());
                version.effectiveTo().ifPresent(cuts::add);
            }
        }
        List<Stretch> stretches = new ArrayList<>();
        for (Instant cut : cuts.subSet(start, end)) {
            Optional<PriceVersion> version = at(buyer, meter, cut);
            boolean same = !stretches.isEmpty() && stretches.getLast().version().equals(version);
            if (!same) {
                if (!stretches.isEmpty()) {
                    stretches.add(endingAt(stretches.removeLast(), cut));
                }
                stretches.add(new Stretch(cut, end, version));
            }
        }
        return List.copyOf(stretches);
    }

    private static Stretch endingAt(Stretch stretch, Instant end) {
        return new Stretch(stretch.start(), end, stretch.version());
    }

    private static boolean isFor(PriceTarget target, Buyer buyer) {
        return switch (target) {
            case PriceTarget.Organization organization -> true;
            case PriceTarget.Plan plan -> buyer.planId().equals(Optional.of(plan.planId()));
            case PriceTarget.Tenant tenant -> buyer.tenantId().equals(Optional.of(tenant.tenantId()));
        };
    }
}
