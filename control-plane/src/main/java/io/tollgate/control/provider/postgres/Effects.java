package io.tollgate.control.provider.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.cycle.postgres.CycleRows;
import io.tollgate.control.edition.postgres.EditionRows;
import io.tollgate.control.machine.MachineOrder;
import io.tollgate.control.machine.Machines;
import io.tollgate.control.machine.PlanMachines;
import io.tollgate.control.machine.Queueing;
import io.tollgate.control.machine.postgres.MachineOrders;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.provider.Editions;
import io.tollgate.control.provider.EventSource;
import io.tollgate.control.provider.Processing;
import io.tollgate.control.provider.ProviderFact;
import io.tollgate.control.provider.Standing;
import io.tollgate.control.provider.postgres.StandingStore.Held;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What events do, within the transaction of a handle.
///
/// @param now when it is done
record Effects(Handle handle, Editions editions, Instant now) {
    private static final Logger LOG = LoggerFactory.getLogger(Effects.class);

    /// Of an organization whose invoice names no end.
    private static final Duration PERIOD = Duration.ofDays(30);

    /// Statuses of organizations are fewer than those of Stripe.
    private static final Map<String, String> ORGANIZATION_STATUS =
            Map.of("incomplete", "unpaid", "paused", "unpaid", "incomplete_expired", Standing.CANCELED);

    private static final Processing DONE = new Processing.Done();

    /// An event that is being processed.
    ///
    /// @param at the provider's time of it
    record Event(String provider, EventSource source, String id, Instant at, ProviderFact fact) {}

    /// @param own whether the platform's endpoint tells of an organization
    private record Subject(List<Held> held, boolean own) {}

    Processing apply(Event event) {
        if (event.fact().change() instanceof ProviderFact.Nothing) {
            return DONE;
        }
        if (event.fact().change() instanceof ProviderFact.Linked linked) {
            return link(event, linked);
        }
        Optional<Subject> found = subject(event);
        if (found.isEmpty()) {
            return new Processing.Failed(event.fact()
                    .customer()
                    .map(customer -> "unknown customer: nobody here is " + customer + " at Stripe")
                    .orElse("unknown customer: the event names none"));
        }
        Subject subject = found.get();
        if (subject.own() && beside(subject.held().getFirst(), event)) {
            return DONE;
        }
        for (Held held : subject.held()) {
            Optional<String> unknown = unknownPrice(held, event.fact().change());
            if (unknown.isPresent()) {
                return new Processing.Failed(unknown.get());
            }
        }
        boolean newest = follow(event);
        for (Held held : subject.held()) {
            change(held, event, newest);
        }
        return DONE;
    }

    /// Whether the event tells of an edition that the organization buys beside the platform's.
    private boolean beside(Held held, Event event) {
        EditionRows rows = new EditionRows(handle, now);
        String organizationId = held.holder().organizationId();
        switch (event.fact().change()) {
            case ProviderFact.Subscribed told -> {
                Optional<String> edition = told.price().flatMap(rows::ofPrice);
                if (edition.isPresent() && follow(event)) {
                    rows.told(
                            organizationId,
                            edition.get(),
                            new EditionRows.Told(
                                    told.subscription(),
                                    told.status(),
                                    told.periodStart(),
                                    told.periodEnd(),
                                    told.cancelsAtPeriodEnd(),
                                    told.endedAt()));
                }
                return edition.isPresent();
            }
            case ProviderFact.Unsubscribed told -> {
                boolean known = rows.knows(told.subscription());
                if (known && follow(event)) {
                    rows.ended(organizationId, told.subscription(), Standing.CANCELED, told.endedAt());
                }
                return known;
            }
            case ProviderFact.Invoiced told -> {}
            case ProviderFact.Paid told -> {}
            case ProviderFact.PaymentFailed told -> {}
            case ProviderFact.Linked told -> {}
            case ProviderFact.Nothing nothing -> {}
        }
        return false;
    }

    private Optional<Subject> subject(Event event) {
        StandingStore standings = new StandingStore(handle);
        Optional<String> customer = event.fact().customer();
        Optional<String> endpointOf = event.source().organizationId().map(id -> id.value());
        if (endpointOf.isEmpty()) {
            Optional<Held> organization = customer.flatMap(standings::organizationOfCustomer)
                    .or(() -> event.fact().organization().flatMap(standings::organization));
            if (organization.isPresent()) {
                return Optional.of(new Subject(List.of(organization.get()), true));
            }
        }
        List<Held> tenants =
                customer.map(id -> standings.tenantsOfCustomer(endpointOf, id)).orElse(List.of());
        // Whose customer it is cannot be told if tenants of several organizations claim to be it.
        long organizations = tenants.stream()
                .map(held -> held.holder().organizationId())
                .distinct()
                .count();
        return organizations == 1 ? Optional.of(new Subject(tenants, false)) : Optional.empty();
    }

