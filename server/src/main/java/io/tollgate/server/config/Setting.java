package io.tollgate.server.config;

import io.tollgate.contract.secret.SecretBox;
import io.tollgate.server.config.SettingType.Addresses;
import io.tollgate.server.config.SettingType.ByteSize;
import io.tollgate.server.config.SettingType.Choice;
import io.tollgate.server.config.SettingType.Database;
import io.tollgate.server.config.SettingType.EditionPrices;
import io.tollgate.server.config.SettingType.Folder;
import io.tollgate.server.config.SettingType.Host;
import io.tollgate.server.config.SettingType.HostPorts;
import io.tollgate.server.config.SettingType.HttpAddress;
import io.tollgate.server.config.SettingType.MailAddress;
import io.tollgate.server.config.SettingType.Origins;
import io.tollgate.server.config.SettingType.Period;
import io.tollgate.server.config.SettingType.Roles;
import io.tollgate.server.config.SettingType.Sender;
import io.tollgate.server.config.SettingType.Targets;
import io.tollgate.server.config.SettingType.Text;
import io.tollgate.server.config.SettingType.Texts;
import io.tollgate.server.config.SettingType.WholeNumber;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Everything that can be set, in the order of the documentation. A constant's name is the name of the environment
/// variable and of the key in the configuration file. `docs/configuration.md` is made from this table and a test
/// keeps it so.
public enum Setting {
    TOLLGATE_DATA(
            new Folder(),
            Fallback.value("./data"),
            "Folder that keeps everything an instance stores: the embedded Kafka, PostgreSQL and registry, counters' state, and"
                    + " generated secrets. One instance per folder. Made with mode 0700 if absent."),
    TOLLGATE_HOST(
            new Host(),
            Fallback.value("127.0.0.1"),
            "Address the HTTP port listens on. Set `0.0.0.0` to be reached from other machines, and put TLS in front then."),
    TOLLGATE_PORT(
            new WholeNumber(0, Setting.PORT_MAX),
            Fallback.value("8080"),
            "HTTP port. 0 takes any free port and prints it."),
    TOLLGATE_ROLES(
            new Roles(),
            Fallback.value("all"),
            "What this instance runs. Anything but `all` needs the Kafka, registry and, for `billing` and `control`, the database"
                    + " settings below, because the other roles could not reach what is embedded here."),

    ADMIN_SECRET_KEY(
            Setting.secretText(),
            Setting.madeOnFirstStart("admin routes answer 401"),
            "Authenticates the administrator (`X-Admin-Key`).",
            true),
    ENCRYPTION_KEY(
            new Text(Setting.ENCRYPTION_KEY_LENGTH_MIN, Setting.SECRET_LENGTH_MAX),
            Setting.madeOnFirstStart("stored credentials answer 503"),
            "Encrypts credentials at rest. Losing it loses them.",
            true),
    ENCRYPTION_KEY_PREVIOUS(
            new Texts(Setting.ENCRYPTION_KEY_LENGTH_MIN, Setting.SECRET_LENGTH_MAX, SecretBox.PREVIOUS_MAX),
            Fallback.words("none"),
            "Values that `ENCRYPTION_KEY` had before, while something is still stored under them. They only decrypt.",
            true),
    CRON_SECRET(
            Setting.secretText(),
            Setting.madeOnFirstStart("cron routes answer 503"),
            "Authenticates scheduled calls.",
            true),
    TOLLGATE_RECEIPT_KEY(
            Setting.secretText(),
            Fallback.words("made on first start and kept under the data folder"),
            "Signs receipts: an Ed25519 private key in PKCS#8 and base64. Give all instances of an installation the same:"
                    + " access tokens of users are signed with a key derived from it, and are not made where each instance has"
                    + " one of its own. Keys that were in use before stay in the data folder,"
                    + " public halves only, and are published with it.",
            true),
    METRICS_TOKEN(
            Setting.secretText(),
            Fallback.words("unset: `/prometheus` is open to whoever reaches the port"),
            "Bearer token that `/prometheus` asks for.",
            true),

    KAFKA_BOOTSTRAP_SERVERS(
            new HostPorts(),
            Fallback.words("unset: a broker of its own under the data folder"),
            "Kafka to use. Set together with `SCHEMA_REGISTRY_URL`."),
    SCHEMA_REGISTRY_URL(
            new HttpAddress(),
            Fallback.words("unset: a registry of its own under the data folder"),
            "Schema registry to use, speaking the Confluent REST API; user and password may stand in the address. Set together"
                    + " with `KAFKA_BOOTSTRAP_SERVERS`.",
            true),
    DATABASE_URL(
            new Database(),
            Fallback.words("unset: a PostgreSQL of its own under the data folder"),
            "PostgreSQL 16 or newer to use, and its user and password.",
            true),

