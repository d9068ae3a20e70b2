package io.tollgate.control.simulation;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.price.PriceModels;
import io.tollgate.control.simulation.PastUsage.Slice;
import io.tollgate.control.simulation.PastUsage.Used;
import io.tollgate.control.simulation.SimulationQueue.Held;
import io.tollgate.metering.rating.PriceVersion;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/// Works out one simulation. Usage is read tenant by tenant and priced a few hundred tenants at a time, so memory does
/// not grow with the period.
public final class Simulating {
    /// Tenants of one answer: they and their totals are held in memory, and told page by page.
    public static final int TENANTS_MAX = 10_000;

    private static final int TENANTS_AT_ONCE = 500;
    private static final Duration STORED_WITHIN = Duration.ofMinutes(5);

    private final SimulationQueue queue;
    private final PriceModels prices;
    private final PastUsage usage;

    public Simulating(SimulationQueue queue, PriceModels prices, PastUsage usage) {
        this.queue = queue;
        this.prices = prices;
        this.usage = usage;
    }

    /// It cannot be worked out, however often it is tried; the message is for whoever asked.
    static final class HopelessException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        HopelessException(String message) {
            super(message);
        }
    }

    /// @param done is told how many tenants are priced
    /// @throws HopelessException if trying again does not help
    List<Totals> totals(Held held, IntConsumer done) {
        if (!usage.awaitStored(STORED_WITHIN)) {
            throw new IllegalStateException("not everything that was reported is stored yet");
        }
        Question question = held.question();
        List<PriceVersion> inForce = prices.pricesOf(held.organizationId(), question.from(), question.to())
                .versions();
        requireOneCurrency(held, inForce);
        WhatIf whatIf = new WhatIf(question, inForce, held.zone(), held.currency());
        Pricing pricing = new Pricing(held, whatIf, done);
        List<String> asked = question.tenants().stream().map(id -> id.value()).toList();
        try {
            pricing.run(asked);
        } catch (WhatIf.TooManyChangesException e) {
            throw new HopelessException(String.valueOf(e.getMessage()));
        }
        return pricing.totals;
    }

    private static void requireOneCurrency(Held held, List<PriceVersion> inForce) {
        for (PriceVersion version : inForce) {
            if (!version.currency().equals(held.currency())) {
                throw new HopelessException("Price model " + version.id() + " is in "
                        + version.currency().getCurrencyCode() + ", not in the organization's currency "
                        + held.currency().getCurrencyCode() + ": totals cannot be added up.");
            }
        }
    }

    /// The tenants of a simulation, gathered and priced in groups.
    private final class Pricing {
        private final Held held;
        private final WhatIf whatIf;
        private final IntConsumer done;
        private final List<Totals> totals = new ArrayList<>();
        private final Set<String> seen = new HashSet<>();
        /// Usage by tenant, of those that are not priced yet.
        private final Map<String, List<Used>> gathered = new LinkedHashMap<>();

        Pricing(Held held, WhatIf whatIf, IntConsumer done) {
            this.held = held;
            this.whatIf = whatIf;
            this.done = done;
        }

        void run(List<String> asked) {
            OrganizationId organizationId = held.organizationId();
            Set<String> special = whatIf.tenantsWithOwnPrices();
            List<Slice> slices = whatIf.slices();
            List<String> general =
                    asked.stream().filter(tenant -> !special.contains(tenant)).toList();
            if (asked.isEmpty()) {
                usage.read(
                        organizationId,
                        whatIf.meters(),
                        slices,
                        List.copyOf(special),
                        true,
                        row -> gather(row, slices));
            } else {
                usage.read(organizationId, whatIf.meters(), slices, general, false, row -> gather(row, slices));
            }
            price(slices);
            for (String tenant : special) {
                if (asked.isEmpty() || asked.contains(tenant)) {
                    List<Slice> own = whatIf.slices(tenant);
                    usage.read(organizationId, whatIf.meters(), own, List.of(tenant), false, row -> gather(row, own));
                    price(own);
                }
            }
            // Those that are named pay their fees without having used anything, too.
            for (String tenant : asked) {
                if (!seen.contains(tenant)) {
                    gathered.put(tenant, List.of());
                    price(special.contains(tenant) ? whatIf.slices(tenant) : slices);
                }
            }
        }

        private void gather(Used row, List<Slice> slices) {
            if (gathered.size() == TENANTS_AT_ONCE && !gathered.containsKey(row.tenantId())) {
                price(slices);
            }
            gathered.computeIfAbsent(row.tenantId(), tenant -> new ArrayList<>())
                    .add(row);
        }

        private void price(List<Slice> slices) {
            Map<String, Payer> payers = queue.payers(held.organizationId(), gathered.keySet());
            gathered.forEach((tenant, used) -> {
                seen.add(tenant);
                // One that was erased since has no plan and no fees, but its usage was priced.
                Payer payer =
                        payers.getOrDefault(tenant, new Payer(tenant, Optional.empty(), Instant.MAX, Optional.empty()));
                totals.add(whatIf.price(payer, slices, used, new StoredReader(held.organizationId(), tenant)));
            });
            gathered.clear();
            if (totals.size() > TENANTS_MAX) {
                throw new HopelessException(
                        "More than " + TENANTS_MAX + " tenants used something in the period: name some of them.");
            }
            done.accept(totals.size());
        }
    }

    private final class StoredReader implements WhatIf.Reader {
        private final OrganizationId organizationId;
        private final String tenantId;

        StoredReader(OrganizationId organizationId, String tenantId) {
            this.organizationId = organizationId;
            this.tenantId = tenantId;
        }

        @Override
        public PastUsage.Counting counting(String meter) {
            return usage.counting(organizationId, tenantId, meter);
        }

        @Override
        public Optional<BigDecimal> last(String meter, Instant start, Instant end) {
            return usage.last(organizationId, tenantId, meter, start, end);
        }
    }
}