    private Optional<String> unknownPrice(Held held, ProviderFact.Change change) {
        if (!(change instanceof ProviderFact.Subscribed told) || told.price().isEmpty()) {
            return Optional.empty();
        }
        return planOf(held, told).isPresent()
                ? Optional.empty()
                : Optional.of("unknown price: no " + (held.holder().isOrganization() ? "edition" : "plan") + " has "
                        + told.price().get());
    }

    private Optional<String> planOf(Held held, ProviderFact.Subscribed told) {
        return told.price()
                .flatMap(price -> held.holder().isOrganization()
                        ? editions.of(price, told.edition())
                        : planOfPrice(held.holder().organizationId(), price));
    }

    Optional<String> planOfPrice(String organizationId, String price) {
        return handle.createQuery(
                        "SELECT id FROM plans WHERE organization_id = :organizationId AND stripe_price_id = :price")
                .bind("organizationId", organizationId)
                .bind("price", price)
                .mapTo(String.class)
                .findOne();
    }

    /// Whether nothing newer of the same object has been applied. Events of one object take turns.
    private boolean follow(Event event) {
        return handle.createUpdate("""
                        INSERT INTO provider_objects (provider, source, object_id, created, rank)
                        VALUES (:provider, :source, :objectId, :created, :rank)
                        ON CONFLICT (provider, source, object_id)
                        DO UPDATE SET created = EXCLUDED.created, rank = EXCLUDED.rank
                        WHERE (provider_objects.created, provider_objects.rank) <= (EXCLUDED.created, EXCLUDED.rank)
                        """)
                        .bind("provider", event.provider())
                        .bind("source", event.source().word())
                        .bind("objectId", event.fact().objectId())
                        .bind("created", DefinitionChanges.utc(event.at()))
                        .bind("rank", event.fact().rank())
                        .execute()
                == 1;
    }

    private void change(Held held, Event event, boolean newest) {
        boolean statusHolds = held.lastEventAt().filter(event.at()::isBefore).isPresent();
        boolean organization = held.holder().isOrganization();
        switch (event.fact().change()) {
            case ProviderFact.Subscribed told -> {
                if (newest) {
                    tell(held, event, standing -> subscribed(held, standing, told, statusHolds));
                }
            }
            case ProviderFact.Unsubscribed told -> {
                if (newest) {
                    tell(held, event, standing -> free(held, standing.unsubscribed(told, statusHolds, now)));
                }
            }
            case ProviderFact.Invoiced told -> {
                if (organization) {
                    invoicedOrganization(held, event, told, statusHolds || !newest);
                } else {
                    invoicedTenant(held, event, told);
                }
            }
            case ProviderFact.Paid paid -> {
                if (newest && !statusHolds) {
                    tell(
                            held,
                            event,
                            standing -> !organization
                                            || standing.status()
                                                    .filter(Standing.PAST_DUE::equals)
                                                    .isPresent()
                                    ? standing.withStatus(Standing.ACTIVE)
                                    : standing);
                }
                if (!organization) {
                    provision(held, event, paid);
                }
            }
            case ProviderFact.PaymentFailed failed -> {
                if (newest && !statusHolds) {
                    tell(held, event, standing -> standing.withStatus(Standing.PAST_DUE));
                }
            }
            case ProviderFact.Linked linked -> {}
            case ProviderFact.Nothing nothing -> {}
        }
    }

    private void tell(Held held, Event event, UnaryOperator<Standing> change) {
        new StandingStore(handle).tell(held, change, Optional.of(event.at()));
    }

    Standing subscribed(Held held, Standing before, ProviderFact.Subscribed told, boolean statusHolds) {
        Standing after = before.subscribed(told, planOf(held, told), statusHolds, now);
        if (!held.holder().isOrganization()) {
            return after;
        }
        Optional<String> status = after.status().map(word -> ORGANIZATION_STATUS.getOrDefault(word, word));
        return free(
                held,
                new Standing(
                        status, after.plan(), after.price(), after.subscription(), after.endsAt(), after.periodEnd()));
    }

    // A tenant's record keeps its plan: which one applies follows from the end of the subscription.
    Standing free(Held held, Standing standing) {
        boolean canceled = standing.status().filter(Standing.CANCELED::equals).isPresent();
        return held.holder().isOrganization() && canceled ? standing.withPlan(Optional.of(Editions.FREE)) : standing;
    }

    private void invoicedOrganization(Held held, Event event, ProviderFact.Invoiced told, boolean statusHolds) {
        Instant end = told.periodEnd().orElse(event.at().plus(PERIOD));
        tell(held, event, standing -> {
            Standing paid = standing.paidUntil(end);
            return told.finished() && !statusHolds ? paid.withStatus(Standing.ACTIVE) : paid;
        });
    }

    private void invoicedTenant(Held held, Event event, ProviderFact.Invoiced told) {
        handle.createUpdate("""
                        UPDATE tenants SET last_invoice_date = greatest(last_invoice_date, :date)
                        WHERE organization_id = :organizationId AND tenant_id = :tenantId
                        """)
                .bind("organizationId", held.holder().organizationId())
                .bind("tenantId", held.holder().tenantId())
                .bind("date", DefinitionChanges.utc(told.date()))
                .execute();
        if (told.begins()) {
            reset(held, event, told);
        }
    }

