package io.tollgate.server.runtime;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.DatabaseUrl;
import io.tollgate.server.config.Settings;
import io.tollgate.server.embedded.DataFolder;
import io.tollgate.server.embedded.EmbeddedKafka;
import io.tollgate.server.embedded.EmbeddedPostgres;
import io.tollgate.server.embedded.EmbeddedSchemaRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where Kafka, the schema registry and PostgreSQL are: those that the settings name, or real ones of this process's
/// own
/// under the data folder.
///
/// @param database empty if no role of this instance needs one
record Infrastructure(String bootstrapServers, String registryUrl, Optional<DatabaseUrl> database) {
    private static final Logger LOG = LoggerFactory.getLogger(Infrastructure.class);
    private static final Duration POSTGRES_START_MAX = Duration.ofSeconds(30);

    /// Starts what is not configured; PostgreSQL beside Kafka, since each takes seconds.
    static Infrastructure start(Settings settings, DataFolder folder, Closing closing, Consumer<String> progress) {
        FutureTask<Optional<EmbeddedPostgres>> postgres = new FutureTask<>(() -> settings.embedsDatabase()
                ? Optional.of(EmbeddedPostgres.start(folder, settings.postgresPort()))
                : Optional.empty());
        if (settings.embedsDatabase()) {
            progress.accept("PostgreSQL starts");
        }
        Thread.ofPlatform().name("start-postgres").start(postgres);
        closing.onClose("PostgreSQL", () -> stopOf(postgres));
        Optional<EmbeddedSchemaRegistry> registry = Optional.empty();
        Optional<EmbeddedKafka> kafka = Optional.empty();
        if (settings.embedsKafka()) {
            progress.accept("Kafka and the schema registry start");
            kafka = Optional.of(closing.add("Kafka", EmbeddedKafka.start(folder.kafka(), settings.kafkaPort())));
            registry = Optional.of(closing.add(
                    "schema registry", EmbeddedSchemaRegistry.start(folder.schemaRegistry(), settings.registryPort())));
        }
        Optional<DatabaseUrl> embedded =
                get(postgres).map(own -> new DatabaseUrl(own.jdbcUrl(), own.user(), own.password()));
        return new Infrastructure(
                kafka.map(EmbeddedKafka::bootstrapServers)
                        .or(settings::kafkaBootstrapServers)
                        .orElseThrow(),
                registry.map(own -> own.url().toString())
                        .or(() -> settings.schemaRegistryUrl().map(Object::toString))
                        .orElseThrow(),
                embedded.or(settings::databaseUrl));
    }

    private static void stopOf(Future<Optional<EmbeddedPostgres>> postgres) {
        try {
            // It may still be starting when something else failed; what it becomes must not outlive this process.
            postgres.get(POSTGRES_START_MAX.toSeconds(), TimeUnit.SECONDS).ifPresent(EmbeddedPostgres::close);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("PostgreSQL had not started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure
                    ? failure
                    : new CannotStartException("PostgreSQL did not start: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotStartException("interrupted while PostgreSQL started", e);
        }
    }
}
