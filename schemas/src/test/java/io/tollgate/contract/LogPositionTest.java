package io.tollgate.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.contract.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogPositionTest {
    private static final String KEYS = Topics.KEY_DEFINITIONS.name();
    private static final String PLANS = Topics.PLAN_DEFINITIONS.name();

    @Test
    void textHoldsEventsAndDefinitions() {
        LogPosition position = LogPosition.of(3, 17)
                .max(LogPosition.of(11, 0))
                .max(LogPosition.ofDefinition(KEYS, 5))
                .max(LogPosition.ofDefinition(PLANS, 0));

        assertThat(LogPosition.fromText(position.toText())).isEqualTo(position);
        assertThat(LogPosition.fromText(LogPosition.START.toText())).isEqualTo(LogPosition.START);
    }

    @Test
    void textGivenOutBeforeThereWereDefinitionsIsStillRead() {
        assertThat(LogPosition.fromText(encoded("1:3=17"))).isEqualTo(LogPosition.of(3, 17));
    }

    @Test
    void laterOffsetOfEachPlaceWins() {
        LogPosition one = LogPosition.of(3, 17).max(LogPosition.ofDefinition(KEYS, 5));
        LogPosition other = LogPosition.of(3, 16).max(LogPosition.ofDefinition(KEYS, 6));

        assertThat(one.max(other)).isEqualTo(LogPosition.of(3, 17).max(LogPosition.ofDefinition(KEYS, 6)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1:3=-1",
                "1:-3=1",
                "1:tollgate.definitions.keys=-1",
                "1:tollgate.definitions.secrets=1",
                "1:tollgate.usage-events=1",
                "1:=1",
                "1:3",
                "2:3=1",
                "1:3=99999999999999999999"
            })
    void whatNobodyGaveOutIsRefused(String plain) {
        assertThatThrownBy(() -> LogPosition.fromText(encoded(plain))).isInstanceOf(IllegalArgumentException.class);
    }

    private static String encoded(String plain) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.US_ASCII));
    }
}
