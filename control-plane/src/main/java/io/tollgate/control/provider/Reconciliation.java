package io.tollgate.control.provider;

import io.tollgate.contract.access.Actor;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compares the subscriptions of organizations with those at the provider. Where they differ the provider is right.
public final class Reconciliation {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

    /// Pages of 100: more subscriptions than this are not reconciled in one go.
    private static final int PAGES_MAX = 1_000;

    private static final int ORGANIZATIONS_AT_ONCE = 500;

    /// Of several subscriptions of a customer the one that serves most counts, and of those the newest.
    private static final List<String> BEST_FIRST = List.of(
            "active", "trialing", "past_due", "unpaid", "paused", "incomplete", "canceled", "incomplete_expired");

    private static final Comparator<ProviderSubscriptions.Known> BEST =
            Comparator.<ProviderSubscriptions.Known>comparingInt(
                            known -> BEST_FIRST.indexOf(known.subscription().status()) & Integer.MAX_VALUE)
                    .thenComparing(ProviderSubscriptions.Known::created, Comparator.reverseOrder());

    /// @param complete whether the provider could be asked for everything; if not, nothing was changed
    public record Report(boolean complete, int checked, int found, int fixed, int errors) {}

    private final ProviderSubscriptions provider;
    private final Subscriptions subscriptions;

    public Reconciliation(ProviderSubscriptions provider, Subscriptions subscriptions) {
        this.provider = provider;
        this.subscriptions = subscriptions;
    }

    public Report run(Actor actor) {
        Map<String, ProviderSubscriptions.Known> best = new HashMap<>();
        try {
            if (!read(best)) {
                return ended(actor, new Report(false, 0, 0, 0, 1));
            }
        } catch (ProviderSubscriptions.UnavailableException e) {
            LOG.warn("Subscriptions cannot be reconciled now: {}", e.getMessage());
            return ended(actor, new Report(false, 0, 0, 0, 1));
        }
        return ended(actor, compare(actor, best));
    }

    private Report ended(Actor actor, Report report) {
        subscriptions.reconciled(actor, report);
        return report;
    }

    // Nothing may be changed before all is read: a customer whose page is missing would look like one that has left.
    private boolean read(Map<String, ProviderSubscriptions.Known> best)
            throws ProviderSubscriptions.UnavailableException {
        Set<String> beside = subscriptions.pricesBeside();
        Optional<String> after = Optional.empty();
        for (int pages = 0; pages < PAGES_MAX; pages++) {
            ProviderSubscriptions.Page page = provider.page(after);
            page.subscriptions().stream()
                    .filter(known -> known.subscription()
                            .price()
                            .filter(beside::contains)
                            .isEmpty())
                    .forEach(known -> best.merge(
                            known.customer(), known, (one, other) -> BEST.compare(one, other) <= 0 ? one : other));
            after = page.next();
            if (after.isEmpty()) {
                return true;
            }
        }
        LOG.warn("The provider has more subscriptions than {} pages; they are not reconciled", PAGES_MAX);
        return false;
    }

    private Report compare(Actor actor, Map<String, ProviderSubscriptions.Known> best) {
        int checked = 0;
        int fixed = 0;
        int errors = 0;
        String after = "";
        List<Subscriptions.Subscriber> page;
        do {
            page = subscriptions.subscribers(after, ORGANIZATIONS_AT_ONCE);
            for (Subscriptions.Subscriber subscriber : page) {
                checked++;
                after = subscriber.id().value();
                Optional<ProviderFact.Subscribed> told = Optional.ofNullable(best.get(subscriber.providerCustomer()))
                        .map(ProviderSubscriptions.Known::subscription);
                try {
                    if (subscriptions.reconcile(actor, subscriber, told)) {
                        fixed++;
                    }
                } catch (RuntimeException e) {
                    errors++;
                    LOG.warn("The subscription of {} cannot be reconciled", subscriber.id(), e);
                }
            }
        } while (page.size() == ORGANIZATIONS_AT_ONCE);
        return new Report(true, checked, fixed + errors, fixed, errors);
    }
}
