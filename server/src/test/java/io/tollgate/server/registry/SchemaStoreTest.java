package io.tollgate.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaStoreTest {
    private static final String PLAIN = record("");
    private static final String WITH_DEFAULT = record(",{\"name\":\"b\",\"type\":\"int\",\"default\":0}");
    private static final String WITHOUT_DEFAULT = record(",{\"name\":\"b\",\"type\":\"int\"}");

    private final List<RegistryFact> log = new ArrayList<>();
    private final SchemaStore store = SchemaStore.of(List.of(), log::add);

    private static String record(String moreFields) {
        return "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}" + moreFields
                + "]}";
    }

    private static <T> T value(Outcome<T> outcome) {
        return switch (outcome) {
            case Outcome.Done<T> done -> done.value();
            case Outcome.Refused<T> refused -> throw new AssertionError(refused.toString());
        };
    }

    private static Refusal refusal(Outcome<?> outcome) {
        return switch (outcome) {
            case Outcome.Done<?> done -> throw new AssertionError(done.toString());
            case Outcome.Refused<?> refused -> refused.refusal();
        };
    }

    @Test
    void sameSchemaHasOneNumberInAllSubjectsAndOneVersionInEach() {
        var first = value(store.register("a", PLAIN));
        var again = value(store.register("a", PLAIN.replace(",", " , ")));
        var elsewhere = value(store.register("b", PLAIN));
        var next = value(store.register("a", WITH_DEFAULT));

        assertThat(again).isEqualTo(first);
        assertThat(elsewhere).isEqualTo(new SubjectVersion("b", 1, first.id(), first.schema()));
        assertThat(next.version()).isEqualTo(2);
        assertThat(next.id()).isEqualTo(first.id() + 1);
        assertThat(value(store.uses(first.id())))
                .extracting(SubjectVersion::subject)
                .containsExactly("a", "b");
        assertThat(log).hasSize(3);
    }

    @Test
    void storeMadeAnewFromItsFactsIsTheSame() {
        store.register("a", PLAIN);
        store.register("b", WITH_DEFAULT);
        store.setDefaultLevel(Compatibility.FULL);
        store.setLevel("a", Compatibility.NONE);
        store.setLevel("b", Compatibility.FORWARD);
        store.clearLevel("b");

        var again = SchemaStore.of(log, fact -> {});

        assertThat(again.subjects()).containsExactly("a", "b");
        assertThat(again.version("b", "latest")).isEqualTo(store.version("b", "latest"));
        assertThat(again.schema(1)).isEqualTo(store.schema(1));
        assertThat(again.defaultLevel()).isEqualTo(Compatibility.FULL);
        assertThat(again.ownLevel("a")).contains(Compatibility.NONE);
        assertThat(again.ownLevel("b")).isEmpty();
        assertThat(value(again.register("c", WITHOUT_DEFAULT)).id()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            level               | add with default | add without | remove
            NONE                | true             | true        | true
            BACKWARD            | true             | false       | true
            BACKWARD_TRANSITIVE | true             | false       | true
            FORWARD             | true             | true        | false
            FORWARD_TRANSITIVE  | true             | true        | false
            FULL                | true             | false       | false
            FULL_TRANSITIVE     | true             | false       | false
            """)
    void levelDecidesWhatMayFollow(Compatibility level, boolean addWithDefault, boolean add, boolean remove) {
        store.setDefaultLevel(level);
        store.register("grows", PLAIN);
        store.register("shrinks", WITHOUT_DEFAULT);

        assertThat(value(store.objections("grows", WITH_DEFAULT)).isEmpty()).isEqualTo(addWithDefault);
        assertThat(value(store.objections("grows", "latest", WITHOUT_DEFAULT)).isEmpty())
                .isEqualTo(add);
        assertThat(store.register("shrinks", PLAIN) instanceof Outcome.Done).isEqualTo(remove);
    }

    @Test
    void transitiveLevelLooksBeyondTheLastVersion() {
        var typed = record(",{\"name\":\"b\",\"type\":\"string\",\"default\":\"\"}");
        store.register("s", WITH_DEFAULT);
        store.register("s", PLAIN);

        assertThat(value(store.objections("s", typed))).isEmpty();
        store.setLevel("s", Compatibility.BACKWARD_TRANSITIVE);
        assertThat(value(store.objections("s", typed))).isNotEmpty();
        assertThat(refusal(store.register("s", typed))).isEqualTo(Refusal.INCOMPATIBLE);
    }

    @Test
    void whatIsNotThereOrNotValidIsRefusedByItsKind() {
        store.register("s", PLAIN);

        assertThat(refusal(store.version("none", "1"))).isEqualTo(Refusal.SUBJECT_NOT_FOUND);
        assertThat(refusal(store.version("s", "2"))).isEqualTo(Refusal.VERSION_NOT_FOUND);
        assertThat(refusal(store.version("s", "0"))).isEqualTo(Refusal.INVALID_VERSION);
        assertThat(refusal(store.version("s", "one"))).isEqualTo(Refusal.INVALID_VERSION);
        assertThat(refusal(store.schema(9))).isEqualTo(Refusal.SCHEMA_NOT_FOUND);
        assertThat(refusal(store.lookUp("s", WITH_DEFAULT))).isEqualTo(Refusal.SCHEMA_NOT_FOUND);
        assertThat(refusal(store.register("s", "{\"type\":\"recrd\"}"))).isEqualTo(Refusal.INVALID_SCHEMA);
        assertThat(refusal(store.register("s", "{\"type\":\"array\",\"items\":".repeat(20_000))))
                .isEqualTo(Refusal.INVALID_SCHEMA);
        assertThat(refusal(store.register(" ", PLAIN))).isEqualTo(Refusal.INVALID_SUBJECT);
        assertThat(refusal(store.register("s".repeat(513), PLAIN))).isEqualTo(Refusal.INVALID_SUBJECT);
        assertThat(refusal(store.clearLevel("s"))).isEqualTo(Refusal.SUBJECT_LEVEL_NOT_SET);
        assertThat(log).hasSize(1);
    }

    @Test
    void factThatCannotBeStoredChangesNothing() {
        var broken = SchemaStore.of(List.of(), fact -> {
            throw new IllegalStateException("disk");
        });

        assertThatThrownBy(() -> broken.register("s", PLAIN)).hasMessage("disk");
        assertThat(broken.subjects()).isEmpty();
        assertThat(refusal(broken.schema(1))).isEqualTo(Refusal.SCHEMA_NOT_FOUND);
    }

    @Test
    void factsThatContradictEachOtherAreNotTaken() {
        var gap = new RegistryFact.VersionRegistered("s", 2, 1, PLAIN);

        assertThatThrownBy(() -> SchemaStore.of(List.of(gap), fact -> {})).isInstanceOf(IllegalStateException.class);
    }
}
