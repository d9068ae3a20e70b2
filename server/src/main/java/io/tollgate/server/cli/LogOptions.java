package io.tollgate.server.cli;

import io.tollgate.server.config.Settings;
import io.tollgate.server.embedded.RunningInstance;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where a command finds the log.
final class LogOptions {
    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description =
                    "Where the log is (default: KAFKA_BOOTSTRAP_SERVERS, else the server that runs on the data folder).")
    private @Nullable String kafka;

    @Option(
            names = "--registry",
            paramLabel = "URL",
            description = "The schema registry of the log (default: SCHEMA_REGISTRY_URL, else as for --kafka).")
    private @Nullable String registry;

    /// @param instead what to give where no server runs, for the sentence that says so
    String servers(Settings settings, Optional<RunningInstance> running, String instead) {
        return Optional.ofNullable(kafka)
                .or(settings::kafkaBootstrapServers)
                .or(() -> running.map(RunningInstance::kafka))
                .orElseThrow(() -> nobodyRuns(instead));
    }

    /// @param instead as above
    String schemas(Settings settings, Optional<RunningInstance> running, String instead) {
        return Optional.ofNullable(registry)
                .or(() -> settings.schemaRegistryUrl().map(URI::toString))
                .or(() -> running.map(RunningInstance::registry))
                .orElseThrow(() -> nobodyRuns(instead));
    }

    static CommandFailure nobodyRuns(String instead) {
        return new CommandFailure("no server runs on this data folder: give " + instead + ".");
    }
}
