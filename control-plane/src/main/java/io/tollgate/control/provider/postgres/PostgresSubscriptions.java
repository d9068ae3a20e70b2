package io.tollgate.control.provider.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.provider.Editions;
import io.tollgate.control.provider.Overriding;
import io.tollgate.control.provider.ProviderFact;
import io.tollgate.control.provider.Reconciliation;
import io.tollgate.control.provider.Standing;
import io.tollgate.control.provider.SubscriptionOverride;
import io.tollgate.control.provider.Subscriptions;
import io.tollgate.control.provider.postgres.StandingStore.Held;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/// Subscriptions in PostgreSQL.
public final class PostgresSubscriptions implements Subscriptions {
    private static final String ORGANIZATION = "business";
    private static final String TENANT = "customer";
    private static final String RECONCILE = "reconcile_platform";

    private final DefinitionChanges changes;
    private final Editions editions;

    public PostgresSubscriptions(DefinitionChanges changes, Editions editions) {
        this.changes = changes;
        this.editions = editions;
    }

    @Override
    public Optional<Account> account(OrganizationId id) {
        return changes.read(handle -> handle.createQuery("""
                        SELECT name, email, plan_type, stripe_customer_id
                        FROM organizations WHERE id = :id AND deleted_at IS NULL
                        """)
                .bind("id", id.value())
                .map((row, context) -> new Account(
                        id,
                        row.getString("name"),
                        row.getString("email"),
                        row.getString("plan_type"),
                        Optional.ofNullable(row.getString("stripe_customer_id"))))
                .findOne());
    }

    @Override
    public Overriding override(Actor actor, OrganizationId id, SubscriptionOverride wanted) {
        return changes.make(handle -> {
            Effects effects = new Effects(handle, editions, changes.now());
            return override(
                    handle,
                    actor,
                    new StandingStore(handle).organization(id.value()),
                    wanted,
                    wanted.price().flatMap(price -> editions.of(price, Optional.empty())),
                    effects);
        });
    }

    @Override
    public Overriding override(Actor actor, OrganizationId id, TenantId tenantId, SubscriptionOverride wanted) {
        return changes.make(handle -> {
            Effects effects = new Effects(handle, editions, changes.now());
            return override(
                    handle,
                    actor,
                    new StandingStore(handle).tenant(id.value(), tenantId.value()),
                    wanted,
                    wanted.price().flatMap(price -> effects.planOfPrice(id.value(), price)),
                    effects);
        });
    }

    private Overriding override(
            Handle handle,
            Actor actor,
            Optional<Held> found,
            SubscriptionOverride wanted,
            Optional<String> planOfPrice,
            Effects effects) {
        if (found.isEmpty()) {
            return new Overriding.NoSubscriber();
        }
        Held held = found.get();
        if (held.customer().isEmpty()) {
            return new Overriding.NoProviderCustomer();
        }
        Instant now = changes.now();
        Standing after = effects.free(held, held.holds().overridden(wanted.status(), wanted.price(), planOfPrice, now));
        StandingStore standings = new StandingStore(handle);
        wanted.days()
                .ifPresentOrElse(
                        days -> standings.override(held, after, now.plus(Duration.ofDays(days)), now),
                        () -> standings.replace(held, after));
        boolean organization = held.holder().isOrganization();
        ObjectNode details = difference(held.holds(), after);
        wanted.days().ifPresent(days -> details.put("expires_in_days", days));
        audit(
                handle,
                actor,
                Optional.of(new OrganizationId(held.holder().organizationId())),
                organization ? "override_subscription" : "override_customer_subscription",
                organization ? ORGANIZATION : TENANT,
                organization ? held.holder().organizationId() : held.holder().tenantId(),
                details);
        return new Overriding.Overridden();
    }

