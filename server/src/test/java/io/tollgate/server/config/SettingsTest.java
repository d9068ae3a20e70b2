package io.tollgate.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tollgate.control.mail.smtp.MailServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SettingsTest {
    private static final Map<String, String> NONE = Map.of();

    private static Settings of(Map<String, String> environment) {
        return Settings.from(environment, "tollgate.properties", NONE);
    }

    private static InvalidSettingsException refused(Map<String, String> environment, Map<String, String> file) {
        return catchThrowableOfType(
                InvalidSettingsException.class, () -> Settings.from(environment, "tollgate.properties", file));
    }

    @Test
    void nothingSetEmbedsEverythingOnLoopback() {
        var settings = of(NONE);

        assertThat(settings.data()).isEqualTo(Path.of("data").toAbsolutePath());
        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isEqualTo(8080);
        assertThat(settings.roles()).containsExactlyInAnyOrder(Role.values());
        assertThat(settings.embedsKafka()).isTrue();
        assertThat(settings.embedsDatabase()).isTrue();
        assertThat(settings.kafkaPort()).isEqualTo(new PortChoice(Setting.TOLLGATE_KAFKA_PORT, 9092, false));
        assertThat(settings.postgresPort().port()).isEqualTo(5432);
        assertThat(settings.registryPort().port()).isEqualTo(8081);
        assertThat(settings.internalBindAddress()).isEqualTo("127.0.0.1");
        assertThat(settings.partitions()).isEqualTo(8);
        assertThat(settings.standbys()).isZero();
        assertThat(settings.dedupeHorizon()).isEqualTo(Duration.ofDays(35));
        assertThat(settings.eventMaxAhead()).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.eventMaxAge()).isEmpty();
        assertThat(settings.inflightBytesMax()).isEqualTo(128L << 20);
        assertThat(settings.adminSecretKey()).isEmpty();
        assertThat(settings.appUrl()).isEqualTo(URI.create("http://localhost:8080"));
        assertThat(settings.allowedOrigins()).isEmpty();
        assertThat(settings.mailServer()).isEmpty();
        assertThat(settings.logFormat()).isEqualTo("text");
        assertThat(settings.logLevel()).isEqualTo("info");
    }

    @Test
    void everySettingIsReadFromTheEnvironment() {
        var settings = of(Map.ofEntries(
                Map.entry("TOLLGATE_DATA", "/srv/tollgate"),
                Map.entry("TOLLGATE_HOST", "0.0.0.0"),
                Map.entry("TOLLGATE_PORT", "0"),
                Map.entry("TOLLGATE_ROLES", "Gateway, billing"),
                Map.entry("ADMIN_SECRET_KEY", "admin"),
                Map.entry("ENCRYPTION_KEY", "sixteen-chars-or"),
                Map.entry("ENCRYPTION_KEY_PREVIOUS", "sixteen-chars-of, another-sixteen-chars"),
                Map.entry("CRON_SECRET", "cron"),
                Map.entry("METRICS_TOKEN", "scrape"),
                Map.entry("KAFKA_BOOTSTRAP_SERVERS", "a:9092, b:9092"),
                Map.entry("SCHEMA_REGISTRY_URL", "http://registry:8080/apis/ccompat/v7/"),
                Map.entry("DATABASE_URL", "postgresql://me:p%40ss@db/billing?sslmode=require"),
                Map.entry("TOLLGATE_KAFKA_PORT", "19092"),
                Map.entry("TOLLGATE_POSTGRES_PORT", "0"),
                Map.entry("TOLLGATE_REGISTRY_PORT", "18081"),
                Map.entry("TOLLGATE_INTERNAL_PORT", "7000"),
                Map.entry("TOLLGATE_INTERNAL_HOST", "node-1"),
                Map.entry("TOLLGATE_CLUSTER_SECRET", "sixteen-chars-or-more"),
                Map.entry("TOLLGATE_PARTITIONS", "12"),
                Map.entry("TOLLGATE_STREAM_THREADS", "3"),
                Map.entry("TOLLGATE_STANDBYS", "2"),
                Map.entry("DEDUPE_HORIZON", "P2D"),
                Map.entry("EVENT_MAX_AHEAD", "90s"),
                Map.entry("EVENT_MAX_AGE", "365d"),
                Map.entry("TOLLGATE_INFLIGHT_BYTES_MAX", "64MB"),
                Map.entry("SELF_HOSTED", "TRUE"),
                Map.entry("PROXY_ALLOWED_TARGETS", "hooks.internal, 10.0.0.0/8"),
                Map.entry("TOLLGATE_URL", "http://gate:8080/"),
                Map.entry("APP_URL", "https://app.example.com/base/"),
                Map.entry("CORS_ALLOWED_ORIGINS", "https://a.example.com, http://localhost:3000/"),
                Map.entry("SMTP_URL", "smtps://me:p%40ss@mail.example.com"),
                Map.entry("EMAIL_FROM", "Tollgate <billing@example.com>"),
                Map.entry("LOG_FORMAT", "JSON"),
                Map.entry("LOG_LEVEL", "debug")));

        assertThat(settings.data()).isEqualTo(Path.of("/srv/tollgate"));
        assertThat(settings.host()).isEqualTo("0.0.0.0");
        assertThat(settings.port()).isZero();
        assertThat(settings.roles()).containsExactlyInAnyOrder(Role.GATEWAY, Role.BILLING);
        assertThat(settings.runs(Role.CONTROL)).isFalse();
        assertThat(settings.adminSecretKey()).contains("admin");
        assertThat(settings.encryptionKey()).contains("sixteen-chars-or");
        assertThat(settings.encryptionKeyPrevious()).containsExactly("sixteen-chars-of", "another-sixteen-chars");
        assertThat(settings.cronSecret()).contains("cron");
        assertThat(settings.metricsToken()).contains("scrape");
        assertThat(settings.kafkaBootstrapServers()).contains("a:9092,b:9092");
        assertThat(settings.schemaRegistryUrl()).contains(URI.create("http://registry:8080/apis/ccompat/v7"));
        assertThat(settings.databaseUrl())
                .contains(new DatabaseUrl("jdbc:postgresql://db:5432/billing?sslmode=require", "me", "p@ss"));
        assertThat(settings.kafkaPort()).isEqualTo(new PortChoice(Setting.TOLLGATE_KAFKA_PORT, 19092, true));
        assertThat(settings.postgresPort()).isEqualTo(new PortChoice(Setting.TOLLGATE_POSTGRES_PORT, 0, false));
        assertThat(settings.registryPort()).isEqualTo(new PortChoice(Setting.TOLLGATE_REGISTRY_PORT, 18081, true));
        assertThat(settings.internalPort()).isEqualTo(7000);
        assertThat(settings.internalHost()).isEqualTo("node-1");
        assertThat(settings.internalBindAddress()).isEqualTo("0.0.0.0");
        assertThat(settings.clusterSecret()).contains("sixteen-chars-or-more");
        assertThat(settings.partitions()).isEqualTo(12);
        assertThat(settings.streamThreads()).isEqualTo(3);
        assertThat(settings.standbys()).isEqualTo(2);
        assertThat(settings.selfHosted()).isTrue();
        assertThat(settings.dedupeHorizon()).isEqualTo(Duration.ofDays(2));
        assertThat(settings.eventMaxAhead()).isEqualTo(Duration.ofSeconds(90));
        assertThat(settings.eventMaxAge()).contains(Duration.ofDays(365));
        assertThat(settings.inflightBytesMax()).isEqualTo(64L << 20);
        assertThat(settings.outboundTargets().lists(URI.create("http://hooks.internal/")))
                .isTrue();
        assertThat(settings.appUrl()).isEqualTo(URI.create("https://app.example.com/base"));
        assertThat(settings.allowedOrigins())
                .containsExactly(URI.create("https://a.example.com"), URI.create("http://localhost:3000"));
        assertThat(settings.mailServer()).contains(MailServer.parse("smtps://me:p%40ss@mail.example.com:465"));
        assertThat(settings.mailSender()).contains("Tollgate <billing@example.com>");
        assertThat(settings.logFormat()).isEqualTo("json");
        assertThat(settings.logLevel()).isEqualTo("debug");
        assertThat(settings.embedsKafka()).isFalse();
        assertThat(settings.embedsDatabase()).isFalse();
    }

    @Test
    void environmentWinsOverTheFileAndAnEmptyVariableDoesNot() {
        var file = Map.of("TOLLGATE_PORT", "1111", "LOG_LEVEL", "warn");

        var settings = Settings.from(Map.of("TOLLGATE_PORT", "2222", "LOG_LEVEL", ""), "f", file);

        assertThat(settings.port()).isEqualTo(2222);
        assertThat(settings.logLevel()).isEqualTo("warn");
    }

    @Test
    void allProblemsAreReportedAtOnceAndByName() {
        var refused = refused(
                Map.of("TOLLGATE_PORT", "eighty", "ENCRYPTION_KEY", "short"),
                Map.of("DEDUPE_HORIZON", "1s", "TOLLGATE_PARTITION", "8"));

        assertThat(refused.problems())
                .hasSize(4)
                .anyMatch(p -> p.startsWith("TOLLGATE_PARTITION in tollgate.properties is not a setting"))
                .anyMatch(p -> p.startsWith("TOLLGATE_PORT must be a whole number, 0 to 65535, and is 'eighty'"))
                .anyMatch(p -> p.startsWith("ENCRYPTION_KEY must have 16 to 1024 characters"))
                .anyMatch(p -> p.startsWith("DEDUPE_HORIZON in tollgate.properties must be a duration"));
        assertThat(refused.getMessage()).contains(refused.problems());
    }

    @Test
    void secretsAppearNeitherInProblemsNorInText() {
        var refused = refused(
                Map.of(
                        "ENCRYPTION_KEY",
                        "hunter2",
                        "DATABASE_URL",
                        "mysql://u:hunter2@h/d",
                        "SMTP_URL",
                        "smtp://u:hunter2@h/path"),
                NONE);
        assertThat(refused.problems()).hasSize(3).noneMatch(p -> p.contains("hunter2"));

        var settings = of(Map.of("ADMIN_SECRET_KEY", "hunter2", "DATABASE_URL", "postgres://u:hunter2@h/d"));
        assertThat(settings.toString()).contains("ADMIN_SECRET_KEY=(secret)").doesNotContain("hunter2");
        assertThat(settings.databaseUrl().orElseThrow().toString()).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            KAFKA_BOOTSTRAP_SERVERS=k:9092                    | SCHEMA_REGISTRY_URL must be set
            SCHEMA_REGISTRY_URL=http://r                      | KAFKA_BOOTSTRAP_SERVERS must be set
            TOLLGATE_ROLES=gateway                            | KAFKA_BOOTSTRAP_SERVERS must be set
            TOLLGATE_ROLES=billing                            | DATABASE_URL must be set
            TOLLGATE_INTERNAL_HOST=10.0.0.1                   | TOLLGATE_CLUSTER_SECRET must be set
            SMTP_URL=smtp://localhost                         | EMAIL_FROM must be set
            """)
    void settingsThatContradictEachOtherAreRefused(String setting, String problem) {
        var equals = setting.indexOf('=');

        var refused = refused(Map.of(setting.substring(0, equals), setting.substring(equals + 1)), NONE);

        assertThat(refused.problems()).anyMatch(p -> p.startsWith(problem));
    }

    @Test
    void mailsWaitUnderAKeyOfTheOperators() {
        var refused = refused(
                Map.of(
                        "KAFKA_BOOTSTRAP_SERVERS", "k:9092",
                        "SCHEMA_REGISTRY_URL", "http://r",
                        "SMTP_URL", "smtp://localhost",
                        "EMAIL_FROM", "a@b.c"),
                NONE);

        assertThat(refused.problems()).singleElement().asString().startsWith("ENCRYPTION_KEY must be set");
    }

    @Test
    void rolesWithoutADatabaseNeedNone() {
        var settings = of(Map.of(
                "TOLLGATE_ROLES", "gateway,aggregator",
                "KAFKA_BOOTSTRAP_SERVERS", "k:9092",
                "SCHEMA_REGISTRY_URL", "http://r"));

        assertThat(settings.embedsDatabase()).isFalse();
        assertThat(settings.partitions()).isEqualTo(48);
        assertThat(settings.standbys()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            TOLLGATE_PORT               | 65536
            TOLLGATE_PORT               | -1
            TOLLGATE_ROLES              | gateway,gatekeeper
            TOLLGATE_ROLES              | ,
            ENCRYPTION_KEY              | fifteen-chars-x
            ENCRYPTION_KEY_PREVIOUS     | sixteen-chars-of,fifteen-chars-x
            PROXY_ALLOWED_TARGETS       | 10.0.0.0/33
            TOLLGATE_CLUSTER_SECRET     | fifteen-chars-x
            KAFKA_BOOTSTRAP_SERVERS     | broker
            SCHEMA_REGISTRY_URL         | registry:8081
            DATABASE_URL                | postgresql://host
            DATABASE_URL                | postgresql:///name
            TOLLGATE_PARTITIONS         | 0
            TOLLGATE_STREAM_THREADS     | 65
            TOLLGATE_STANDBYS           | 6
            DEDUPE_HORIZON              | 59m
            DEDUPE_HORIZON              | 401d
            DEDUPE_HORIZON              | 35
            EVENT_MAX_AHEAD             | 25h
            EVENT_MAX_AGE               | 59s
            TOLLGATE_INFLIGHT_BYTES_MAX | 15m
            TOLLGATE_INFLIGHT_BYTES_MAX | 17g
            APP_URL                     | app.example.com
            CORS_ALLOWED_ORIGINS        | https://a.example.com/path
            CORS_ALLOWED_ORIGINS        | https://a.example.com,*
            SMTP_URL                    | mail.example.com:25
            EMAIL_FROM                  | Tollgate
            EMAIL_FROM                  | a@b.c, d@e.f
            LOG_FORMAT                  | xml
            LOG_LEVEL                   | verbose
            """)
    void valuesOutOfBoundsAreRefused(String name, String value) {
        assertThat(refused(Map.of(name, value), NONE).problems()).anyMatch(p -> p.startsWith(name + " must "));
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    void everySettingHasAMeaningAndBounds(Setting setting) {
        assertThat(setting.meaning()).endsWith(".");
        assertThat(setting.bounds()).isNotBlank();
        assertThat(setting.defaultText()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            jdbc:postgresql://h:1/d?user=u&password=a%26b&ssl=true | jdbc:postgresql://h:1/d?ssl=true | u | a&b
            postgres://u:a+b@h/d                                   | jdbc:postgresql://h:5432/d       | u | a+b
            postgresql://[::1]:5433/d                              | jdbc:postgresql://[::1]:5433/d   | '' | ''
            """)
    void databaseUrlsOfAllFormsAreTakenApart(String text, String jdbc, String user, String password) {
        assertThat(DatabaseUrl.parse(text)).isEqualTo(new DatabaseUrl(jdbc, user, password));
    }

    @Test
    void theFileIsReadAndMustExistWhenNamed(@TempDir Path folder) throws Exception {
        var file = folder.resolve("my.properties");
        Files.writeString(file, "TOLLGATE_PORT = 9999\n# a comment\n");

        assertThat(Settings.load(Map.of("TOLLGATE_CONFIG", file.toString())).port())
                .isEqualTo(9999);
        assertThatThrownBy(() -> Settings.load(
                        Map.of("TOLLGATE_CONFIG", folder.resolve("no").toString())))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> Settings.load(Map.of("TOLLGATE_CONFIG", folder.toString())))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("cannot be read");
    }

    @Test
    void ownAddressIsReadUnderItsFormerNameToo() {
        URI former = URI.create("https://former.example");
        URI own = URI.create("https://own.example");

        assertThat(Settings.from(Map.of("TRACKTAGS_URL", former.toString()), "file", Map.of())
                        .ownUrl())
                .isEqualTo(former);
        assertThat(Settings.from(Map.of(), "file", Map.of("TRACKTAGS_URL", former.toString()))
                        .ownUrl())
                .isEqualTo(former);
        assertThat(Settings.from(
                                Map.of("TRACKTAGS_URL", former.toString(), "TOLLGATE_URL", own.toString()),
                                "file",
                                Map.of())
                        .ownUrl())
                .isEqualTo(own);
    }
}
