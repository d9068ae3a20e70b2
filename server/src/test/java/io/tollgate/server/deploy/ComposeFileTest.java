package io.tollgate.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.server.config.Role;
import io.tollgate.server.config.Setting;
import io.tollgate.server.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// Holds `docker-compose.yml` to the settings table and to itself, where no container engine is at hand.
class ComposeFileTest {
    private static final Path FILE = Path.of("..", "docker-compose.yml");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+)(?::-([^}]*))?}");

    /// Variables of the file that are not settings of the server.
    private static final Set<String> OTHER_VARIABLES = Set.of("POSTGRES_PASSWORD");

    private String text = "";
    private Map<String, Object> file = Map.of();
    private Map<String, Map<String, Object>> services = Map.of();

    @BeforeEach
    void read() throws IOException {
        text = Files.readString(FILE);
        file = map(new Yaml(new SafeConstructor(new LoaderOptions())).load(text));
        services = new TreeMap<>();
        map(file.get("services")).forEach((name, service) -> services.put(name, map(service)));
    }

    @Test
    void partsAreThoseOfTheDesign() {
        assertThat(services.keySet())
                .containsExactlyInAnyOrder(
                        "kafka", "postgres", "registry", "server", "aggregator-1", "aggregator-2", "billing");
        var instances = new EnumMap<Role, Integer>(Role.class);
        ownServices()
                .forEach((name, service) ->
                        settings(service).roles().forEach(role -> instances.merge(role, 1, Integer::sum)));
        assertThat(instances).isEqualTo(Map.of(Role.GATEWAY, 1, Role.CONTROL, 1, Role.AGGREGATOR, 2, Role.BILLING, 1));
    }

    @Test
    void everyServiceIsWatchedAndRestarted() {
        services.forEach((name, service) -> {
            assertThat(map(service.get("healthcheck"))).as(name).containsKeys("test", "interval", "timeout", "retries");
            assertThat(service.get("restart")).as(name).isEqualTo("unless-stopped");
        });
    }

    @Test
    void servicesWaitForTheHealthOfServicesThatExist() {
        services.forEach((name, service) -> map(service.getOrDefault("depends_on", Map.of()))
                .forEach((other, condition) -> {
                    assertThat(services).as(name).containsKey(other);
                    assertThat(map(condition)).containsEntry("condition", "service_healthy");
                }));
        assertThat(ownServices().values())
                .allSatisfy(service ->
                        assertThat(map(service.get("depends_on"))).containsOnlyKeys("kafka", "postgres", "registry"));
    }

    @Test
    void theServerAcceptsTheSettingsOfEachOfItsServices() {
        assertThat(ownServices()).hasSize(4).allSatisfy((name, service) -> {
            assertThat(map(service.get("environment")).keySet())
                    .allSatisfy(variable -> assertThat(Setting.named(variable)).isPresent());
            var settings = settings(service);
            assertThat(settings.embedsKafka()).isFalse();
            assertThat(settings.embedsDatabase()).isFalse();
            assertThat(settings.internalHost()).isEqualTo(name);
            assertThat(settings.clusterSecret()).isPresent();
        });
    }

    @Test
    void everyVariableIsASettingOrKnown() {
        var used = new HashSet<String>();
        VARIABLE.matcher(text).results().forEach(match -> used.add(match.group(1)));

        used.removeAll(OTHER_VARIABLES);
        assertThat(used)
                .isNotEmpty()
                .allSatisfy(name -> assertThat(Setting.named(name)).isPresent());
    }

    @Test
    void noAdminKeyIsMadeUp() {
        assertThat(settings(services.get("server")).adminSecretKey()).isEmpty();
    }

    @Test
    void volumesAreDeclaredAndUsedByOneServiceEach() {
        List<String> used = new ArrayList<>();
        services.values()
                .forEach(service -> list(service.getOrDefault("volumes", List.of()))
                        .forEach(volume -> used.add(volume.substring(0, volume.indexOf(':')))));

        assertThat(used).doesNotHaveDuplicates();
        assertThat(map(file.get("volumes")).keySet()).containsExactlyInAnyOrderElementsOf(used);
    }

    @Test
    void onlyTheHttpPortIsPublishedAndOnlyToThisMachine() {
        var published = new TreeMap<String, List<String>>();
        services.forEach((name, service) -> {
            if (service.containsKey("ports")) {
                published.put(name, list(service.get("ports")));
            }
        });

        assertThat(published).containsOnlyKeys("server");
        assertThat(published.get("server")).hasSize(1).allMatch(port -> port.startsWith("127.0.0.1:"));
    }

    @Test
    void oldAndNewComposeBothReadIt() {
        // 1.29 knows no top-level name, and newer ones warn about a version.
        assertThat(file.keySet())
                .filteredOn(key -> !key.startsWith("x-"))
                .containsExactlyInAnyOrder("services", "volumes");
    }

    @Test
    void brokerTakesTheLargestRecordsTheEmbeddedOneTakes() {
        assertThat(map(services.get("kafka").get("environment")))
                .containsEntry("KAFKA_MESSAGE_MAX_BYTES", Integer.toString(10 << 20))
                .containsEntry("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false");
    }

    private Map<String, Map<String, Object>> ownServices() {
        var own = new TreeMap<>(services);
        own.values().removeIf(service -> !service.containsKey("build"));
        return own;
    }

    private static Settings settings(Map<String, Object> service) {
        var environment = new LinkedHashMap<String, String>();
        map(service.get("environment"))
                .forEach((name, value) -> environment.put(
                        name,
                        VARIABLE.matcher(String.valueOf(value))
                                .replaceAll(match -> match.group(2) == null ? "" : match.group(2))));
        return Settings.from(environment, "docker-compose.yml", Map.of());
    }

    @SuppressWarnings("unchecked") // YAML mappings of this file have text keys; a cast that fails fails the test.
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked") // As above.
    private static List<String> list(Object value) {
        return (List<String>) value;
    }
}
