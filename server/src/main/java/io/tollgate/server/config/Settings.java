package io.tollgate.server.config;

import io.tollgate.contract.access.Networks;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.control.mail.smtp.MailServer;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/// The settings of one instance: complete, within bounds and consistent with one another. Read from the environment
/// and from a properties file with the same keys; the environment wins, and a variable that is empty counts as not
/// set. Immutable.
///
/// Constructors elsewhere take values out of it; nobody keeps it.
public final class Settings {
    /// Names the configuration file. Set and absent: the start fails. Unset: [#DEFAULT_FILE] is read if it exists.
    public static final String FILE_VARIABLE = "TOLLGATE_CONFIG";

    public static final String DEFAULT_FILE = "./tollgate.properties";

    private static final int EMBEDDED_PARTITIONS = 8;
    private static final int CLUSTER_PARTITIONS = 48;
    private static final int STREAM_THREADS_MAX_BY_DEFAULT = 8;
    private static final int KAFKA_PORT = 9092;
    private static final int POSTGRES_PORT = 5432;
    private static final int REGISTRY_PORT = 8081;

    /// A configuration file is a page or two; a larger one is some other file.
    private static final long FILE_BYTES_MAX = 256 * 1024L;

    private final Map<Setting, Object> values;
    private final Set<Setting> explicit;

    private Settings(Map<Setting, Object> values, Set<Setting> explicit) {
        this.values = values;
        this.explicit = explicit;
    }

    /// Reads the process environment and the configuration file. Throws [InvalidSettingsException] with everything
    /// there is to change, or [CannotStartException] if the file cannot be read.
    public static Settings load() {
        return load(System.getenv());
    }

    /// As [#load()] with this environment.
    public static Settings load(Map<String, String> environment) {
        var named = environment.getOrDefault(FILE_VARIABLE, "");
        var file = Path.of(named.isEmpty() ? DEFAULT_FILE : named);
        return from(environment, file.toString(), read(file, !named.isEmpty()));
    }

    /// The settings of an environment and of a file's keys and values; `fileName` is for messages only.
    public static Settings from(Map<String, String> environment, String fileName, Map<String, String> file) {
        var problems = new ArrayList<String>();
        for (var key : new TreeMap<>(file).keySet()) {
            if (Setting.named(key).isEmpty()) {
                problems.add(
                        key + " in " + fileName
                                + " is not a setting of this version; remove it or correct its name (docs/configuration.md lists all).");
            }
        }
        var values = new EnumMap<Setting, Object>(Setting.class);
        var explicit = EnumSet.noneOf(Setting.class);
        for (var setting : Setting.values()) {
            var fromEnvironment = text(setting, environment);
            var text = fromEnvironment.isEmpty() ? text(setting, file) : fromEnvironment;
            try {
                if (!text.isEmpty()) {
                    values.put(setting, setting.parse(text));
                    explicit.add(setting);
                } else if (setting.fallback().isValue()) {
                    values.put(setting, setting.parse(setting.fallback().text()));
                }
            } catch (IllegalArgumentException e) {
                var origin = fromEnvironment.isEmpty() ? " in " + fileName : "";
                problems.add(setting.name() + origin + " " + e.getMessage() + ".");
            }
        }
        var settings = new Settings(values, explicit);
        if (problems.isEmpty()) {
            problems.addAll(settings.contradictions());
        }
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        return settings;
    }

