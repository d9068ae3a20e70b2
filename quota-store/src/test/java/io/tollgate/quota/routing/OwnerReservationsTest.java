package io.tollgate.quota.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class OwnerReservationsTest {
    private static final String HERE = "here:1";
    private static final long POSITION = 42;

    private final ScriptedCluster cluster = new ScriptedCluster();

    @Test
    void stepsGoToTheOwnerOfTheSubjectAndLookUpsToThatOfTheId() {
        ScriptedOwner a = cluster.node("a:1", 1);
        cluster.node("b:1", 2);

        assertThat(epochOf(gateway().reserve(step(1)))).isEqualTo(a.epoch);
        assertThat(a.definitionsPosition).isEqualTo(POSITION);
        assertThat(gateway().reservation(ReservationId.random(2))).isEqualTo(new ReservationAnswer.Unknown());
        assertThat(a.calls).hasValue(1);
    }

    @Test
    void thisProcessIsAskedByMethodCall() {
        ScriptedOwner here = new ScriptedOwner(5);
        OwnerReservations own = new OwnerReservations(cluster, cluster, Optional.of(here), HERE, () -> POSITION);

        assertThat(epochOf(own.reserve(step(5)))).isEqualTo(here.epoch);
        assertThat(own.reservation(ReservationId.random(5))).isEqualTo(new ReservationAnswer.Unknown());
        assertThat(here.definitionsPosition).isEqualTo(POSITION);
    }

    @Test
    void whoTookOverIsFoundByASecondLook() {
        ScriptedOwner old = cluster.node("old:1");
        ScriptedOwner fresh = cluster.node("fresh:1", 5);
        cluster.believe(5, "old:1");
        cluster.truth(5, "fresh:1");

        assertThat(epochOf(gateway().reserve(step(5)))).isEqualTo(fresh.epoch);
        assertThat(old.calls).hasValue(1);
        assertThat(cluster.refreshes).hasValue(1);
    }

    @Test
    void anOwnerThatIsGoneOrHangsIsAHandOverInTime() {
        cluster.node("dead:1", 1);
        cluster.down.add("dead:1");
        cluster.node("hangs:1", 2);
        cluster.hanging.add("hangs:1");
        long start = System.nanoTime();

        assertThat(reasonOf(gateway().reserve(step(1)))).isEqualTo(Reason.HAND_OVER);
        assertThat(reasonOf(gateway().reservation(ReservationId.random(2)))).isEqualTo(Reason.HAND_OVER);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isLessThan(Duration.ofMillis(3 * Admissions.ANSWERED_WITHIN_MS));
    }

    /// Of a process that owns nothing.
    private OwnerReservations gateway() {
        return new OwnerReservations(cluster, cluster, Optional.empty(), HERE, () -> POSITION);
    }

    private static ReservationRequest step(int partition) {
        return new ReservationRequest.Release(
                AdmissionId.random(), partition, "biz/tenant:a", ReservationId.random(partition));
    }

    private static UUID epochOf(ReservationAnswer answer) {
        assertThat(answer).isInstanceOf(ReservationAnswer.Granted.class);
        return ((ReservationAnswer.Granted) answer).epoch();
    }

    private static Reason reasonOf(ReservationAnswer answer) {
        assertThat(answer).isInstanceOf(ReservationAnswer.NotJudged.class);
        return ((ReservationAnswer.NotJudged) answer).reason();
    }
}
