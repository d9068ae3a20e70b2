package io.tollgate.server.registry.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.server.registry.Compatibility;
import io.tollgate.server.registry.RegistryFact;
import io.tollgate.server.registry.RegistryFact.CompatibilityCleared;
import io.tollgate.server.registry.RegistryFact.CompatibilitySet;
import io.tollgate.server.registry.RegistryFact.VersionRegistered;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FactFileTest {
    private static final List<RegistryFact> FACTS = List.of(
            new VersionRegistered("für-value", 1, 1, "\"string\""),
            new CompatibilitySet(Optional.empty(), Compatibility.FULL),
            new CompatibilitySet(Optional.of("s\n"), Compatibility.NONE),
            new CompatibilityCleared("s\n"));

    @TempDir
    Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("schemas.jsonl");
        try (var facts = FactFile.open(file)) {
            assertThat(facts.found()).isEmpty();
            FACTS.forEach(facts::append);
        }
    }

    @Test
    void factsComeBackInOrder() throws IOException {
        try (var facts = FactFile.open(file)) {
            assertThat(facts.found()).isEqualTo(FACTS);
        }
    }

    @Test
    void fileCutOffAnywhereGivesTheWholeFactsBeforeAndCanBeWrittenOn() throws IOException {
        var bytes = Files.readAllBytes(file);
        var whole = 0;
        for (var length = 0; length <= bytes.length; length++) {
            if (length > 0 && bytes[length - 1] == '\n') {
                whole++;
            }
            Files.write(file, Arrays.copyOf(bytes, length));
            try (var facts = FactFile.open(file)) {
                assertThat(facts.found()).as("cut at " + length).isEqualTo(FACTS.subList(0, whole));
                facts.append(FACTS.getFirst());
            }
            try (var facts = FactFile.open(file)) {
                assertThat(facts.found()).hasSize(whole + 1).last().isEqualTo(FACTS.getFirst());
            }
        }
        assertThat(whole).isEqualTo(FACTS.size());
    }

    @Test
    void damageBeforeTheEndStopsTheStartAndNamesTheLine() throws IOException {
        var text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("\"fact\"", "\"fa"));

        assertThatThrownBy(() -> FactFile.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 1");
        assertThat(Files.readString(file)).as("nothing is lost").hasSameSizeAs(text.replaceFirst("\"fact\"", "\"fa"));
    }
}
