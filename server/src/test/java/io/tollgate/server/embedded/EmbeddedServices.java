package io.tollgate.server.embedded;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/// Main of the child processes that tests kill: starts the named parts on a data folder, prints where each is, then
/// `READY`, and closes them when its standard input ends.
final class EmbeddedServices {
    private EmbeddedServices() {}

    public static void main(String[] arguments) throws Exception {
        var parts = Arrays.asList(arguments).subList(1, arguments.length);
        try (var folder = DataFolder.open(Path.of(arguments[0]))) {
            try (var kafka = parts.contains("kafka") ? EmbeddedKafka.start(folder.kafka(), anyPort()) : null;
                    var postgres = parts.contains("postgres") ? EmbeddedPostgres.start(folder, anyPort()) : null) {
                if (kafka != null) {
                    say("kafka " + kafka.bootstrapServers());
                }
                if (postgres != null) {
                    say("postgres " + postgres.jdbcUrl() + " " + postgres.password());
                }
                say("READY");
                while (System.in.read() >= 0) {
                    continue;
                }
            }
        } catch (CannotStartException e) {
            say("REFUSED " + e.getMessage());
        }
        say("CLOSED");
        // Kafka leaves threads that are not daemons for a while; the server's main ends the same way.
        System.exit(0);
    }

    static PortChoice anyPort() {
        return new PortChoice(Setting.TOLLGATE_PORT, 0, false);
    }

    private static void say(String line) {
        System.out.write(
                (line + "\n").getBytes(StandardCharsets.UTF_8), 0, line.getBytes(StandardCharsets.UTF_8).length + 1);
        System.out.flush();
    }
}
