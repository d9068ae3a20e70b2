package io.tollgate.contract.topic;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.InMemorySchemaRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every released version of every contract lies under `golden/` as schema (`<topic>.v<n>.avsc`) and the bytes of one
/// value
/// in wire format (`<topic>.v<n>.hex`), with the value's text (`<topic>.v<n>.json`). They are never edited: a new
/// version is
/// a new set of files.
class SchemaEvolutionTest {
    static List<Topic<?>> topics() {
        return Topics.all();
    }

    @ParameterizedTest
    @MethodSource("topics")
    void todaysContractReadsEveryReleasedVersionAndIsReadByIt(Topic<?> topic) throws IOException {
        Schema today = SchemaDocTest.schemaOf(topic);
        for (int version = 1; exists(topic, version, "avsc"); version++) {
            Schema released = new Schema.Parser().parse(text(topic, version, "avsc"));
            assertThat(compatibility(today, released))
                    .as("%s reads v%d", topic.name(), version)
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
            assertThat(compatibility(released, today))
                    .as("v%d reads %s", version, topic.name())
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        }
        assertThat(exists(topic, 1, "avsc"))
                .as("%s has a golden version", topic.name())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("topics")
    void releasedBytesDecodeToTheReleasedValue(Topic<?> topic) throws IOException {
        for (int version = 1; exists(topic, version, "hex"); version++) {
            InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
            registry.register(topic.registrySubject(), new Schema.Parser().parse(text(topic, version, "avsc")));
            byte[] bytes = HexFormat.of().parseHex(text(topic, version, "hex").strip());
            SpecificRecord value = new AvroDeserializer<>(registry, topic).deserialize(topic.name(), bytes);
            ObjectMapper json = new ObjectMapper();
            assertKept(
                    json.readTree(text(topic, version, "json")),
                    json.readTree(value.toString()),
                    topic.name() + " v" + version);
        }
    }

    /// Fields that were added since have their defaults; everything that was released is there as it was.
    private static void assertKept(JsonNode released, JsonNode today, String path) {
        assertThat(today.getNodeType()).as(path).isEqualTo(released.getNodeType());
        if (released.isObject()) {
            released.properties().forEach(field -> {
                assertThat(today.has(field.getKey()))
                        .as("%s.%s", path, field.getKey())
                        .isTrue();
                assertKept(field.getValue(), today.get(field.getKey()), path + "." + field.getKey());
            });
        } else if (released.isArray()) {
            assertThat(today.size()).as(path).isEqualTo(released.size());
            for (int i = 0; i < released.size(); i++) {
                assertKept(released.get(i), today.get(i), path + "[" + i + "]");
            }
        } else {
            assertThat(today).as(path).isEqualTo(released);
        }
    }

    @ParameterizedTest
    @MethodSource("topics")
    void theLatestVersionIsWrittenToTheSameBytes(Topic<?> topic) throws IOException {
        int latest = 1;
        while (exists(topic, latest + 1, "hex")) {
            latest++;
        }
        rewrite(topic, latest);
    }

    private static <V extends SpecificRecord> void rewrite(Topic<V> topic, int version) throws IOException {
        InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
        registry.register(topic.registrySubject(), SchemaDocTest.schemaOf(topic));
        String hex = text(topic, version, "hex").strip();
        V value = new AvroDeserializer<>(registry, topic)
                .deserialize(topic.name(), HexFormat.of().parseHex(hex));
        byte[] written = new AvroSerializer<>(registry, topic).serialize(topic.name(), value);
        assertThat(HexFormat.of().formatHex(written)).as(topic.name()).isEqualTo(hex);
    }

    private static SchemaCompatibilityType compatibility(Schema reader, Schema writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getType();
    }

    private static boolean exists(Topic<?> topic, int version, String kind) {
        return SchemaEvolutionTest.class.getResource(name(topic, version, kind)) != null;
    }

    private static String text(Topic<?> topic, int version, String kind) throws IOException {
        try (InputStream in = SchemaEvolutionTest.class.getResourceAsStream(name(topic, version, kind))) {
            assertThat(in).as(name(topic, version, kind)).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String name(Topic<?> topic, int version, String kind) {
        return "/golden/" + topic.name() + ".v" + version + "." + kind;
    }
}
