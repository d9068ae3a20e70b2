package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.systemtest.AdmissionAudit.Counted;
import io.tollgate.systemtest.AdmissionAudit.Fault;
import io.tollgate.systemtest.AdmissionAudit.Metered;
import io.tollgate.systemtest.Told.Word;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An audit that finds nothing is worth what it would find: each fault planted once, and the innocent cases beside it.
class AdmissionAuditTest {
    private static final Map<Metered, BigDecimal> CEILING = Map.of(new Metered("t", "calls"), BigDecimal.TEN);

    /// `said` is what the answers to one key were; `log` what lies in accepted-events under it, `id/quantity`.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        case                       | said               | log       | rejected | fault
        acknowledged and counted   | NEW                | a/1       |          |
        repeated                   | NEW DUPLICATE      | a/1       |          |
        unknown and counted        | UNKNOWN            | a/1       |          |
        unknown and not counted    | UNKNOWN DENIED     |           |          |
        unknown, later a duplicate | UNKNOWN DUPLICATE  | a/1       |          |
        denied, admitted later     | DENIED NEW         | a/1       |          |
        denied                     | DENIED DENIED      |           |          |
        lost                       | UNKNOWN NEW        |           |          | LOST
        counted twice              | NEW                | a/1 a/1   |          | DOUBLE
        rejected                   | NEW                |           | a        | REJECTED_AFTER_2XX
        rejected duplicate         | UNKNOWN DUPLICATE  |           | a        | REJECTED_AFTER_2XX
        late copy rejected         | NEW                | a/1       | a        |
        unfounded duplicate        | UNKNOWN DUPLICATE  |           |          | UNFOUNDED_DUPLICATE
        new to two                 | NEW NEW            | a/1       |          | NEW_TWICE
        another id in the log      | NEW                | b/1       |          | OTHER_ID
        denied and counted         | DENIED UNDECIDED   | a/1       |          | DENIED_AND_COUNTED
        another quantity counted   | NEW                | a/2       |          | NEVER_SENT
        """)
    void eachFaultIsFoundAndNothingElse(String name, String said, String log, String rejected, String fault) {
        List<Told> told = new ArrayList<>();
        for (String word : said.split(" ")) {
            told.add(told("k", Word.valueOf(word)));
        }
        List<Counted> accepted = new ArrayList<>();
        if (log != null) {
            for (String event : log.split(" ")) {
                accepted.add(counted(event.split("/")[0], "k", Integer.parseInt(event.split("/")[1]), "2026-03-01"));
            }
        }
        AdmissionAudit audit =
                AdmissionAudit.of(told, accepted, rejected == null ? Set.of() : Set.of(rejected), CEILING);

        assertThat(audit.total()).as(audit.report()).isEqualTo(fault == null ? 0 : 1);
        if (fault != null) {
            assertThat(audit.count(Fault.valueOf(fault))).isEqualTo(1);
        }
    }

    @Test
    void limitsHoldForEveryPrefixAndMonth() {
        List<Counted> within = List.of(
                counted("a", "1", 10, "2026-03-01"),
                counted("b", "2", 10, "2026-02-01"),
                counted("c", "3", -4, "2026-03-02"),
                counted("d", "4", 4, "2026-03-31"));
        List<Counted> over = List.of(
                counted("a", "1", 10, "2026-03-01"),
                counted("d", "4", 4, "2026-03-31"),
                counted("c", "3", -4, "2026-03-02"));
        assertThat(AdmissionAudit.of(toldOf(within), within, Set.of(), CEILING).total())
                .isZero();
        AdmissionAudit audit = AdmissionAudit.of(toldOf(over), over, Set.of(), CEILING);
        assertThat(audit.count(Fault.OVER_ADMITTED)).isEqualTo(1);
        assertThat(audit.total()).isEqualTo(1);
    }

    @Test
    void whatNobodySentIsFound() {
        AdmissionAudit audit =
                AdmissionAudit.of(List.of(), List.of(counted("a", "k", 1, "2026-03-01")), Set.of(), CEILING);
        assertThat(audit.count(Fault.NEVER_SENT)).isEqualTo(1);
    }

    private static List<Told> toldOf(List<Counted> accepted) {
        return accepted.stream()
                .map(event -> told(event.key(), Word.NEW, event.quantity().longValue(), event.eventId()))
                .toList();
    }

    private static Told told(String key, Word word) {
        return told(key, word, 1, word.acknowledged() ? "a" : null);
    }

    private static Told told(String key, Word word, long quantity, String id) {
        return new Told("n" + key, key, "t", "calls", quantity, 1, "g", 0, 1, word, id, true, "");
    }

    private static Counted counted(String id, String key, int quantity, String day) {
        return new Counted(
                "0:0",
                id,
                key,
                "n" + key,
                "t",
                "calls",
                BigDecimal.valueOf(quantity),
                Instant.parse(day + "T00:00:00Z"));
    }
}
