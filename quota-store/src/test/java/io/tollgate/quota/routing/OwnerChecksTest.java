package io.tollgate.quota.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.QuotaCheck;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Owners answer while there are any; a copy answers, marked stale, where there is none.
class OwnerChecksTest {
    private final ScriptedCluster cluster = new ScriptedCluster();
    private final OwnerChecks checks = new OwnerChecks(cluster, cluster, Optional.empty(), "here:1", () -> 1);

    @Test
    void ownersAnswerInOrderAndFresh() {
        cluster.node("a:1", 0);
        cluster.node("b:1", 1);

        List<CheckAnswer> answers = checks.check(asked(1, 0, 1));

        assertThat(answers)
                .allSatisfy(answer -> assertThat(judged(answer).stale()).isFalse());
        assertThat(answers.stream().map(answer -> judged(answer).current().intValue()))
                .containsExactly(0, 1, 2);
    }

    @Test
    void aCopyAnswersForADeadOwnerMarkedStale() {
        cluster.node("dead:1", 0);
        cluster.down.add("dead:1");
        cluster.node("alive:1", 1).copies.add(0);

        List<CheckAnswer> answers = checks.check(asked(0, 1));

        assertThat(judged(answers.get(0)).stale()).isTrue();
        assertThat(judged(answers.get(1)).stale()).isFalse();
    }

    @Test
    void theCopyOfThisProcessAnswersToo() {
        ScriptedOwner here = new ScriptedOwner();
        here.copies.add(0);
        OwnerChecks own = new OwnerChecks(cluster, cluster, Optional.of(here), "here:1", () -> 1);
        cluster.node("dead:1", 0);
        cluster.down.add("dead:1");

        assertThat(judged(own.check(asked(0)).getFirst()).stale()).isTrue();
    }

    @Test
    void withoutOwnerAndCopyNothingIsJudged() {
        cluster.node("dead:1", 0);
        cluster.down.add("dead:1");

        assertThat(checks.check(asked(0)).getFirst())
                .isInstanceOfSatisfying(
                        CheckAnswer.NotJudged.class,
                        notJudged -> assertThat(notJudged.reason()).isEqualTo(Reason.HAND_OVER));
    }

    /// Each asks for its index, so that answers can be told apart.
    private static List<QuotaCheck> asked(int... partitions) {
        return IntStream.range(0, partitions.length)
                .mapToObj(i -> new QuotaCheck(
                        partitions[i], "biz/tenant:a", ZoneOffset.UTC, "calls", BigDecimal.valueOf(i), Instant.EPOCH))
                .toList();
    }

    private static CheckAnswer.Judged judged(CheckAnswer answer) {
        assertThat(answer).isInstanceOf(CheckAnswer.Judged.class);
        return (CheckAnswer.Judged) answer;
    }
}
