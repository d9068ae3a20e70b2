package io.tollgate.control.price.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.plan.postgres.PostgresPlans;
import io.tollgate.control.price.PriceModels;
import io.tollgate.control.price.PriceOutcome;
import io.tollgate.control.price.PriceQuery;
import io.tollgate.control.price.PriceTerms;
import io.tollgate.control.price.StoredPrice;
import io.tollgate.metering.rating.PriceList;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.PriceVersion;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/// Price models in PostgreSQL. No topic carries them: whoever rates reads this database.
public final class PostgresPriceModels implements PriceModels {
    private final DefinitionChanges changes;

    public PostgresPriceModels(DefinitionChanges changes) {
        this.changes = changes;
    }

    @Override
    public PriceOutcome create(OrganizationId organizationId, PriceTerms terms, Actor actor) {
        return changes.make(handle -> {
            PriceDao prices = handle.attach(PriceDao.class);
            prices.waitForRaters(organizationId.value());
            Optional<String> currency = prices.lockOrganization(organizationId.value());
            if (currency.isEmpty()) {
                return new PriceOutcome.Absent();
            }
            Instant now = changes.now();
            PriceOutcome outcome = resolved(
                    handle,
                    organizationId,
                    UUID.randomUUID().toString(),
                    terms,
                    terms.currency().orElseGet(() -> Currency.getInstance(currency.get())),
                    now,
                    now);
            if (!(outcome instanceof PriceOutcome.Saved saved)) {
                return outcome;
            }
            StoredPrice price = saved.price();
            Optional<PriceOutcome> invoiced = invoiced(prices, organizationId, price.version());
            if (invoiced.isPresent()) {
                return invoiced.get();
            }
            PriceDao.Row row = PriceRows.toRow(price);
            Optional<PriceOutcome> refused = overlap(prices, row, true);
            if (refused.isPresent()) {
                return refused.get();
            }
            prices.closePredecessor(row);
            prices.insert(row);
            prices.insertTiers(PriceRows.tierRows(price));
            audit(handle, actor, "create_price_model", price, now);
            return outcome;
        });
    }

    @Override
    public PriceOutcome change(
            OrganizationId organizationId, String id, Function<PriceTerms, Optional<PriceTerms>> change, Actor actor) {
        return changes.make(handle -> {
            PriceDao prices = handle.attach(PriceDao.class);
            prices.waitForRaters(organizationId.value());
            Optional<StoredPrice> found = prices.lockOrganization(organizationId.value())
                    .flatMap(locked -> prices.find(organizationId.value(), id))
                    .map(row -> read(prices, row));
            if (found.isEmpty()) {
                return new PriceOutcome.Absent();
            }
            StoredPrice before = found.get();
            Optional<PriceTerms> changed = change.apply(before.terms());
            Optional<PriceOutcome> invoiced = invoiced(prices, organizationId, before.version());
            if (changed.isEmpty()) {
                if (invoiced.isPresent()) {
                    return invoiced.get();
                }
                prices.delete(organizationId.value(), id);
                audit(handle, actor, "delete_price_model", before, changes.now());
                return new PriceOutcome.Deleted();
            }
            PriceTerms terms = changed.get();
            PriceOutcome outcome = resolved(
                    handle,
                    organizationId,
                    id,
                    terms,
                    terms.currency().orElse(before.version().currency()),
                    before.createdAt(),
                    changes.now());
            if (!(outcome instanceof PriceOutcome.Saved saved)) {
                return outcome;
            }
            StoredPrice price = saved.price();
            Optional<PriceOutcome> frozen = invoiced.or(() -> invoiced(prices, organizationId, price.version()));
            if (frozen.isPresent() && !onlyEndsLater(before.version(), price.version(), frozen.get())) {
                return frozen.get();
            }
            PriceDao.Row row = PriceRows.toRow(price);
            Optional<PriceOutcome> refused = overlap(prices, row, false);
            if (refused.isPresent()) {
                return refused.get();
            }
            prices.update(row);
            prices.deleteTiers(id);
            prices.insertTiers(PriceRows.tierRows(price));
            audit(handle, actor, "update_price_model", price, price.updatedAt());
            return outcome;
        });
    }

    /// With the id of the plan and the times that were left open.
    private static PriceOutcome resolved(
            Handle handle,
            OrganizationId organizationId,
            String id,
            PriceTerms terms,
            Currency currency,
            Instant createdAt,
            Instant now) {
        PriceTarget target = terms.target();
        if (target instanceof PriceTarget.Plan plan) {
            Optional<String> planId = PostgresPlans.resolve(handle, organizationId, plan.planId());
            if (planId.isEmpty()) {
                return new PriceOutcome.NoPlan(plan.planId());
            }
            target = new PriceTarget.Plan(planId.get());
        }
        Instant from = terms.effectiveFrom().orElse(now);
        if (terms.effectiveTo().isPresent()
                && !from.isBefore(terms.effectiveTo().get())) {
            return new PriceOutcome.Backwards();
        }
        PriceVersion version =
                new PriceVersion(id, target, terms.meter().value(), terms.model(), currency, from, terms.effectiveTo());
        return new PriceOutcome.Saved(new StoredPrice(organizationId, version, createdAt, now));
    }

