package io.tollgate.ingest.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.Reports;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReservationDraftTest {
    private final ReservationDraft draft = new ReservationDraft();

    @Test
    void withoutWordOfItAReservationHoldsForFiveMinutes() {
        item("[0]", "a", null, "2");

        assertThat(taken().timeToLive()).isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "86400, 86400", "30.0, 30", "3e1, 30", "300E-1, 30"})
    void wholeNumbersHaveManySpellings(String literal, long seconds) {
        draft.timeToLive("ttl_seconds", literal);
        item("[0]", "a", null, "2");

        assertThat(taken().timeToLive()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @CsvSource({
        "0, OUT_OF_RANGE",
        "-1, OUT_OF_RANGE",
        "86401, OUT_OF_RANGE",
        "1e999999999, OUT_OF_RANGE",
        "1e-999999999, OUT_OF_RANGE",
        "1.5, NOT_AN_INTEGER",
        "30.0000001, NOT_AN_INTEGER",
        ", INVALID_TYPE"
    })
    void othersAreRefused(@Nullable String literal, String code) {
        draft.timeToLive("ttl_seconds", literal);
        item("[0]", "a", null, "2");

        assertThat(errors()).containsExactly("ttl_seconds " + code);
    }

    @Test
    void literalsThatGoOnAndOnAreNotRead() {
        draft.timeToLive("ttl_seconds", "1" + "0".repeat(1_000_000));
        item("[0]", "a", null, "2");

        assertThat(errors()).containsExactly("ttl_seconds OUT_OF_RANGE");
    }

    @Test
    void itemsOfOneRequestExpireTogether() {
        draft.timeToLive("ttl_seconds", "30");
        draft.timeToLive("items[0].ttl_seconds", "30.0");
        draft.timeToLive("items[1].ttl_seconds", "31");
        item("items[0]", "a", null, "2");

        assertThat(errors()).containsExactly("items[1].ttl_seconds DIFFERENT");
    }

    @Test
    void itemsAreOfOneTenant() {
        item("items[0]", "a", null, "2");
        item("items[1]", "b", null, "2");

        assertThat(errors()).containsExactly("items[1].tenant_id DIFFERENT");
    }

    @Test
    void theKeyOfARequestStandsForEachItemByItsPlace() {
        item("items[0]", "a", "k", "2");
        item("items[1]", "a", "k", "3");

        assertThat(taken().items().stream().map(ReservationOrder.Item::key))
                .containsExactly(
                        Optional.of(new ReservationOrder.Key("k", 0)), Optional.of(new ReservationOrder.Key("k", 1)));
    }

    @Test
    void anItemsOwnKeyStandsForItWhereverItIs() {
        item("items[0]", "a", null, "2");
        draft.item("items[1]", Reports.event("a", "own", new MeterKey("calls"), "3"), true);

        assertThat(taken().items().stream().map(ReservationOrder.Item::key))
                .containsExactly(Optional.empty(), Optional.of(new ReservationOrder.Key("own", 0)));
    }

    @Test
    void noKeyStandsForTwoItems() {
        draft.item("items[0]", Reports.event("a", "k", new MeterKey("calls"), "3"), true);
        draft.item("items[1]", Reports.event("a", "k", new MeterKey("calls"), "3"), true);

        assertThat(errors()).containsExactly("items[1].idempotency_key REPEATED");
    }

    @Test
    void whatIsWrongWithItemsIsToldWithTheirCode() {
        draft.item("items[0]", Reports.invalid(), false);
        item("items[1]", "a", null, "2");

        ReservationIntake.Refused refused = (ReservationIntake.Refused) draft.finish();
        assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION_FAILED);
        assertThat(refused.errors().stream().map(Problem.FieldError::path)).containsExactly("events[0]");
    }

    @Test
    void twentyItemsAreEnough() {
        for (int i = 0; i < 20; i++) {
            assertThat(draft.full()).isFalse();
            item("items[" + i + "]", "a", null, "1");
        }
        assertThat(draft.full()).isTrue();
    }

    /// With the key of the whole request.
    private void item(String path, String tenant, @Nullable String key, String quantity) {
        draft.item(path, Reports.event(tenant, key, new MeterKey("calls"), quantity), false);
    }

    private ReservationOrder taken() {
        assertThat(draft.finish()).isInstanceOf(ReservationIntake.Taken.class);
        return ((ReservationIntake.Taken) draft.finish()).order();
    }

    private List<String> errors() {
        assertThat(draft.finish()).isInstanceOf(ReservationIntake.Refused.class);
        return ((ReservationIntake.Refused) draft.finish())
                .errors().stream()
                        .map(error -> error.path() + " " + error.code())
                        .toList();
    }
}
