package io.tollgate.server.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.cycle.CycleUsage;
import io.tollgate.control.cycle.OverageReads;
import io.tollgate.control.cycle.ReportWorker;
import io.tollgate.control.cycle.UsageReconciliation;
import io.tollgate.control.cycle.UsageReporter;
import io.tollgate.control.cycle.postgres.PostgresCycles;
import io.tollgate.control.cycle.postgres.PostgresOverages;
import io.tollgate.control.cycle.postgres.PostgresReportedCycles;
import io.tollgate.control.cycle.postgres.PostgresReports;
import io.tollgate.control.cycle.stripe.StripeUsageReporter;
import io.tollgate.control.edition.postgres.PostgresEditions;
import io.tollgate.control.edition.stripe.StripeShop;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.provider.Editions;
import io.tollgate.control.provider.EventWorker;
import io.tollgate.control.provider.ReceivedEvents;
import io.tollgate.control.provider.Reconciliation;
import io.tollgate.control.provider.postgres.PostgresBillingResets;
import io.tollgate.control.provider.postgres.PostgresProviderEvents;
import io.tollgate.control.provider.postgres.PostgresSubscriptions;
import io.tollgate.control.provider.postgres.PostgresWebhookSecrets;
import io.tollgate.control.provider.stripe.StripeFacts;
import io.tollgate.control.provider.stripe.StripeSubscriptions;
import io.tollgate.control.schedule.Job;
import io.tollgate.control.stripe.StripeApi;
import io.tollgate.server.config.Settings;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Composes what comes in from payment providers, and the operator's routes about it.
///
/// @param secretBox absent where no encryption key is set
record Providers(
        Settings settings,
        Optional<SecretBox> secretBox,
        MeterRegistry metrics,
        InstantSource clock,
        Closing closing,
        List<Object> beans) {
    private static final Duration STOP_MAX = Duration.ofSeconds(2);
    private static final String RECONCILES_AT = "0 0 2 * * *";
    private static final String COMPARES_AT = "0 30 4 * * *";

    /// A little after midnight, so that nothing of the month before is on its way.
    private static final String RESETS_AT = "0 5 0 1 * *";

    /// Before a request to Stripe is made again.
    private static final Duration STRIPE_PAUSE = Duration.ofSeconds(1);

    /// Answers what has to be done at set times.
    List<Job> start(
            Database database,
            DefinitionChanges changes,
            Credentials credentials,
            CycleUsage cycles,
            OverageReads overages) {
        Editions editions = new Editions(settings.stripeEditionPrices());
        PostgresProviderEvents events = new PostgresProviderEvents(changes, new StripeFacts(), editions);
        PostgresSubscriptions subscriptions = new PostgresSubscriptions(changes, editions);
        PostgresBillingResets resets = new PostgresBillingResets(changes);
        EventWorker worker = new EventWorker(events, clock, metrics);
        worker.start();
        closing.onClose("provider events", () -> worker.stop(STOP_MAX));
        beans.add(events);
        beans.add(worker);
        beans.add(new ReceivedEvents(metrics));
        beans.add(new PostgresWebhookSecrets(database.jdbi(), secretBox, settings.stripeWebhookSecret()));
        beans.add(subscriptions);
        beans.add(resets);
        StripeApi stripe = new StripeApi(settings.stripeApiBase(), StripeApi.READ_TIMEOUT);
        UsageReporter reporter = new StripeUsageReporter(credentials, stripe);
        report(database, reporter, cycles, overages);
        UsageReconciliation usage = new UsageReconciliation(
                new PostgresReportedCycles(database.jdbi()),
                cycles,
                reporter,
                new DriftMessages(database.jdbi()),
                clock);
        beans.add(usage);
        List<Job> jobs = new ArrayList<>();
        jobs.add(new Job("compare-stripe-usage", COMPARES_AT, usage::daily));
        jobs.add(new Job(
                "reset-billing-cycles",
                RESETS_AT,
                () -> resets.resetAll(
                        Actor.SYSTEM, Optional.of(YearMonth.from(clock.instant().atOffset(ZoneOffset.UTC))))));
        beans.add(new PostgresEditions(database.jdbi()));
        settings.stripeApiKey().ifPresent(key -> {
            beans.add(new StripeShop(stripe, key, settings.appUrl()));
            Reconciliation reconciliation = new Reconciliation(
                    new StripeSubscriptions(key, settings.stripeApiBase(), STRIPE_PAUSE), subscriptions);
            beans.add(reconciliation);
            jobs.add(new Job("reconcile-platform", RECONCILES_AT, () -> reconciliation.run(Actor.SYSTEM)));
        });
        return List.copyOf(jobs);
    }

    private void report(Database database, UsageReporter reporter, CycleUsage cycles, OverageReads overages) {
        PostgresReports reports = new PostgresReports(database.jdbi(), clock);
        ReportWorker worker = new ReportWorker(
                new PostgresCycles(database.jdbi(), cycles),
                new PostgresOverages(database.jdbi(), overages),
                reports,
                reporter,
                clock,
                new SecureRandom(),
                metrics);
        worker.start();
        closing.onClose("reports of usage", () -> worker.stop(STOP_MAX));
        beans.add(reports);
    }
}
