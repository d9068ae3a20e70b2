package io.tollgate.contract.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaDocTest {
    static List<Topic<?>> topics() {
        return Topics.all();
    }

    @ParameterizedTest
    @MethodSource("topics")
    void everyRecordAndFieldSaysWhatItMeans(Topic<?> topic) {
        walk(schemaOf(topic), topic.name(), new HashSet<>());
    }

    @ParameterizedTest
    @MethodSource("topics")
    void everyNameHasThePrefixAndEveryRecordFits(Topic<?> topic) {
        assertThat(topic.name()).startsWith(Topics.PREFIX);
        assertThat(topic.config()).containsEntry("max.message.bytes", Integer.toString(Topics.RECORD_BYTES_MAX));
    }

    static Schema schemaOf(Topic<?> topic) {
        return SpecificData.get().getSchema(topic.valueType());
    }

    private static void walk(Schema schema, String path, Set<String> seen) {
        switch (schema.getType()) {
            case RECORD -> {
                if (seen.add(schema.getFullName())) {
                    assertThat(schema.getDoc()).as(path).isNotBlank();
                    for (Schema.Field field : schema.getFields()) {
                        assertThat(field.doc()).as("%s.%s", path, field.name()).isNotBlank();
                        walk(field.schema(), path + "." + field.name(), seen);
                    }
                }
            }
            case ENUM -> {
                assertThat(schema.getDoc()).as(path).isNotBlank();
                assertThat(schema.getEnumSymbols().getFirst()).as(path).isEqualTo("UNKNOWN");
                assertThat(schema.getEnumDefault()).as(path).isEqualTo("UNKNOWN");
            }
            case ARRAY -> walk(schema.getElementType(), path + "[]", seen);
            case UNION -> {
                assertThat(schema.getTypes()).as(path).hasSize(2);
                assertThat(schema.getTypes().getFirst().getType()).as(path).isEqualTo(Schema.Type.NULL);
                walk(schema.getTypes().getLast(), path, seen);
            }
            case FLOAT, DOUBLE -> throw new AssertionError(path + " is binary floating point");
            default -> {}
        }
    }
}
