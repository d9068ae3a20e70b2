package io.tollgate.quota.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationId;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Between the judgement that ends a reservation and the store that says so, nobody may take it for unknown: it would
/// be
/// made again.
class EndedReservationTest {
    private static final Instant START = Instant.parse("2026-03-04T10:00:00Z");
    private static final ReservationId ID = ReservationId.derived(0, "biz/tenant:a", "k", 0);

    private final Reservation open =
            Ledger.reservation(ID, "biz/tenant:a", "calls", new BigDecimal("15.000000"), START, START.plusSeconds(300));
    private final Ledger ledger = new Ledger(0, UUID.randomUUID(), -1, List.of(open), now(), EnumSet.allOf(Rule.class));

    @Test
    void whatARecordEndsIsKnownUntilItIsStored() {
        assertThat(ledger.justEnded(ID)).isEmpty();

        Judgement judgement = ledger.judge(release(), Map.of(), meter -> Optional.empty(), now());

        assertThat(ledger.openReservation(ID)).isEmpty();
        assertThat(ledger.justEnded(ID)).hasValueSatisfying(ended -> {
            assertThat(ended.state()).isEqualTo(Reservation.State.RELEASED);
            assertThat(judgement.reservations()).containsExactly(ended);
        });
        ledger.finish();
        assertThat(ledger.justEnded(ID)).isEmpty();
    }

    private static LoggedBatch release() {
        return new LoggedBatch(
                "biz/tenant:a",
                ZoneOffset.UTC,
                0,
                START.plusSeconds(1),
                Optional.of(new LoggedBatch.Stamp(UUID.randomUUID(), UUID.randomUUID(), START.plusSeconds(1))),
                List.of(),
                Optional.of(new LoggedStep(
                        LoggedStep.Kind.RELEASE,
                        Instant.EPOCH,
                        List.of(new LoggedStep.Item(ID, "calls", new BigDecimal("15.000000"), Optional.empty())))));
    }

    private static Moment now() {
        return new Moment(START, 0);
    }
}