    // Once for each tenant by the cause, whichever event of the invoice comes first and however often.
    private void reset(Held held, Event event, ProviderFact.Invoiced told) {
        handle.createUpdate("""
                        INSERT INTO stripe_resets (organization_id, stripe_invoice_id, event_id, created_at)
                        VALUES (:organizationId, :invoice, :eventId, :now)
                        ON CONFLICT (organization_id, stripe_invoice_id) DO NOTHING
                        """)
                .bind("organizationId", held.holder().organizationId())
                .bind("invoice", told.invoice())
                .bind("eventId", event.id())
                .bind("now", DefinitionChanges.utc(now))
                .execute();
        boolean first = BillingReset.of(
                handle, held.holder().organizationId(), held.holder().tenantId(), "invoice:" + told.invoice(), now);
        if (first) {
            new CycleRows(handle, now)
                    .invoiced(
                            new OrganizationId(held.holder().organizationId()),
                            new TenantId(held.holder().tenantId()),
                            told.usedUntil(),
                            event.at());
        }
    }

    // Of the plan that was paid for: Stripe may tell of the payment before it tells of the subscription. By the
    // invoice,
    // so that both events of a payment, and either of them again, make the same machines.
    private void provision(Held held, Event event, ProviderFact.Paid paid) {
        OrganizationId organizationId = new OrganizationId(held.holder().organizationId());
        TenantId tenantId = new TenantId(held.holder().tenantId());
        Instant until = event.at().plus(MachineOrder.LASTS);
        if (!until.isAfter(now)) {
            return;
        }
        MachineOrders orders = new MachineOrders(handle, now);
        PlanMachines wanted = paid.price()
                .flatMap(price -> orders.planOfPrice(organizationId, price))
                .or(() -> orders.planOf(organizationId, tenantId))
                .orElse(PlanMachines.NONE);
        // The payment holds whatever its plan says.
        if (wanted.count() > 0 && !MachineOrder.isImage(wanted.dockerImage())) {
            LOG.warn(
                    "The plan of {} of {} names no image that could run: its {} paid machines are not made",
                    tenantId.value(),
                    organizationId.value(),
                    wanted.count());
            return;
        }
        for (int i = 0; i < wanted.count(); i++) {
            MachineOrder order = new MachineOrder(
                    MachineOrder.key("paid", organizationId.value(), tenantId.value(), paid.invoice(), "" + i),
                    organizationId,
                    tenantId,
                    wanted.dockerImage(),
                    Optional.of(until));
            if (orders.place(Actor.SYSTEM, order, Machines.PER_TENANT_MAX) instanceof Queueing.TooMany) {
                LOG.warn(
                        "{} of {} has as many machines as a tenant may have: {} paid ones are not made",
                        tenantId.value(),
                        organizationId.value(),
                        wanted.count() - i);
                return;
            }
        }
    }

    private Processing link(Event event, ProviderFact.Linked linked) {
        StandingStore standings = new StandingStore(handle);
        Optional<String> customer = event.fact().customer();
        Optional<String> endpointOf = event.source().organizationId().map(id -> id.value());
        Optional<Held> found = endpointOf.isPresent()
                ? linked.reference().flatMap(reference -> standings.tenant(endpointOf.get(), reference))
                : event.fact()
                        .organization()
                        .or(linked::reference)
                        .flatMap(standings::organization)
                        .or(() -> customer.flatMap(standings::organizationOfCustomer));
        if (found.isEmpty()) {
            return new Processing.Failed("unknown customer: "
                    + linked.reference()
                            .map(reference -> "there is no " + reference + " here")
                            .orElse("the session names nobody as client_reference_id"));
        }
        Held held = found.get();
        if (customer.isPresent() && held.holder().isOrganization()) {
            Optional<Held> other = standings.organizationOfCustomer(customer.get());
            if (other.filter(one -> !one.holder().equals(held.holder())).isPresent()) {
                return new Processing.Failed("another organization is " + customer.get() + " at Stripe already");
            }
        }
        boolean older = held.lastEventAt().filter(event.at()::isBefore).isPresent();
        if (follow(event) && !(older && held.customer().isPresent())) {
            customer.ifPresent(id -> standings.link(held.holder(), id));
            standings.tell(held, standing -> standing.withSubscription(linked.subscription()), Optional.empty());
            customer.ifPresent(id -> retryEventsOf(event.source(), id));
        }
        return DONE;
    }

    // Stripe tells of subscription and checkout in any order; what came too early can have its effect now.
    private void retryEventsOf(EventSource source, String customer) {
        handle.createUpdate("""
                        UPDATE provider_events SET next_attempt_at = :now
                        WHERE source = :source AND status = 'failed' AND payload #>> '{data,object,customer}' = :customer
                        """)
                .bind("now", DefinitionChanges.utc(now))
                .bind("source", source.word())
                .bind("customer", customer)
                .execute();
    }
}
