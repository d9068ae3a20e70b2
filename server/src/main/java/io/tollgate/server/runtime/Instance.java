package io.tollgate.server.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.http.server.exceptions.HttpServerException;
import io.micronaut.runtime.server.EmbeddedServer;
import io.tollgate.aggregate.usage.kafka.KafkaExpiryLog;
import io.tollgate.aggregate.usage.topology.AggregatorConfig;
import io.tollgate.aggregate.usage.topology.UsageAggregator;
import io.tollgate.aggregate.usage.topology.UsageMetrics;
import io.tollgate.billing.daily.http.CronSecret;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.HttpSchemaRegistry;
import io.tollgate.contract.wire.RegistryUnavailableException;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.control.key.KeyUses;
import io.tollgate.control.quota.QuotaUsage;
import io.tollgate.control.session.AccessTokens;
import io.tollgate.ingest.admission.LimitedMeters;
import io.tollgate.ingest.event.DeletedTenants;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.OrganizationZones;
import io.tollgate.ingest.event.WriteObserver;
import io.tollgate.ingest.http.IngestConfig;
import io.tollgate.ingest.kafka.EventLogConfig;
import io.tollgate.ingest.kafka.KafkaEventLog;
import io.tollgate.ingest.proxy.ProxyConfig;
import io.tollgate.ingest.receipt.ReceiptKeyring;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.ReservationNode;
import io.tollgate.quota.definition.DefinitionFeed;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.definition.Tenant;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.quota.ledger.kafka.KafkaLogEnds;
import io.tollgate.quota.metric.LimitDecisions;
import io.tollgate.quota.metric.MetricReads;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.LastWrites;
import io.tollgate.quota.query.LocalCounters;
import io.tollgate.quota.ratelimit.OwnedRates;
import io.tollgate.quota.ratelimit.RateCounts;
import io.tollgate.quota.ratelimit.RateNode;
import io.tollgate.quota.routing.GroupOwners;
import io.tollgate.quota.routing.OwnerAdmissions;
import io.tollgate.quota.routing.OwnerChecks;
import io.tollgate.quota.routing.OwnerRates;
import io.tollgate.quota.routing.OwnerReservations;
import io.tollgate.quota.routing.Owners;
import io.tollgate.quota.routing.PartitionOverview;
import io.tollgate.quota.rpc.GrpcOwnerServer;
import io.tollgate.quota.rpc.GrpcOwners;
import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.DatabaseUrl;
import io.tollgate.server.config.Role;
import io.tollgate.server.config.Settings;
import io.tollgate.server.embedded.DataFolder;
import io.tollgate.server.embedded.RunningInstance;
import io.tollgate.server.http.AddressGuard;
import io.tollgate.server.http.Authentication;
import io.tollgate.server.http.BodyLimit;
import io.tollgate.server.http.ClientAddress;
import io.tollgate.server.http.HttpMetrics;
import io.tollgate.server.http.Readiness;
import io.tollgate.server.http.Readiness.Check;
import io.tollgate.server.receipt.ReceiptKeys;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/// A running instance of the product, made of what its roles need. Closing stops everything in reverse order.
public final class Instance implements AutoCloseable {
    private static final Duration AGGREGATOR_CLOSE_MAX = Duration.ofSeconds(4);

    private static final Duration ADMIN_CLOSE_MAX = Duration.ofMillis(500);
    private static final Duration READY_POLL = Duration.ofMillis(50);

    private final Settings settings;
    private final Consumer<String> progress;
    private final UnaryOperator<Admissions> aroundOwners;
    private final Closing closing = new Closing();
    private final Readiness readiness = new Readiness();
    private final InstantSource clock = InstantSource.system();
    private final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    /// What controllers and filters are made with.
    private final List<Object> beans = new ArrayList<>();

    private final DataFolder folder;
    private final Endpoints endpoints;

    /// Where an instance listens and how its operator gets in.
    ///
    /// @param adminKeyKept whether the admin key is one that Tollgate made and keeps in the data folder, so that its
    /// operator
    ///     can only learn it here or there
    public record Endpoints(
            String url,
            String kafka,
            String registry,
            Optional<String> database,
            Optional<String> adminKey,
            boolean adminKeyKept) {
        @Override
        public String toString() {
            return url;
        }
    }