    /// By its own name, else by an alias; empty where neither says anything.
    private static String text(Setting setting, Map<String, String> values) {
        return setting.names()
                .map(name -> values.getOrDefault(name, "").strip())
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    /// Where everything this instance stores is kept; absolute.
    public Path data() {
        return value(Setting.TOLLGATE_DATA, Path.class).toAbsolutePath().normalize();
    }

    public String host() {
        return value(Setting.TOLLGATE_HOST, String.class);
    }

    /// 0 means any free port.
    public int port() {
        return value(Setting.TOLLGATE_PORT, Integer.class);
    }

    public Set<Role> roles() {
        @SuppressWarnings("unchecked") // Put there by SettingType.Roles.
        var roles = (Set<Role>) value(Setting.TOLLGATE_ROLES, Set.class);
        return Set.copyOf(roles);
    }

    public boolean runs(Role role) {
        return roles().contains(role);
    }

    /// Unset and embedded: the data folder makes one.
    public Optional<String> adminSecretKey() {
        return optional(Setting.ADMIN_SECRET_KEY, String.class);
    }

    public Optional<String> encryptionKey() {
        return optional(Setting.ENCRYPTION_KEY, String.class);
    }

    /// What the encryption key was before.
    public List<String> encryptionKeyPrevious() {
        @SuppressWarnings("unchecked") // Put there by SettingType.Texts.
        var previous = (List<String>)
                optional(Setting.ENCRYPTION_KEY_PREVIOUS, List.class).orElse(List.of());
        return previous;
    }

    public Optional<String> cronSecret() {
        return optional(Setting.CRON_SECRET, String.class);
    }

    /// Unset: the data folder makes one.
    public Optional<String> receiptKey() {
        return optional(Setting.TOLLGATE_RECEIPT_KEY, String.class);
    }

    public Optional<String> metricsToken() {
        return optional(Setting.METRICS_TOKEN, String.class);
    }

    /// Empty: this instance runs a broker of its own.
    public Optional<String> kafkaBootstrapServers() {
        return optional(Setting.KAFKA_BOOTSTRAP_SERVERS, String.class);
    }

    /// Empty: this instance runs a registry of its own. Present exactly when [#kafkaBootstrapServers()] is.
    public Optional<URI> schemaRegistryUrl() {
        return optional(Setting.SCHEMA_REGISTRY_URL, URI.class);
    }

    /// Empty: this instance runs a PostgreSQL of its own, if one of its roles needs it.
    public Optional<DatabaseUrl> databaseUrl() {
        return optional(Setting.DATABASE_URL, DatabaseUrl.class);
    }

    public boolean embedsKafka() {
        return kafkaBootstrapServers().isEmpty();
    }

    public boolean embedsDatabase() {
        return databaseUrl().isEmpty() && roles().stream().anyMatch(Role::needsDatabase);
    }

    public PortChoice kafkaPort() {
        return portChoice(Setting.TOLLGATE_KAFKA_PORT, KAFKA_PORT);
    }

    public PortChoice postgresPort() {
        return portChoice(Setting.TOLLGATE_POSTGRES_PORT, POSTGRES_PORT);
    }

    public PortChoice registryPort() {
        return portChoice(Setting.TOLLGATE_REGISTRY_PORT, REGISTRY_PORT);
    }

    /// 0 means any free port.
    public int internalPort() {
        return value(Setting.TOLLGATE_INTERNAL_PORT, Integer.class);
    }

    /// The host that other instances are told.
    public String internalHost() {
        return value(Setting.TOLLGATE_INTERNAL_HOST, String.class);
    }

    /// The address the internal port listens on: loopback as long as that is all that others are told.
    public String internalBindAddress() {
        return isLoopback(internalHost()) ? internalHost() : "0.0.0.0";
    }

    /// Empty only when the internal port listens on loopback alone.
    public Optional<String> clusterSecret() {
        return optional(Setting.TOLLGATE_CLUSTER_SECRET, String.class);
    }

    public int partitions() {
        return optional(Setting.TOLLGATE_PARTITIONS, Integer.class)
                .orElse(embedsKafka() ? EMBEDDED_PARTITIONS : CLUSTER_PARTITIONS);
    }

    public int streamThreads() {
        return optional(Setting.TOLLGATE_STREAM_THREADS, Integer.class)
                .orElseGet(() -> Math.min(Runtime.getRuntime().availableProcessors(), STREAM_THREADS_MAX_BY_DEFAULT));
    }

    public int standbys() {
        return optional(Setting.TOLLGATE_STANDBYS, Integer.class).orElse(embedsKafka() ? 0 : 1);
    }

    public Duration dedupeHorizon() {
        return value(Setting.DEDUPE_HORIZON, Duration.class);
    }

    public Duration eventMaxAhead() {
        return value(Setting.EVENT_MAX_AHEAD, Duration.class);
    }

    /// Empty: any age.
    public Optional<Duration> eventMaxAge() {
        return optional(Setting.EVENT_MAX_AGE, Duration.class);
    }

    public long inflightBytesMax() {
        return value(Setting.TOLLGATE_INFLIGHT_BYTES_MAX, Long.class);
    }

    /// Whether the operator is the only customer, so that no edition limits anything.
    public boolean selfHosted() {
        return optional(Setting.SELF_HOSTED, String.class)
                .map(Boolean::parseBoolean)
                .orElseGet(
                        () -> kafkaBootstrapServers().isEmpty() && databaseUrl().isEmpty());
    }

    /// Where outgoing requests may go.
    public OutboundTargets outboundTargets() {
        return optional(Setting.PROXY_ALLOWED_TARGETS, OutboundTargets.class).orElseGet(OutboundTargets::publicOnly);
    }

    /// Address under which this installation is reached.
    public URI ownUrl() {
        return value(Setting.TOLLGATE_URL, URI.class);
    }

    /// Address under which people open this installation.
    public URI appUrl() {
        return optional(Setting.APP_URL, URI.class).orElseGet(this::ownUrl);
    }

    /// Origins of other pages that may act with a session cookie.
    public List<URI> allowedOrigins() {
        @SuppressWarnings("unchecked") // Put there by SettingType.Origins.
        var origins =
                (List<URI>) optional(Setting.CORS_ALLOWED_ORIGINS, List.class).orElse(List.of());
        return origins;
    }

    /// Empty: no mails are sent.
    public Optional<MailServer> mailServer() {
        return optional(Setting.SMTP_URL, MailServer.class);
    }

    /// Who mails come from; set where [#mailServer] is.
    public Optional<String> mailSender() {
        return optional(Setting.EMAIL_FROM, String.class);
    }

    /// Whether a proxy target's host must list the organization.
    public boolean authorizesDomains() {
        return Boolean.parseBoolean(value(Setting.PROXY_DOMAIN_AUTHORIZATION, String.class));
    }

    /// Empty: nothing that claims to come from Stripe is believed.
    public Optional<String> stripeWebhookSecret() {
        return optional(Setting.STRIPE_WEBHOOK_SECRET, String.class);
    }

    /// Empty: Stripe is not asked anything.
    public Optional<String> stripeApiKey() {
        return optional(Setting.STRIPE_API_KEY, String.class);
    }

    /// Empty: Stripe's own.
    public Optional<URI> stripeApiBase() {
        return optional(Setting.STRIPE_API_BASE, URI.class);
    }

    /// Edition of each price that is named.
    public Map<String, String> stripeEditionPrices() {
        var prices = new LinkedHashMap<String, String>();
        optional(Setting.STRIPE_EDITION_PRICES, Map.class)
                .ifPresent(named ->
                        named.forEach((price, edition) -> prices.put(String.valueOf(price), String.valueOf(edition))));
        return prices;
    }

    /// Whether machines of tenants are only pretended.
    public boolean mockMode() {
        return Boolean.parseBoolean(value(Setting.MOCK_MODE, String.class));
    }

    /// What a machine that a crossing asks for runs, where the tenant's plan says nothing.
    public String machineImage() {
        return value(Setting.MACHINE_IMAGE, String.class);
    }

    /// Empty: Fly.io's own.
    public Optional<URI> flyApiBase() {
        return optional(Setting.FLY_API_BASE, URI.class);
    }

    /// Proxies whose word about a client's address is believed.
    public Networks trustedProxies() {
        return value(Setting.TRUSTED_PROXIES, AddressList.class).networks();
    }

    /// Whether addresses that send too many requests without a credential are banned.
    public boolean guardsAddresses() {
        return value(Setting.IP_GUARD, String.class).equals("on");
    }

    /// `text` or `json`.
    public String logFormat() {
        return value(Setting.LOG_FORMAT, String.class);
    }

    /// `error`, `warn`, `info`, `debug` or `trace`.
    public String logLevel() {
        return value(Setting.LOG_LEVEL, String.class);
    }

    /// The settings made by the operator, one `NAME=value` per line, secrets redacted.
    @Override
    public String toString() {
        var lines = new StringBuilder();
        for (var setting : explicit) {
            lines.append(setting.name())
                    .append('=')
                    .append(setting.secret() ? "(secret)" : values.get(setting))
                    .append('\n');
        }
        return lines.toString();
    }

    private List<String> contradictions() {
        var problems = new ArrayList<String>();
        if (kafkaBootstrapServers().isPresent() && schemaRegistryUrl().isEmpty()) {
            problems.add(
                    "SCHEMA_REGISTRY_URL must be set because KAFKA_BOOTSTRAP_SERVERS is: a registry embedded in one instance"
                            + " would give the others no schemas.");
        }
        if (kafkaBootstrapServers().isEmpty() && schemaRegistryUrl().isPresent()) {
            problems.add(
                    "KAFKA_BOOTSTRAP_SERVERS must be set because SCHEMA_REGISTRY_URL is; unset both to embed both.");
        }
        if (roles().size() < Role.values().length) {
            if (kafkaBootstrapServers().isEmpty()) {
                problems.add(
                        "KAFKA_BOOTSTRAP_SERVERS must be set because TOLLGATE_ROLES leaves out some roles, which could not"
                                + " reach a Kafka embedded here.");
            }
            if (embedsDatabase()) {
                problems.add(
                        "DATABASE_URL must be set because TOLLGATE_ROLES leaves out some roles, which could not reach a"
                                + " PostgreSQL embedded here.");
            }
        }
        if (mailServer().isPresent() && mailSender().isEmpty()) {
            problems.add("EMAIL_FROM must be set because SMTP_URL is: mails come from somebody.");
        }
        if (mailServer().isPresent() && encryptionKey().isEmpty() && !embedsKafka()) {
            problems.add(
                    "ENCRYPTION_KEY must be set because SMTP_URL is: mails wait encrypted, for they can hold links that sign"
                            + " somebody in.");
        }
        if (!isLoopback(internalHost()) && clusterSecret().isEmpty()) {
            problems.add(
                    "TOLLGATE_CLUSTER_SECRET must be set because TOLLGATE_INTERNAL_HOST opens the internal port to other"
                            + " machines; use the same 16 or more characters on all instances.");
        }
        return problems;
    }

    private PortChoice portChoice(Setting setting, int usual) {
        return optional(setting, Integer.class)
                .map(port -> new PortChoice(setting, port, port != 0))
                .orElseGet(() -> new PortChoice(setting, usual, false));
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
    }

    private <T> T value(Setting setting, Class<T> type) {
        return optional(setting, type).orElseThrow();
    }

    private <T> Optional<T> optional(Setting setting, Class<T> type) {
        return Optional.ofNullable(values.get(setting)).map(type::cast);
    }

    private static Map<String, String> read(Path file, boolean mustExist) {
        var properties = new Properties();
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new CannotStartException("The configuration file " + file
                        + " is larger than 256 KiB and therefore some other" + " file: correct " + FILE_VARIABLE + ".");
            }
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                properties.load(reader);
            }
        } catch (NoSuchFileException e) {
            if (mustExist) {
                throw new CannotStartException(
                        FILE_VARIABLE + " names the file " + file + ", which does not exist: correct or unset it.", e);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new CannotStartException(
                    "The configuration file " + file + " cannot be read (" + e
                            + "): it must be a readable properties file in UTF-8.",
                    e);
        }
        var keys = new TreeMap<String, String>();
        for (var key : properties.stringPropertyNames()) {
            keys.put(key, properties.getProperty(key));
        }
        return keys;
    }
}
