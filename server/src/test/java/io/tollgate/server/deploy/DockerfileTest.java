package io.tollgate.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.server.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Holds the `Dockerfile` to the source tree and the settings table, where no container engine is at hand.
class DockerfileTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern VARIABLE = Pattern.compile("\\b([A-Z]+_[A-Z_]+)=");

    private final List<List<String>> instructions = new ArrayList<>();

    @BeforeEach
    void read() throws IOException {
        var text = Files.readString(ROOT.resolve("Dockerfile")).replace("\\\n", " ");
        text.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .forEach(line -> instructions.add(Arrays.asList(line.strip().split("\\s+"))));
    }

    private List<List<String>> all(String instruction) {
        return instructions.stream()
                .filter(words -> words.getFirst().equals(instruction))
                .toList();
    }

    @Test
    void copiedSourcesExist() {
        var copies = all("COPY").stream()
                .filter(words -> !words.get(1).startsWith("--from"))
                .toList();

        assertThat(copies)
                .isNotEmpty()
                .allSatisfy(words -> words.subList(1, words.size() - 1)
                        .forEach(source -> assertThat(ROOT.resolve(source)).exists()));
    }

    @Test
    void whatTheImageRunsIsWhatTheBuildMakes() throws IOException {
        var pom = Files.readString(Path.of("pom.xml"));

        assertThat(all("COPY").toString()).contains("/src/server/target/tollgate/lib");
        assertThat(pom).contains("<outputDirectory>${project.build.directory}/tollgate/lib</outputDirectory>");
        assertThat(all("ENTRYPOINT").toString())
                .contains("io.tollgate.server.Main")
                .contains("/opt/tollgate/lib/*");
    }

    @Test
    void imageRunsAsAnOrdinaryUserWatchedWithItsDataOutside() {
        assertThat(all("USER")).hasSize(1).noneMatch(words -> words.contains("root"));
        assertThat(all("HEALTHCHECK").toString()).contains("/health/ready");
        assertThat(all("VOLUME").toString()).contains("/var/lib/tollgate/data");
        assertThat(all("FROM")).hasSize(2).allMatch(words -> words.get(1).contains("25"));
    }

    @Test
    void variablesAreSettings() {
        var variables = VARIABLE.matcher(all("ENV").toString())
                .results()
                .map(match -> match.group(1))
                .toList();

        assertThat(variables)
                .contains("TOLLGATE_DATA", "TOLLGATE_HOST")
                .allSatisfy(name -> assertThat(Setting.named(name)).isPresent());
    }
}
