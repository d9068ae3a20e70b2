package io.tollgate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultsPageTest {
    private static final Figure SINK = Figure.of("sink", "catching up", "rows/s", List.of(50_000.0, 40_000.0, 60_000.0))
            .against("raw COPY", List.of(100_000.0, 100_000.0, 100_000.0))
            .behind(List.of(0L, 1_234L, 7L));
    private static final Figure INGEST =
            Figure.of("ingest-batch", "a|b", "events/s", List.of(99.994)).aimingAt("ratio at least 0.3");

    @Test
    void rowShowsMedianSpreadLimitRatioAndTheWorstLag() {
        assertThat(Tables.forMarkdown(List.of(SINK)).lines().skip(2))
                .containsExactly(
                        "| sink | catching up | rows/s | 50,000 (40,000-60,000) | 100,000 (100,000-100,000) raw COPY"
                                + " | 0.50 (0.40-0.60) | 1,234 |  |");
    }

    @Test
    void cellCannotEndItsColumn() {
        assertThat(Tables.forMarkdown(List.of(INGEST))).contains("| a\\|b |").contains("| 99.99 (99.99-99.99) |");
    }

    @Test
    void terminalColumnsAreAligned() {
        List<String> lines = Tables.forTerminal(List.of(SINK, INGEST)).lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1).indexOf("rows/s")).isEqualTo(lines.get(2).indexOf("events/s"));
        assertThat(lines).allSatisfy(line -> assertThat(line).isEqualTo(line.stripTrailing()));
    }

    @Test
    void pageNamesMachineCommandAndTimeAndReadsOnlyWhatWasMeasured() {
        String page = ResultsPage.of(
                List.of(SINK, INGEST),
                Map.of("Commit", "abc"),
                "./tollgate bench --seconds 4",
                Instant.parse("2026-11-22T01:02:03.9Z"),
                Duration.ofSeconds(61));
        assertThat(page)
                .contains("`./tollgate bench --seconds 4` at 2026-11-22T01:02:03Z, which took 61 s.")
                .contains("- Commit: abc")
                .contains("- **sink**: ")
                .contains("- **ingest-batch**: ")
                .doesNotContain("- **latency**: ");
        assertThat(page.indexOf("| ingest-batch |")).isLessThan(page.indexOf("| sink |"));
    }
}