    TOLLGATE_KAFKA_PORT(
            new WholeNumber(0, Setting.PORT_MAX),
            Fallback.words("9092 if free, else any free port"),
            "Port of the embedded Kafka, on loopback. Set and taken: the start fails."),
    TOLLGATE_POSTGRES_PORT(
            new WholeNumber(0, Setting.PORT_MAX),
            Fallback.words("5432 if free, else any free port"),
            "Port of the embedded PostgreSQL, on loopback. Set and taken: the start fails."),
    TOLLGATE_REGISTRY_PORT(
            new WholeNumber(0, Setting.PORT_MAX),
            Fallback.words("8081 if free, else any free port"),
            "Port of the embedded schema registry, on loopback. Set and taken: the start fails."),

    TOLLGATE_INTERNAL_PORT(
            new WholeNumber(0, Setting.PORT_MAX),
            Fallback.value("0"),
            "Port on which other instances ask this one, over gRPC, for admission and for its counters. 0 takes any free port; fix"
                    + " it where a firewall stands between instances."),
    TOLLGATE_INTERNAL_HOST(
            new Host(),
            Fallback.value("127.0.0.1"),
            "Host name or address under which other instances reach this one. Anything but loopback makes the internal port listen"
                    + " on all addresses and needs `TOLLGATE_CLUSTER_SECRET`."),
    TOLLGATE_CLUSTER_SECRET(
            new Text(Setting.CLUSTER_SECRET_LENGTH_MIN, Setting.SECRET_LENGTH_MAX),
            Fallback.words("made on each start; enough for one instance"),
            "Authenticates instances to one another; the same on all of them.",
            true),

    TOLLGATE_PARTITIONS(
            new WholeNumber(1, 1_000),
            Fallback.words("8 with the embedded Kafka, else 48"),
            "Partitions of the usage topics, fixed when they are made; a start that finds another number fails."),
    TOLLGATE_STREAM_THREADS(
            new WholeNumber(1, 64),
            Fallback.words("one per processor, at most 8"),
            "Threads that count. More than partitions are idle."),
    TOLLGATE_STANDBYS(
            new WholeNumber(0, 5),
            Fallback.words("0 with the embedded Kafka, else 1"),
            "Copies of the counters kept warm on other instances."),
    DEDUPE_HORIZON(
            new Period(Duration.ofHours(1), Duration.ofDays(400)),
            Fallback.value("35d"),
            "How long a seen idempotency key is remembered, by arrival time. Longer costs disk; shorter counts a client twice that"
                    + " replays an older queue."),
    EVENT_MAX_AHEAD(
            new Period(Duration.ZERO, Duration.ofDays(1)),
            Fallback.value("5m"),
            "How far an event's time may lie in the future; further is refused."),
    EVENT_MAX_AGE(
            new Period(Duration.ofMinutes(1), Duration.ofDays(36_500)),
            Fallback.words("unset: any age"),
            "How old an event may be; older is refused."),
    TOLLGATE_INFLIGHT_BYTES_MAX(
            new ByteSize(16L << 20, 16L << 30),
            Fallback.value("128m"),
            "Request bytes taken in and not yet acknowledged by Kafka, over all requests; beyond it the gateway answers 503 with"
                    + " `Retry-After`."),
    SELF_HOSTED(
            new Choice(List.of("true", "false")),
            Fallback.words("true when Kafka and the database are embedded, else false"),
            "`true`: the operator is the only customer, so the limits of editions, such as new metrics per day, are not enforced."),
    PROXY_ALLOWED_TARGETS(
            new Targets(),
            Fallback.words("none: only the open internet"),
            "Places that webhooks and the proxy may reach although they are private; webhooks to them may use plain `http`."),
    TOLLGATE_URL(
            new HttpAddress(),
            Fallback.value("http://localhost:8080"),
            "Address under which this installation is reached: for links, and so that the proxy does not call itself."),
    APP_URL(
            new HttpAddress(),
            Fallback.words("the value of `TOLLGATE_URL`"),
            "Address under which people open this installation: links in mails begin with it, and its pages may change things with"
                    + " a session cookie. With `https` cookies are sent over TLS only."),
    CORS_ALLOWED_ORIGINS(
            new Origins(),
            Fallback.words("none"),
            "Origins of other pages that may change things with a session cookie, as those of `APP_URL` may."),
    PROXY_DOMAIN_AUTHORIZATION(
            new Choice(List.of("true", "false")),
            Fallback.value("false"),
            "`true`: the proxy forwards only to hosts whose `/.tollgate.json` or `/.tracktags.json` lists the organization."),

    SMTP_URL(
            new MailAddress(),
            Fallback.words(
                    "unset: no mails are sent; links of invitations are in the answers only, and nobody gets a new password"),
            "Server that takes mails: `smtps://` for TLS from the start (port 465), `smtp://` for TLS as soon as the server offers it"
                    + " (port 587). A password is sent under TLS only, but for a server on this machine. Needs `EMAIL_FROM`.",
            true),
    EMAIL_FROM(new Sender(), Fallback.words("unset"), "Who mails come from."),