    /// That the version prices events which are on finalized invoices.
    private static Optional<PriceOutcome> invoiced(
            PriceDao prices, OrganizationId organizationId, PriceVersion version) {
        return prices.invoicedUntil(organizationId.value(), version.meter())
                .map(OffsetDateTime::toInstant)
                .filter(version.effectiveFrom()::isBefore)
                .map(until -> new PriceOutcome.Invoiced(version.meter(), until));
    }

    /// Whether the two differ only in when they end, and both end after what is invoiced.
    private static boolean onlyEndsLater(PriceVersion before, PriceVersion after, PriceOutcome frozen) {
        return frozen instanceof PriceOutcome.Invoiced invoiced
                && endingAt(after.effectiveTo(), before).equals(after)
                && Stream.of(before, after)
                        .allMatch(version -> version.effectiveTo()
                                .map(end -> !end.isBefore(invoiced.until()))
                                .orElse(true));
    }

    private static PriceVersion endingAt(Optional<Instant> end, PriceVersion version) {
        return new PriceVersion(
                version.id(),
                version.target(),
                version.meter(),
                version.model(),
                version.currency(),
                version.effectiveFrom(),
                end);
    }

    /// @param closing whether one that began earlier and has no end is going to be closed
    private static Optional<PriceOutcome> overlap(PriceDao prices, PriceDao.Row row, boolean closing) {
        return prices.overlapping(row)
                .filter(other -> !closing
                        || other.effectiveTo() != null
                        || !other.effectiveFrom().isBefore(row.effectiveFrom()))
                .map(other -> new PriceOutcome.Overlaps(read(prices, other)));
    }

    @Override
    public List<StoredPrice> list(PriceQuery query) {
        String organizationId = query.organizationId().value();
        return changes.read(handle -> {
            PriceDao prices = handle.attach(PriceDao.class);
            return read(
                    prices,
                    prices.list(
                            organizationId,
                            query.meter().orElse(null),
                            query.forEverybody(),
                            query.planRef()
                                    .map(ref -> PostgresPlans.resolve(handle, query.organizationId(), ref)
                                            .orElse(ref))
                                    .orElse(null),
                            query.tenantId().orElse(null),
                            query.at().map(DefinitionChanges::utc).orElse(null),
                            query.after()
                                    .map(cursor -> DefinitionChanges.utc(cursor.at()))
                                    .orElse(null),
                            query.after().map(TimeCursor::id).orElse(null),
                            query.limit()));
        });
    }

    @Override
    public Optional<StoredPrice> find(OrganizationId organizationId, String id) {
        return changes.read(handle -> {
            PriceDao prices = handle.attach(PriceDao.class);
            return prices.find(organizationId.value(), id).map(row -> read(prices, row));
        });
    }

    @Override
    public PriceList pricesOf(OrganizationId organizationId, String meter) {
        return changes.read(handle -> {
            PriceDao prices = handle.attach(PriceDao.class);
            return new PriceList(read(prices, prices.ofMeter(organizationId.value(), meter)).stream()
                    .map(StoredPrice::version)
                    .toList());
        });
    }

    /// What may price any meter for the buyer, at whatever time, as the transaction of `handle` sees it.
    public static PriceList pricesFor(Handle handle, OrganizationId organizationId, PriceList.Buyer buyer) {
        PriceDao prices = handle.attach(PriceDao.class);
        return new PriceList(read(
                        prices,
                        prices.ofBuyer(
                                organizationId.value(),
                                buyer.tenantId().orElse(null),
                                buyer.planId().orElse(null)))
                .stream()
                .map(StoredPrice::version)
                .toList());
    }

    @Override
    public PriceList pricesOf(OrganizationId organizationId, Instant from, Instant to) {
        return changes.read(handle -> {
            PriceDao prices = handle.attach(PriceDao.class);
            List<PriceDao.Row> found =
                    prices.inForce(organizationId.value(), DefinitionChanges.utc(from), DefinitionChanges.utc(to));
            return new PriceList(
                    read(prices, found).stream().map(StoredPrice::version).toList());
        });
    }

    private static StoredPrice read(PriceDao prices, PriceDao.Row row) {
        return read(prices, List.of(row)).getFirst();
    }

    private static List<StoredPrice> read(PriceDao prices, List<PriceDao.Row> rows) {
        Map<String, List<PriceDao.TierRow>> tiers =
                prices.tiers(rows.stream().map(PriceDao.Row::id).toArray(String[]::new)).stream()
                        .collect(Collectors.groupingBy(PriceDao.TierRow::modelId));
        return rows.stream()
                .map(row -> PriceRows.fromRow(row, tiers.getOrDefault(row.id(), List.of())))
                .toList();
    }

    private static void audit(Handle handle, Actor actor, String action, StoredPrice price, Instant at) {
        PriceDao.Row row = PriceRows.toRow(price);
        ObjectNode details = JsonNodeFactory.instance
                .objectNode()
                .put("event_type", row.eventType())
                .put("model", row.model())
                .put("plan_id", row.planId())
                .put("tenant_id", row.tenantId())
                .put("effective_from", price.version().effectiveFrom().toString());
        PostgresAuditTrail.record(
                handle,
                AuditEntry.of(
                                actor,
                                price.organizationId(),
                                action,
                                "price_model",
                                price.version().id(),
                                at)
                        .with(details));
    }
}