    @Override
    public Set<String> pricesBeside() {
        return changes.read(handle -> handle.createQuery(
                        "SELECT stripe_price_id FROM editions WHERE line = 'usage' AND stripe_price_id IS NOT NULL")
                .mapTo(String.class)
                .collect(Collectors.toUnmodifiableSet()));
    }

    @Override
    public List<Subscriber> subscribers(String after, int limit) {
        return changes.read(handle -> handle.createQuery("""
                        SELECT id, stripe_customer_id FROM organizations
                        WHERE id > :after AND stripe_customer_id IS NOT NULL AND deleted_at IS NULL
                        ORDER BY id LIMIT :limit
                        """)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) ->
                        new Subscriber(new OrganizationId(row.getString("id")), row.getString("stripe_customer_id")))
                .list());
    }

    @Override
    public boolean reconcile(Actor actor, Subscriber subscriber, Optional<ProviderFact.Subscribed> told) {
        return changes.make(handle -> {
            StandingStore standings = new StandingStore(handle);
            Optional<Held> found = standings
                    .organization(subscriber.id().value())
                    .filter(held -> held.customer().equals(Optional.of(subscriber.providerCustomer())));
            if (found.isEmpty()) {
                return false;
            }
            Held held = found.get();
            Standing before = held.told();
            Standing after = told.map(known -> right(handle, held, known)).orElseGet(() -> gone(held));
            if (after.equals(before)) {
                return false;
            }
            standings.tell(held, standing -> after, Optional.empty());
            audit(
                    handle,
                    actor,
                    Optional.of(subscriber.id()),
                    RECONCILE,
                    ORGANIZATION,
                    subscriber.id().value(),
                    difference(before, after));
            return true;
        });
    }

    // By the rules of events, on a standing that knows of no other subscription: the one at the provider is right.
    private Standing right(Handle handle, Held held, ProviderFact.Subscribed known) {
        Standing before = held.told();
        boolean same =
                before.subscription().filter(known.subscription()::equals).isPresent();
        Standing base = same
                ? before
                : new Standing(
                        before.status(),
                        before.plan(),
                        before.price(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        return new Effects(handle, editions, changes.now()).subscribed(held, base, known, false);
    }

    private Standing gone(Held held) {
        Standing before = held.told();
        boolean none = before.status()
                .filter(status -> status.equals(Standing.CANCELED) || status.equals(Editions.FREE))
                .isPresent();
        if (none) {
            return before;
        }
        return before.overridden(Standing.CANCELED, Optional.empty(), Optional.of(Editions.FREE), changes.now());
    }

    @Override
    public void reconciled(Actor actor, Reconciliation.Report report) {
        ObjectNode details = JsonNodeFactory.instance
                .objectNode()
                .put("complete", report.complete())
                .put("total_checked", report.checked())
                .put("mismatches_found", report.found())
                .put("mismatches_fixed", report.fixed())
                .put("errors", report.errors());
        changes.make(handle -> {
            audit(handle, actor, Optional.empty(), RECONCILE, "platform", "platform", details);
            return true;
        });
    }

    private void audit(
            Handle handle,
            Actor actor,
            Optional<OrganizationId> organizationId,
            String action,
            String resourceType,
            String resourceId,
            ObjectNode details) {
        PostgresAuditTrail.record(
                handle,
                new AuditEntry(
                        UUID.randomUUID(),
                        actor,
                        organizationId,
                        action,
                        resourceType,
                        resourceId,
                        details,
                        changes.now()));
    }

    private static ObjectNode difference(Standing before, Standing after) {
        ObjectNode details = JsonNodeFactory.instance.objectNode();
        details.set("before", view(before));
        details.set("after", view(after));
        return details;
    }

    private static ObjectNode view(Standing standing) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("status", standing.status().orElse(null))
                .put("plan", standing.plan().orElse(null))
                .put("price_id", standing.price().orElse(null))
                .put("ends_at", standing.endsAt().map(Instant::toString).orElse(null));
    }
}