    STRIPE_WEBHOOK_SECRET(
            Setting.secretText(),
            Fallback.words("unset: the platform's Stripe webhook answers 503"),
            "Secret with which Stripe signs the webhooks of the operator's own account (`whsec_…`). Organizations store theirs as"
                    + " credentials.",
            true),
    STRIPE_API_KEY(
            Setting.secretText(),
            Fallback.words(
                    "unset: subscriptions are not reconciled, nothing can be bought, and the routes for both answer 503"),
            "Key of the operator's own Stripe account, to compare organizations' subscriptions with it every day, and to sell"
                    + " editions. It must be allowed to read subscriptions and invoices, and to make sessions of checkout and portal.",
            true),
    STRIPE_API_BASE(
            new HttpAddress(),
            Fallback.words("unset: `https://api.stripe.com`"),
            "Where Stripe's API is asked, for the operator's account and those of organizations."),
    STRIPE_EDITION_PRICES(
            new EditionPrices(),
            Fallback.words("none: a price names its edition itself, as metadata `edition` or lookup key"),
            "Which edition an organization has that pays a price at Stripe."),

    MOCK_MODE(
            new Choice(List.of("true", "false")),
            Fallback.value("false"),
            "`true`: machines for tenants are only pretended, for trying it out; their ids begin with `mock_`. `false`: they are"
                    + " made at Fly.io with the organization's credential of type `fly`."),
    FLY_API_BASE(
            new HttpAddress(),
            Fallback.words("unset: `https://api.machines.dev`"),
            "Where Fly.io's Machines API is asked. It is given the credentials of organizations."),
    MACHINE_IMAGE(
            new Text(1, Setting.IMAGE_LENGTH_MAX),
            Fallback.value("flyio/hellofly:latest"),
            "What a machine runs that is made because a limit with the action `scale` was crossed, for tenants whose plan names no"
                    + " `docker_image`."),

    TRUSTED_PROXIES(
            new Addresses(),
            Fallback.value("127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"),
            "Proxies in front of this instance: what they say about a client's address (`X-Forwarded-For`, `X-Real-IP`,"
                    + " `Fly-Client-IP`) is believed, what others say is not."),
    IP_GUARD(
            new Choice(List.of("on", "off")),
            Fallback.value("on"),
            "`on`: an address that sends 6,000 requests without a valid credential within 300 s is refused such requests for"
                    + " 300 s. Requests with one are always served."),

    LOG_FORMAT(
            new Choice(List.of("text", "json")), Fallback.value("text"), "Form of the log lines on standard output."),
    LOG_LEVEL(
            new Choice(List.of("error", "warn", "info", "debug", "trace")),
            Fallback.value("info"),
            "Least severity that is logged. Kafka's own classes stay one step quieter.");

    static final int PORT_MAX = 65_535;

    /// A registry, a name and a tag.
    static final int IMAGE_LENGTH_MAX = 500;

    /// Fixed by the published API: shorter keys are refused.
    static final int ENCRYPTION_KEY_LENGTH_MIN = 16;

    /// It crosses the network on every internal call, so guessing it must be hopeless.
    static final int CLUSTER_SECRET_LENGTH_MIN = 16;

    /// Longer than any key in use; bounds what is compared on each request.
    static final int SECRET_LENGTH_MAX = 1_024;

    @SuppressWarnings("ImmutableEnumChecker") // Its variants are records of immutable values.
    private final SettingType type;

    @SuppressWarnings("ImmutableEnumChecker") // A record of immutable values.
    private final Fallback fallback;

    private final String meaning;
    private final boolean secret;

    Setting(SettingType type, Fallback fallback, String meaning) {
        this(type, fallback, meaning, false);
    }

    Setting(SettingType type, Fallback fallback, String meaning, boolean secret) {
        this.type = type;
        this.fallback = fallback;
        this.meaning = meaning;
        this.secret = secret;
    }

    /// What it does, in full sentences.
    public String meaning() {
        return meaning;
    }

    /// The default in words; for settings whose default depends on others, what it depends on.
    public String defaultText() {
        return fallback.isValue() ? "`" + fallback.text() + "`" : fallback.text();
    }

    /// Which values are allowed, in words.
    public String bounds() {
        return type.bounds();
    }

    /// Whether its value must never be printed.
    public boolean secret() {
        return secret;
    }

    /// Names under which a product that this one replaces knows it; its own is looked at first.
    public List<String> aliases() {
        return this == TOLLGATE_URL ? List.of("TRACKTAGS_URL") : List.of();
    }

    Stream<String> names() {
        return Stream.concat(Stream.of(name()), aliases().stream());
    }

    /// The setting of this name or alias, if there is one.
    public static Optional<Setting> named(String name) {
        for (var setting : values()) {
            if (setting.names().anyMatch(name::equals)) {
                return Optional.of(setting);
            }
        }
        return Optional.empty();
    }

    /// Throws IllegalArgumentException with the rest of a sentence that begins with the setting's name.
    Object parse(String text) {
        return type.parse(text);
    }

    Fallback fallback() {
        return fallback;
    }

    private static SettingType secretText() {
        return new Text(1, SECRET_LENGTH_MAX);
    }

    private static Fallback madeOnFirstStart(String otherwise) {
        return Fallback.words(
                "made on first start and kept under the data folder when everything is embedded; otherwise unset: "
                        + otherwise);
    }
}
