package io.tollgate.quota.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The ledger in worlds that go wrong. `-Dsimulation.seeds=10000` runs more of them, `-Dsimulation.seed=42` one, with
/// everything that happened in it.
class LedgerSimulationTest {
    private static final int SEEDS = Integer.getInteger("simulation.seeds", 1_000);
    private static final int SEEDS_TO_FALL = 20_000;

    @Test
    void theBooksBalanceInEveryWorld() {
        Long one = Long.getLong("simulation.seed");
        if (one != null) {
            System.out.println(LedgerSimulation.run(one, EnumSet.allOf(Rule.class), true));
            return;
        }
        for (long seed = 1; seed <= SEEDS; seed++) {
            LedgerSimulation.run(seed);
        }
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void withoutTheRuleSomeBookIsWrong(Rule rule) {
        Optional<String> found = violationWithout(rule);
        assertThat(found).as("no world needs %s", rule).isPresent();
        System.out.println("without " + rule + ": " + found.get());
    }

    private static Optional<String> violationWithout(Rule rule) {
        Set<Rule> rest = EnumSet.complementOf(EnumSet.of(rule));
        for (long seed = 1; seed <= SEEDS_TO_FALL; seed++) {
            try {
                LedgerSimulation.run(seed, rest, false);
            } catch (LedgerSimulation.Violation violation) {
                return Optional.of(String.valueOf(violation.getMessage()));
            }
        }
        return Optional.empty();
    }
}
