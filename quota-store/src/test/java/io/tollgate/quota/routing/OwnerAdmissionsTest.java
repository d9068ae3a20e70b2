package io.tollgate.quota.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Admissions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Who is asked, in how many calls, and what becomes of requests whose owner moves, dies or hangs.
class OwnerAdmissionsTest {
    private static final String HERE = "here:1";
    private static final long POSITION = 42;

    private final ScriptedCluster cluster = new ScriptedCluster();

    @Test
    void eachOwnerIsAskedOnceAndTheOrderIsKept() {
        ScriptedOwner here = cluster.node(HERE, 0, 2);
        ScriptedOwner there = cluster.node("there:1", 1, 3);

        List<AdmissionAnswer> answers = admissions(here).admit(requests(3, 0, 1, 2, 1, 0));

        assertThat(answers.stream().map(OwnerAdmissionsTest::partitionOf)).containsExactly(3L, 0L, 1L, 2L, 1L, 0L);
        assertThat(answers.stream().map(OwnerAdmissionsTest::epochOf))
                .containsExactly(there.epoch, here.epoch, there.epoch, here.epoch, there.epoch, here.epoch);
        assertThat(here.calls).hasValue(1);
        assertThat(there.calls).hasValue(1);
        assertThat(there.definitionsPosition).isEqualTo(POSITION);
        assertThat(cluster.refreshes).hasValue(0);
    }

    @Test
    void anOwnerThatMovedIsFoundByASecondLook() {
        ScriptedOwner old = cluster.node("old:1");
        ScriptedOwner fresh = cluster.node("fresh:1", 5);
        cluster.believe(5, "old:1");
        cluster.truth(5, "fresh:1");

        List<AdmissionAnswer> answers = gateway().admit(requests(5));

        assertThat(epochOf(answers.getFirst())).isEqualTo(fresh.epoch);
        assertThat(old.calls).hasValue(1);
        assertThat(cluster.refreshes).hasValue(1);
    }

    @Test
    void aPartitionThatCameHereIsAskedHere() {
        ScriptedOwner here = cluster.node(HERE, 5);
        cluster.node("dead:1");
        cluster.down.add("dead:1");
        cluster.believe(5, "dead:1");
        cluster.truth(5, HERE);

        assertThat(epochOf(admissions(here).admit(requests(5)).getFirst())).isEqualTo(here.epoch);
    }

    @Test
    void whileNoOwnerIsKnownThisProcessIsAsked() {
        ScriptedOwner here = new ScriptedOwner(5);

        assertThat(epochOf(admissions(here).admit(requests(5)).getFirst())).isEqualTo(here.epoch);
    }

    @Test
    void theRequestsOfADeadOwnerAreNotJudgedAndTheOthersAre() {
        cluster.node("alive:1", 0);
        cluster.node("dead:1", 1);
        cluster.down.add("dead:1");

        List<AdmissionAnswer> answers = gateway().admit(requests(1, 0, 1));

        assertThat(answers.stream().map(OwnerAdmissionsTest::reasonOf))
                .containsExactly(Optional.of(Reason.HAND_OVER), Optional.empty(), Optional.of(Reason.HAND_OVER));
    }

    @Test
    void halfOfTheOwnersHangingCostsTheirRequestsOnlyAndIsOverInTime() {
        IntStream.range(0, 4).forEach(i -> cluster.node("node" + i + ":1", i));
        cluster.hanging.add("node1:1");
        cluster.hanging.add("node3:1");
        long start = System.nanoTime();

        List<AdmissionAnswer> answers = gateway().admit(requests(0, 1, 2, 3));

        assertThat(answers.stream().map(answer -> reasonOf(answer).isEmpty()))
                .containsExactly(true, false, true, false);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isLessThan(Duration.ofMillis(2 * Admissions.ANSWERED_WITHIN_MS));
    }