    /// Starts everything that the settings ask for; [#awaitReady] tells when it can serve.
    ///
    /// @param progress is told in a few words what starts
    /// @param onStarting is handed, before anything starts, what stops everything that has started by then
    /// @throws CannotStartException with a sentence for the operator; nothing is left running then
    public static Instance start(Settings settings, Consumer<String> progress, Consumer<Runnable> onStarting) {
        return new Instance(settings, progress, onStarting, UnaryOperator.identity());
    }

    /// As above, for a caller that closes the instance itself.
    public static Instance start(Settings settings, Consumer<String> progress) {
        return new Instance(settings, progress, stop -> {}, UnaryOperator.identity());
    }

    /// As above, for measurements that put something between the gateway and the owners.
    public static Instance startMeasured(
            Settings settings, Consumer<String> progress, UnaryOperator<Admissions> aroundOwners) {
        return new Instance(settings, progress, stop -> {}, aroundOwners);
    }

    private Instance(
            Settings settings,
            Consumer<String> progress,
            Consumer<Runnable> onStarting,
            UnaryOperator<Admissions> aroundOwners) {
        this.settings = settings;
        this.progress = progress;
        this.aroundOwners = aroundOwners;
        onStarting.accept(closing::close);
        try {
            this.folder = closing.add("data folder", DataFolder.open(settings.data()));
            this.endpoints = compose();
        } catch (RegistryUnavailableException e) {
            closing.close();
            throw new CannotStartException(e.getMessage() + "; check SCHEMA_REGISTRY_URL.", e);
        } catch (KafkaException e) {
            closing.close();
            throw new CannotStartException("Kafka cannot be used: " + e.getMessage() + ".", e);
        } catch (RuntimeException | Error e) {
            closing.close();
            throw e;
        }
    }

    public Endpoints endpoints() {
        return endpoints;
    }

