package io.tollgate.systemtest;

import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import io.tollgate.server.config.Settings;
import io.tollgate.server.embedded.DataFolder;
import io.tollgate.server.embedded.EmbeddedKafka;
import io.tollgate.server.embedded.EmbeddedPostgres;
import io.tollgate.server.embedded.EmbeddedSchemaRegistry;
import io.tollgate.server.runtime.Instance;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// Main of the process that a cluster of instances stands on: Kafka, schema registry and PostgreSQL as the server
/// embeds them, and an instance with the roles of TOLLGATE_ROLES; with the control role if none are named, so that it
/// neither counts nor takes events in. Ends with SIGTERM.
final class BaseServices {
    private static final String CONTROL = "control";

    private BaseServices() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(System.getenv(Setting.TOLLGATE_DATA.name()));
        DataFolder folder = DataFolder.open(data.resolve("services"));
        EmbeddedKafka kafka = EmbeddedKafka.start(folder.kafka(), port(Setting.TOLLGATE_KAFKA_PORT));
        EmbeddedSchemaRegistry registry =
                EmbeddedSchemaRegistry.start(folder.schemaRegistry(), port(Setting.TOLLGATE_REGISTRY_PORT));
        EmbeddedPostgres postgres = EmbeddedPostgres.start(folder, port(Setting.TOLLGATE_POSTGRES_PORT));
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put(Setting.TOLLGATE_DATA.name(), data.resolve("control").toString());
        String roles = environment.computeIfAbsent(Setting.TOLLGATE_ROLES.name(), name -> CONTROL);
        environment.put(Setting.KAFKA_BOOTSTRAP_SERVERS.name(), kafka.bootstrapServers());
        environment.put(Setting.SCHEMA_REGISTRY_URL.name(), registry.url().toString());
        if (roles.contains(CONTROL)) {
            environment.put(
                    Setting.DATABASE_URL.name(),
                    postgres.jdbcUrl()
                            .replace(
                                    "jdbc:postgresql://",
                                    "postgresql://" + postgres.user() + ":" + postgres.password() + "@"));
        }
        Instance instance = Instance.start(Settings.load(environment), step -> System.out.println("base: " + step));
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            instance.close();
            postgres.close();
            registry.close();
            kafka.close();
            folder.close();
        }));
        new CountDownLatch(1).await();
    }

    private static PortChoice port(Setting setting) {
        return new PortChoice(setting, Integer.parseInt(System.getenv(setting.name())), true);
    }
}
