package io.tollgate.server.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.billing.daily.DailyRun;
import io.tollgate.billing.daily.StoredLog;
import io.tollgate.billing.daily.postgres.PostgresDailySnapshots;
import io.tollgate.billing.daily.postgres.PostgresSliceUsage;
import io.tollgate.billing.divergence.postgres.PostgresStoredCounters;
import io.tollgate.billing.invoice.Contracts;
import io.tollgate.billing.invoice.LogEnd;
import io.tollgate.billing.report.postgres.PostgresReportReads;
import io.tollgate.billing.snapshot.MetricShapes;
import io.tollgate.billing.snapshot.kafka.SnapshotSink;
import io.tollgate.billing.snapshot.postgres.PostgresHistoryReads;
import io.tollgate.billing.snapshot.postgres.PostgresSnapshots;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.kafka.SinkConfig;
import io.tollgate.billing.usage.kafka.SinkStatus;
import io.tollgate.billing.usage.kafka.UsageSink;
import io.tollgate.billing.usage.postgres.PostgresCorrectionReads;
import io.tollgate.billing.usage.postgres.PostgresSinkProgress;
import io.tollgate.billing.usage.postgres.PostgresUsageReads;
import io.tollgate.billing.usage.postgres.PostgresUsageStore;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.credential.kafka.CredentialAvro;
import io.tollgate.control.credential.postgres.PostgresCredentials;
import io.tollgate.control.cycle.CycleUsage;
import io.tollgate.control.cycle.OverageReads;
import io.tollgate.control.idempotency.postgres.PostgresIdempotentRequests;
import io.tollgate.control.key.KeyUses;
import io.tollgate.control.key.kafka.ApiKeyAvro;
import io.tollgate.control.key.postgres.PostgresApiKeys;
import io.tollgate.control.key.postgres.PostgresKeyUses;
import io.tollgate.control.key.postgres.PostgresScopedKeys;
import io.tollgate.control.metric.CreationAllowance;
import io.tollgate.control.metric.MetricKey;
import io.tollgate.control.metric.kafka.CounterCutAvro;
import io.tollgate.control.metric.kafka.MetricAvro;
import io.tollgate.control.metric.postgres.PostgresMetrics;
import io.tollgate.control.organization.kafka.OrganizationAvro;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.outbox.OutboxPublisher;
import io.tollgate.control.outbox.kafka.KafkaDefinitionLog;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.outbox.postgres.PostgresOutbox;
import io.tollgate.control.plan.kafka.PlanAvro;
import io.tollgate.control.plan.kafka.PlanLimitAvro;
import io.tollgate.control.plan.postgres.PostgresPlanLimits;
import io.tollgate.control.plan.postgres.PostgresPlans;
import io.tollgate.control.price.postgres.PostgresPriceModels;
import io.tollgate.control.quota.QuotaUsage;
import io.tollgate.control.quota.kafka.QuotaAvro;
import io.tollgate.control.quota.postgres.PostgresQuotas;
import io.tollgate.control.ratelimit.kafka.RateLimitAvro;
import io.tollgate.control.ratelimit.postgres.PostgresRateLimits;
import io.tollgate.control.schedule.Job;
import io.tollgate.control.schedule.postgres.JobScheduler;
import io.tollgate.control.simulation.Simulating;
import io.tollgate.control.simulation.SimulationWorker;
import io.tollgate.control.simulation.postgres.PostgresSimulations;
import io.tollgate.control.tenant.Erasure;
import io.tollgate.control.tenant.kafka.TenantAvro;
import io.tollgate.control.tenant.postgres.PostgresTenants;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.MetricReads;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.LastWrites;
import io.tollgate.server.config.Role;
import io.tollgate.server.config.Settings;
import io.tollgate.server.http.Readiness;
import io.tollgate.server.http.Readiness.Check;
import io.tollgate.server.receipt.kafka.SharedUsageLog;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Composes the roles that need PostgreSQL.
record DatabaseRoles(
        Settings settings,
        Readiness readiness,
        MeterRegistry metrics,
        InstantSource clock,
        Closing closing,
        List<Object> beans) {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseRoles.class);

    /// When the fewest people work.
    private static final String ERASES_AT = "0 10 3 * * *";

    private static final String FORGETS_OLD_AT = "0 40 3 * * *";

    /// When the day of UTC is over, and what was reported in its last hour with some delay has come.
    private static final String SNAPSHOTS_AT = "0 0 1 * * *";

    private static final Duration SNAPSHOTS_AGAIN_AFTER = Duration.ofMinutes(5);

    private static final String FORGETS_AT = "0 20 * * * *";
    private static final Duration STOP_MAX = Duration.ofSeconds(2);
    /// A batch in hand is stored to its end if it can be in this time; else it is stored again by the next start.
    private static final Duration SINK_STOP_MAX = Duration.ofSeconds(4);
    private static final int PROBE_SECONDS = 1;

    /// @param lookup asks the owners of counters
    /// @param reads asks them for metrics
    /// @param quotaUsage asked by quota routes what windows hold
    /// @param secretBox absent where no encryption key is set
    /// @param keyUses are written down by the control role
    void start(
            Database database,
            String kafka,
            SchemaRegistry registry,
            Definitions definitions,
            LastWrites lastWrites,
            PipelineLag lag,
            CounterLookup lookup,
            MetricReads reads,
            QuotaUsage quotaUsage,
            Optional<SecretBox> secretBox,
            KeyUses keyUses) {
        readiness.watch("postgres", new AskedRarely(() -> probe(database)));
        PostgresSinkProgress progress = new PostgresSinkProgress(database.jdbi());
        if (settings.runs(Role.CONTROL)) {
            SinkBarrier barrier = new SinkBarrier(lastWrites, lag, progress);
            beans.add(barrier);
            UsageSources sources = new UsageSources(
                    new StoredLogEnd(lag, barrier, settings.partitions()),
                    barrier,
                    new StoredCycleUsage(database.jdbi(), lag, barrier, settings.partitions()),
                    new OverageUse(reads));
            startControl(database, kafka, registry, definitions, lastWrites, sources, secretBox, keyUses);
            beans.add(quotaUsage);
            PostgresUsageReads usageReads = new PostgresUsageReads(database.jdbi());
            beans.add(usageReads);
            beans.add(
                    new StoredOriginals(new PostgresCorrectionReads(database.jdbi()), barrier, settings.partitions()));
            DefinedOperations operations = new DefinedOperations(definitions, clock);
            beans.add(operations);
            beans.add(new CountedEvents(usageReads, operations));
            beans.add(new PostgresStoredCounters(database.jdbi()));
            beans.add(new LookedUpCounters(lookup));
            beans.add(new StoredBehind(lag, database.jdbi(), clock));
            beans.add(new SharedUsageLog(kafka, registry));
            beans.add(new PostgresReportReads(database.jdbi()));
            beans.add(new HeldQuotas(definitions, quotaUsage));
        }
        if (settings.runs(Role.BILLING)) {
            startSink(database, progress, kafka, registry);
        }
        new Webhooks(settings, readiness, secretBox, metrics, clock, closing, beans).start(database, kafka, registry);
    }

    /// How control asks what was used.
    ///
    /// @param logEnd how much of the log an invoice can cover
    /// @param stored whether the store is at the end of the log
    /// @param cycles what billing cycles at Stripe hold
    /// @param overages what was used beyond limits
    private record UsageSources(LogEnd logEnd, StoredLog stored, CycleUsage cycles, OverageReads overages) {}

    private void startSink(Database database, PostgresSinkProgress progress, String kafka, SchemaRegistry registry) {
        UsageSink sink = new UsageSink(
                new PostgresUsageStore(database.jdbi(), progress, clock), kafka, registry, SinkConfig.DEFAULT, metrics);
        sink.start();
        closing.onClose("sink", () -> sink.stop(SINK_STOP_MAX));
        readiness.watch("sink", () -> check(sink.status()));
        UsageSink snapshots = SnapshotSink.sink(new PostgresSnapshots(database.jdbi()), kafka, registry, metrics);
        snapshots.start();
        closing.onClose("snapshot consumer", () -> snapshots.stop(SINK_STOP_MAX));
        readiness.watch("snapshots", () -> check(snapshots.status()));
    }

    /// How a consumer into PostgreSQL is.
    static Check check(SinkStatus status) {
        Readiness.Status word = switch (status.state()) {
            case UP -> Readiness.Status.UP;
            case DEGRADED -> Readiness.Status.DEGRADED;
            case DOWN -> Readiness.Status.DOWN;
        };
        return new Check(word, status.totalLag(), status.cause().orElse(""));
    }

    private void startControl(
            Database database,
            String kafka,
            SchemaRegistry registry,
            Definitions definitions,
            LastWrites lastWrites,
            UsageSources sources,
            Optional<SecretBox> secretBox,
            KeyUses keyUses) {
        OrganizationZones zones =
                organizationId -> definitions.zone(organizationId).orElse(ZoneOffset.UTC);
        beans.add(zones);
        PostgresOutbox outbox = new PostgresOutbox(database.jdbi(), clock);
        OutboxPublisher publisher = new OutboxPublisher(
                outbox,
                new KafkaDefinitionLog(
                        kafka,
                        registry,
                        List.of(
                                new OrganizationAvro(),
                                new ApiKeyAvro(),
                                new TenantAvro(),
                                new CredentialAvro(),
                                new QuotaAvro(),
                                new PlanAvro(),
                                new PlanLimitAvro(),
                                new MetricAvro(),
                                new CounterCutAvro(),
                                new RateLimitAvro())),
                new AppliedChanges(definitions, lastWrites, settings.partitions()),
                metrics);
        publisher.start();
        closing.onClose("outbox", () -> publisher.stop(STOP_MAX));
        DefinitionChanges changes = new DefinitionChanges(database.jdbi(), publisher, clock);
        PostgresOrganizations organizations = new PostgresOrganizations(changes);
        PostgresTenants tenants = new PostgresTenants(changes);
        PostgresCredentials credentials = new PostgresCredentials(changes, secretBox);
        PostgresIdempotentRequests requests = new PostgresIdempotentRequests(database.jdbi(), secretBox, clock);
        StoredUsage usage = new StoredUsage(database.jdbi());
        beans.add(organizations);
        beans.add(tenants);
        beans.add(credentials);
        beans.add(requests);
        beans.add(usage);
        beans.add(new PostgresApiKeys(changes));
        beans.add(new PostgresScopedKeys(changes));
        beans.add(new PostgresAuditTrail(database.jdbi()));
        beans.add(new PostgresQuotas(changes));
        PostgresKeyUses writtenUses = closing.add("uses of keys", new PostgresKeyUses(database.jdbi(), keyUses));
        writtenUses.start();
        int resealed = credentials.resealAll();
        if (resealed > 0) {
            LOG.info("{} credentials sealed anew under the current encryption key", resealed);
        }
        Providers providers = new Providers(settings, secretBox, metrics, clock, closing, beans);
        Provisioning provisioning = new Provisioning(settings, metrics, clock, closing, beans);
        Contracts contracts = new StoredContracts(organizations, tenants, zones, database.jdbi(), clock);
        Invoicing invoicing = new Invoicing(settings, secretBox, clock, closing, beans);
        Accounts accounts = new Accounts(settings, secretBox, metrics, clock, closing, beans);
        PostgresDailySnapshots dailySnapshots = new PostgresDailySnapshots(database.jdbi(), new DailyAudit(clock));
        DailyRun dailyRun = new DailyRun(dailySnapshots, sources.stored(), clock);
        beans.add(dailySnapshots);
        beans.add(dailyRun);
        PostgresPriceModels prices = new PostgresPriceModels(changes);
        PostgresSimulations simulations = new PostgresSimulations(changes, new SecureRandom());
        SimulationWorker simulating = new SimulationWorker(
                simulations,
                new Simulating(
                        simulations,
                        prices,
                        new StoredPeriods(
                                new PostgresSliceUsage(database.jdbi()), sources.stored(), definitions, clock)));
        simulating.start();
        closing.onClose("simulations", () -> simulating.stop(STOP_MAX));
        beans.add(prices);
        beans.add(simulations);
        Erasure erasure = new Erasure(organizations, tenants, usage, clock);
        JobScheduler jobs = closing.add(
                "scheduled jobs",
                new JobScheduler(
                        database.dataSource(),
                        Stream.of(
                                        List.of(
                                                new Job("erase-deleted", ERASES_AT, erasure::run),
                                                new Job("forget-idempotent-requests", FORGETS_AT, requests::forgetOld),
                                                new Job(
                                                        "forget-old-rows",
                                                        FORGETS_OLD_AT,
                                                        new Retention(database.jdbi(), clock)::forgetOld),
                                                new Job("forget-simulations", FORGETS_OLD_AT, simulations::purge),
                                                new Job("daily-snapshots", SNAPSHOTS_AT, dailyRun::runYesterday)
                                                        .triedAgainAfter(SNAPSHOTS_AGAIN_AFTER)),
                                        providers.start(
                                                database, changes, credentials, sources.cycles(), sources.overages()),
                                        provisioning.start(changes, credentials),
                                        accounts.start(changes),
                                        invoicing.start(database, contracts, definitions, sources.logEnd()))
                                .flatMap(List::stream)
                                .toList()));
        jobs.start();
        beans.add(new PostgresPlans(changes));
        beans.add(new PostgresPlanLimits(changes));
        PostgresMetrics storedMetrics = new PostgresMetrics(
                changes, settings.selfHosted() ? CreationAllowance.UNLIMITED : CreationAllowance.BY_EDITION);
        beans.add(storedMetrics);
        beans.add(new PostgresHistoryReads(database.jdbi(), clock));
        MetricShapes shapes = (subject, meter) -> storedMetrics
                .find(new MetricKey(subject.organizationId(), subject.subject(), meter))
                .map(metric -> new MetricShapes.Shape(
                        metric.settings().operation(), metric.settings().type()));
        beans.add(shapes);
        beans.add(new PostgresRateLimits(changes));
    }

    /// Postgres down makes only the roles that need it not ready.
    private static Check probe(Database database) {
        try (Connection connection = database.dataSource().getConnection()) {
            return connection.isValid(PROBE_SECONDS) ? Check.up() : Check.down("PostgreSQL does not answer");
        } catch (SQLException e) {
            return Check.down("PostgreSQL cannot be reached");
        }
    }
}