    @Test
    void whoTakesOverFromAnOwnerThatHangsIsAskedInTheSameCall() {
        ScriptedOwner fresh = cluster.node("fresh:1", 1);
        cluster.node("hangs:1");
        cluster.hanging.add("hangs:1");
        cluster.believe(1, "hangs:1");
        cluster.truth(1, "fresh:1");

        assertThat(epochOf(gateway().admit(requests(1)).getFirst())).isEqualTo(fresh.epoch);
    }

    @Test
    void anOwnerThatIsSlowIsWaitedForAndNotAskedTwice() {
        ScriptedOwner slow = cluster.node("slow:1", 1);
        cluster.delays.put("slow:1", Duration.ofMillis(600));

        assertThat(epochOf(gateway().admit(requests(1)).getFirst())).isEqualTo(slow.epoch);
        assertThat(slow.calls).hasValue(1);
        assertThat(cluster.refreshes).hasValue(1);
    }

    @Test
    void anOwnerThatDidNotAnswerIsNotAskedAgain() {
        ScriptedOwner broken = cluster.node("broken:1", 1);
        cluster.unheard.add("broken:1");

        assertThat(gateway().admit(requests(1)).stream().map(OwnerAdmissionsTest::reasonOf))
                .containsExactly(Optional.of(Reason.HAND_OVER));
        assertThat(broken.calls).hasValue(1);
    }

    @Test
    void withoutAnyOwnerNothingIsJudged() {
        assertThat(gateway().admit(requests(1)).stream().map(OwnerAdmissionsTest::reasonOf))
                .containsExactly(Optional.of(Reason.HAND_OVER));
    }

    @Test
    void outcomesGoToTheOwnersOfTheirPartitions() throws InterruptedException {
        ScriptedOwner here = cluster.node(HERE, 0);
        ScriptedOwner there = cluster.node("there:1", 1);
        AdmissionOutcome near = outcome(0);
        AdmissionOutcome far = outcome(1);

        admissions(here).report(List.of(near, far));

        assertThat(here.reported).containsExactly(near);
        assertThat(there.reported.poll(5, TimeUnit.SECONDS)).isEqualTo(far);
    }

    @Test
    void reportingNeverWaitsForAnOwnerThatHangsAndKeepsNoMoreThanItsShare() {
        cluster.node("hangs:1", 1);
        cluster.hanging.add("hangs:1");
        OwnerAdmissions admissions = gateway();
        List<AdmissionOutcome> many = Stream.generate(() -> outcome(1))
                .limit(OwnerAdmissions.REPORTS_MAX + 5_000)
                .toList();

        admissions.report(many);
        admissions.report(many);

        assertThat(admissions.reportsDropped()).isGreaterThan(OwnerAdmissions.REPORTS_MAX);
        cluster.released.countDown();
    }

    private OwnerAdmissions admissions(ScriptedOwner here) {
        return new OwnerAdmissions(cluster, cluster, Optional.of(here), HERE, () -> POSITION);
    }

    /// Of a process that owns nothing.
    private OwnerAdmissions gateway() {
        return new OwnerAdmissions(cluster, cluster, Optional.empty(), HERE, () -> POSITION);
    }

    private static List<AdmissionRequest> requests(int... partitions) {
        return IntStream.of(partitions)
                .mapToObj(partition -> new AdmissionRequest(
                        AdmissionId.random(), partition, "biz/tenant:a", ZoneOffset.UTC, false, List.of()))
                .toList();
    }

    private static AdmissionOutcome outcome(int partition) {
        return new AdmissionOutcome(AdmissionId.random(), partition, "biz/tenant:a", UUID.randomUUID(), Fate.LANDED);
    }

    private static long partitionOf(AdmissionAnswer answer) {
        Instant admittedAt = ((AdmissionAnswer.Decided) answer).admittedAt();
        return admittedAt.getEpochSecond();
    }

    private static UUID epochOf(AdmissionAnswer answer) {
        return ((AdmissionAnswer.Decided) answer).epoch();
    }

    private static Optional<Reason> reasonOf(AdmissionAnswer answer) {
        return answer instanceof AdmissionAnswer.NotJudged notJudged
                ? Optional.of(notJudged.reason())
                : Optional.empty();
    }
}