    /// Waits until every part works.
    ///
    /// @return false if some part did not within `atMost`; [#notReady] says which
    public boolean awaitReady(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!readiness.ready()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(READY_POLL.toNanos());
        }
        return true;
    }

    /// What does not work yet, in a sentence.
    public String notReady() {
        StringBuilder text = new StringBuilder();
        readiness.checks().forEach((part, check) -> {
            if (check.status() == Readiness.Status.DOWN) {
                text.append(text.isEmpty() ? "" : "; ")
                        .append(part)
                        .append(": ")
                        .append(check.why());
            }
        });
        return text.toString();
    }

    private Endpoints compose() {
        bindMetrics();
        Infrastructure infrastructure = Infrastructure.start(settings, folder, closing, progress);
        String kafka = infrastructure.bootstrapServers();
        HttpSchemaRegistry registry = new HttpSchemaRegistry(infrastructure.registryUrl());
        Admin admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka,
                AdminClientConfig.CLIENT_ID_CONFIG,
                "tollgate-server"));
        closing.onClose("Kafka admin client", () -> admin.close(ADMIN_CLOSE_MAX));
        progress.accept("topics and definitions are read");
        short replication = TopicSetup.ensure(admin, settings.partitions());
        PipelineLag lag = new PipelineLag(admin, settings.partitions());
        LastWrites lastWrites = new LastWrites();
        Definitions definitions = new Definitions(clock);
        DefinitionFeed feed = DefinitionFeed.start(definitions, kafka, registry);
        closing.add("definition feed", feed);
        readiness.watch(
                "definitions",
                () -> definitions.trusted()
                        ? Check.up()
                        : Check.down("the definition topics have not been read to their end lately"));
        readiness.watch("kafka", new AskedRarely(new BrokerCheck(admin)::check));

        Owning owning = meetOwners(kafka, registry, admin, definitions, lag, replication);
        // First of all: joining the group takes seconds, in which the rest starts. But no task may judge by quotas that
        // it does not know yet.
        owning.aggregator().ifPresent(usage -> {
            Thread start = Thread.ofVirtual().name("aggregator-start").start(() -> {
                if (definitions.awaitConfirmed()) {
                    usage.start();
                    KafkaStreamsMetrics streamsMetrics = new KafkaStreamsMetrics(usage.streams());
                    streamsMetrics.bindTo(metrics);
                    closing.add("streams metrics", streamsMetrics);
                }
            });
            closing.onClose("aggregator's start", () -> interrupt(start));
        });
        beans.add(definitions);
        MetricReads metricReads =
                new MetricReads(owning.lookup(), new Metrics(definitions), definitions, lastWrites, clock);
        beans.add(metricReads);
        beans.add(new CountedMeters(metricReads));
        beans.add(new LimitDecisions(metricReads, definitions));
        Optional<SecretBox> secretBox = settings.encryptionKey()
                // Made with the first start, so that it exists before the first thing is encrypted with it.
                .or(() -> settings.embedsKafka()
                        ? Optional.of(folder.secrets().encryptionKey().value())
                        : Optional.empty())
                .map(key -> new SecretBox(key, settings.encryptionKeyPrevious()));
        KeyUses keyUses = new KeyUses(clock);
        if (settings.runs(Role.GATEWAY) || settings.runs(Role.CONTROL)) {
            startLog(kafka, registry, definitions, lastWrites);
        }
        if (settings.runs(Role.GATEWAY)) {
            beans.add(lastWrites);
            startProxy(definitions, owning.lookup(), secretBox);
        }
        Optional<String> database = infrastructure.database().map(url -> {
            Database open = closing.add("database pool", Database.open(url, metrics));
            new DatabaseRoles(settings, readiness, metrics, clock, closing, beans)
                    .start(
                            open,
                            kafka,
                            registry,
                            definitions,
                            lastWrites,
                            lag,
                            owning.lookup(),
                            metricReads,
                            owning.usage(),
                            secretBox,
                            keyUses);
            return url.jdbcUrl();
        });

        Optional<DataFolder> secretsFolder = settings.embedsKafka() ? Optional.of(folder) : Optional.empty();
        Optional<String> adminKey = settings.adminSecretKey()
                .or(() -> secretsFolder.map(own -> own.secrets().adminKey().value()));
        boolean adminKeyKept = settings.adminSecretKey().isEmpty() && secretsFolder.isPresent();
        secretsFolder.ifPresent(own -> {
            // Made with the first start, so that it exists before the first thing is scheduled with it.
            own.secrets().cronSecret();
        });
        beans.add(new CronSecret(settings.cronSecret()
                .or(() -> secretsFolder.map(own -> own.secrets().cronSecret().value()))));
        ReceiptKeyring receiptKeys = ReceiptKeys.open(folder.secrets(), settings.receiptKey());
        AccessTokens tokens = new AccessTokens(receiptKeys.current().toText().getBytes(StandardCharsets.US_ASCII));
        // Tokens that other instances cannot check are not made.
        if (settings.embedsKafka() || settings.receiptKey().isPresent()) {
            beans.add(tokens);
        }
        beans.add(new Authentication(adminKey, definitions, keyUses, tokens, clock));
        beans.add(new ClientAddress(settings.trustedProxies()));
        if (settings.guardsAddresses()) {
            beans.add(new AddressGuard(clock));
        }
        beans.add(receiptKeys);
        String url = startHttp();
        new RunningInstance(
                        url,
                        kafka,
                        infrastructure.registryUrl(),
                        settings.databaseUrl().isPresent()
                                ? Optional.empty()
                                : infrastructure.database().map(DatabaseUrl::withCredentials))
                .write(folder.path());
        closing.onClose("address in the data folder", () -> RunningInstance.forget(folder.path()));
        return new Endpoints(url, kafka, registry.address().toString(), database, adminKey, adminKeyKept);
    }

    /// @param aggregator of this instance, if it counts
    private record Owning(Optional<UsageAggregator> aggregator, QuotaUsage usage, CounterLookup lookup) {}

    /// Makes this instance one of the owners, if it counts, and able to ask the others, whatever its role.
    private Owning meetOwners(
            String kafka,
            SchemaRegistry registry,
            Admin admin,
            Definitions definitions,
            PipelineLag lag,
            short replication) {
        String clusterSecret =
                settings.clusterSecret().orElseGet(() -> UUID.randomUUID().toString());
        Owners owners = new GroupOwners(admin);
        GrpcOwners remote = closing.add("connections to owners", new GrpcOwners(clusterSecret));
        DefinedQuotas quotas = new DefinedQuotas(definitions);
        Optional<OwnerNode> node = Optional.empty();
        Optional<ReservationNode> reservations = Optional.empty();
        Optional<RateNode> rates = Optional.empty();
        Optional<UsageAggregator> aggregator = Optional.empty();
        LocalCounters local = LocalCounters.NONE;
        String address = settings.internalHost() + ":0";
        Optional<GrpcOwnerServer> endpoint = Optional.empty();
        if (settings.runs(Role.AGGREGATOR)) {
            GrpcOwnerServer open = closing.add("internal port", ownerServer(clusterSecret));
            endpoint = Optional.of(open);
            address = settings.internalHost() + ":" + open.port();
            AtomicReference<Optional<UsageAggregator>> standbys = new AtomicReference<>(Optional.empty());
            Ledgers ledgers = closing.add(
                    "ledgers",
                    new Ledgers(
                            quotas,
                            clock,
                            new KafkaLogEnds(admin),
                            closing.add(
                                    "expiry log",
                                    new KafkaExpiryLog(kafka, new AvroSerializer<>(registry, Topics.USAGE_EVENTS))),
                            address,
                            partition -> standbys.get().flatMap(usage -> usage.standby(partition))));
            node = Optional.of(ledgers);
            reservations = Optional.of(ledgers);
            open.serveReservations(ledgers);
            OwnedRates owned = new OwnedRates(new RateCounts(clock), ledgers::owns);
            rates = Optional.of(owned);
            open.serve(owned);
            closing.add("partition metrics", new PartitionMetrics(ledgers, metrics));
            UsageAggregator usage = new UsageAggregator(
                    new AggregatorConfig(
                            kafka,
                            folder.streams(),
                            address,
                            settings.streamThreads(),
                            settings.standbys(),
                            settings.dedupeHorizon(),
                            replication,
                            settings.partitions()),
                    registry,
                    new UsageMetrics(metrics),
                    ledgers,
                    new Metrics(definitions));
            standbys.set(Optional.of(usage));
            closing.onClose("aggregator", () -> usage.close(AGGREGATOR_CLOSE_MAX));
            LagGauge uncounted = closing.add("lag gauge", new LagGauge(lag));
            Gauge.builder("tollgate.aggregator.lag.records", uncounted::records)
                    .description("Records of usage-events that are not counted yet, over all partitions")
                    .register(metrics);
            readiness.watch(
                    "streams",
                    () -> new StreamsCheck(usage, ledgers, owners, settings.partitions()).check(uncounted.records()));
            local = usage;
            aggregator = Optional.of(usage);
        }
        CounterLookup lookup = new CounterLookup(local, owners, remote, address, settings.partitions());
        endpoint.ifPresent(open -> open.serve(lookup));
        if (endpoint.isPresent() && node.isPresent()) {
            endpoint.get().serve(node.get());
        }
        OwnerAdmissions admissions = new OwnerAdmissions(owners, remote, node, address, quotas::applied);
        FunctionCounter.builder("tollgate.admission.reports.dropped", admissions, OwnerAdmissions::reportsDropped)
                .description("Outcomes of admitted records that owners were not told; they read them back from the log")
                .register(metrics);
        beans.add(lookup);
        beans.add(aroundOwners.apply(admissions));
        OwnerChecks checks = new OwnerChecks(owners, remote, node, address, quotas::applied);
        beans.add(checks);
        beans.add(new OwnerReservations(owners, remote, reservations, address, quotas::applied));
        OwnerRates countedRates = new OwnerRates(
                owners,
                remote,
                rates,
                address,
                new RateCounts(clock),
                settings.partitions(),
                OwnerRates.ANSWERED_WITHIN);
        FunctionCounter.builder("tollgate.ratelimit.local", countedRates, OwnerRates::decidedHere)
                .description(
                        "Requests that were let pass or refused by this instance's own counts, because the owner that"
                                + " counts for all could not be asked in time")
                .register(metrics);
        beans.add(countedRates);
        beans.add(new PartitionOverview(owners, remote, node, address, settings.partitions()));
        return new Owning(aggregator, new CheckedUsage(checks, lookup, definitions, clock), lookup);
    }

    private static void interrupt(Thread thread) {
        thread.interrupt();
        try {
            thread.join(AGGREGATOR_CLOSE_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private GrpcOwnerServer ownerServer(String clusterSecret) {
        InetSocketAddress address = new InetSocketAddress(settings.internalBindAddress(), settings.internalPort());
        try {
            return new GrpcOwnerServer(address, clusterSecret);
        } catch (UncheckedIOException e) {
            throw new CannotStartException(
                    "The internal port " + settings.internalPort()
                            + " is taken: stop what uses it, or set TOLLGATE_INTERNAL_PORT to another port or to 0.",
                    e);
        }
    }

    /// What writes to the log: events at gateways, and corrections of them where the database is.
    private void startLog(String kafka, SchemaRegistry registry, Definitions definitions, LastWrites lastWrites) {
        KafkaEventLog log = closing.add(
                "event log",
                new KafkaEventLog(
                        EventLogConfig.of(kafka, settings.partitions()),
                        new AvroSerializer<>(registry, Topics.USAGE_EVENTS)));
        if (settings.runs(Role.GATEWAY)) {
            readiness.watch("log", () -> log.notReady().map(Check::down).orElseGet(Check::up));
        }
        OrganizationZones zones = definitions::zone;
        WriteObserver observer = lastWrites::written;
        DeletedTenants deleted = (organizationId, tenantId) -> definitions
                .tenant(organizationId, tenantId)
                .filter(tenant -> tenant.status() == Tenant.Status.DELETED)
                .isPresent();
        beans.add(deleted);
        beans.add(log);
        beans.add(zones);
        beans.add(observer);
        beans.add(new IngestConfig(
                new EventTimeBounds(settings.eventMaxAhead(), settings.eventMaxAge()), settings.inflightBytesMax()));
        LimitedMeters limited = (organization, subject, meter) -> definitions
                .quota(organization, subject, meter)
                .map(Quota::limiting)
                .orElse(false);
        beans.add(limited);
    }

    private void startProxy(Definitions definitions, CounterLookup lookup, Optional<SecretBox> secretBox) {
        beans.add(new ProxyConfig(settings.ownUrl(), settings.authorizesDomains()));
        beans.add(new DefinedTenants(definitions, lookup));
        beans.add(new OpenedSecrets(definitions, secretBox));
    }

    private String startHttp() {
        Map<String, Object> properties = new HashMap<>();
        properties.put("micronaut.server.host", settings.host());
        properties.put("micronaut.server.port", settings.port() == 0 ? -1 : settings.port());
        // One more than is read: what is larger is refused by its route, with the route's words.
        properties.put("micronaut.server.max-request-size", Integer.toString(BodyLimit.EVENTS_BYTES_MAX + 1));
        // The routes that take gzip count bytes before and after it themselves.
        properties.put("micronaut.server.netty.request-decompression-enabled", false);
        properties.put("micronaut.server.read-idle-timeout", "30s");
        properties.put("micronaut.server.netty.max-header-size", "32KB");
        properties.put("micronaut.server.netty.max-initial-line-length", "8KB");
        properties.put("micronaut.server.netty.max-chunk-size", "64KB");
        properties.put("micronaut.server.idle-timeout", "75s");
        properties.put("micronaut.server.thread-selection", "MANUAL");
        // The framework would refuse, without our words, pages of APP_URL where a proxy in front calls this
        // `localhost`. No
        // route trusts where a request comes from but by a session's cookie, and those look at the page themselves.
        properties.put("micronaut.server.cors.localhost-pass-through", true);
        properties.put("micronaut.application.name", "tollgate");
        properties.put("micronaut.router.static-resources.docs.mapping", "/docs/assets/**");
        properties.put(
                "micronaut.router.static-resources.docs.paths",
                "classpath:META-INF/resources/webjars/swagger-ui/" + SwaggerUi.version());
        properties.put("jackson.parser.STRICT_DUPLICATE_DETECTION", true);
        properties.put("jackson.serialization-inclusion", "ALWAYS");
        for (Role role : settings.roles()) {
            properties.put("tollgate.roles." + role.name().toLowerCase(Locale.ROOT), "true");
        }
        beans.add(settings);
        beans.add(settings.outboundTargets());
        beans.add(readiness);
        beans.add(metrics);
        beans.add(new HttpMetrics(metrics));
        beans.add(clock);
        ApplicationContext context = ApplicationContext.builder()
                .banner(false)
                .deduceEnvironment(false)
                .deduceCloudEnvironment(false)
                .environmentPropertySource(false)
                .properties(properties)
                .singletons(beans.toArray())
                .build()
                .start();
        closing.add("application context", context);
        try {
            EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
            closing.onClose("HTTP port", server::stop);
            String host = settings.host().equals("0.0.0.0") || settings.host().equals("127.0.0.1")
                    ? "localhost"
                    : settings.host();
            return "http://" + host + ":" + server.getPort();
        } catch (HttpServerException e) {
            throw new CannotStartException(
                    "Port " + settings.port() + " is taken: stop what uses it, or set TOLLGATE_PORT to another port.",
                    e);
        }
    }

    private void bindMetrics() {
        new JvmMemoryMetrics().bindTo(metrics);
        new JvmThreadMetrics().bindTo(metrics);
        new ProcessorMetrics().bindTo(metrics);
        new UptimeMetrics().bindTo(metrics);
        JvmGcMetrics gc = new JvmGcMetrics();
        gc.bindTo(metrics);
        closing.add("GC metrics", gc);
    }

    @Override
    public void close() {
        closing.close();
    }
}
