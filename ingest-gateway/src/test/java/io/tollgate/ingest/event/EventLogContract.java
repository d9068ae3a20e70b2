package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// What every [EventLog] promises.
public abstract class EventLogContract {
    /// A log that works.
    protected abstract EventLog log();

    /// Keys of the events stored for `tenant`, record by record.
    protected abstract List<List<String>> storedKeys(String tenant);

    /// Takes the log away, or brings it back.
    protected abstract void away(boolean isAway);

    /// Everything of one report, once it is known.
    protected static List<Appended> appended(EventLog log, UsageReport report) {
        return log.append(report).stream().map(CompletableFuture::join).toList();
    }

    @Test
    void eachSubjectIsOneRecord() {
        List<Appended> appended = appended(log(), Reports.of("one:1", "two:2", "one:3"));

        assertThat(appended).hasSize(2).hasOnlyElementsOfType(Appended.Landed.class);
        assertThat(storedKeys("one")).containsExactly(List.of("1", "3"));
        assertThat(storedKeys("two")).containsExactly(List.of("2"));
    }

    @Test
    void nothingToAppendIsDoneAtOnce() {
        assertThat(log().append(Reports.of())).isEmpty();
    }

    @Test
    void orderPerSubjectIsThatOfTheCalls() {
        List<CompletableFuture<Appended>> appends = new ArrayList<>();
        List<List<String>> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            appends.addAll(log().append(Reports.of("ordered:" + i)));
            expected.add(List.of(Integer.toString(i)));
        }
        appends.forEach(CompletableFuture::join);

        assertThat(storedKeys("ordered")).isEqualTo(expected);
    }

    @Test
    void laterOffsetsAreHigherAndNoAppendTimeIsEarlier() {
        Appended.Landed first =
                (Appended.Landed) appended(log(), Reports.of("pos:1")).getFirst();
        Appended.Landed second =
                (Appended.Landed) appended(log(), Reports.of("pos:2")).getFirst();

        assertThat(second.partition()).isEqualTo(first.partition()).isLessThan(log().partitions());
        assertThat(second.offset()).isGreaterThan(first.offset());
        assertThat(second.appendedAt()).isAfterOrEqualTo(first.appendedAt());
    }

    @Test
    void whatIsNotAcknowledgedIsToldWithinTwoSecondsAndLaterWorksAgain() {
        EventLog log = log();
        appended(log, Reports.of("gone:1"));
        away(true);
        try {
            long start = System.nanoTime();
            List<CompletableFuture<Appended>> append = log.append(Reports.of("gone:2"));
            Duration blocked = Duration.ofNanos(System.nanoTime() - start);
            assertThat(append.getFirst().join()).isNotInstanceOf(Appended.Landed.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
            assertThat(blocked).isLessThan(Duration.ofMillis(100));
        } finally {
            away(false);
        }
        assertThat(appended(log, Reports.of("gone:3"))).hasOnlyElementsOfType(Appended.Landed.class);
        assertThat(storedKeys("gone")).contains(List.of("1"), List.of("3"));
    }
}
