package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.contract.LogPosition;
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

    @Test
    void eachSubjectIsOneRecord() {
        LogPosition position =
                log().append(Reports.of("one:1", "two:2", "one:3")).join();

        assertThat(position.offsets()).isNotEmpty();
        assertThat(storedKeys("one")).containsExactly(List.of("1", "3"));
        assertThat(storedKeys("two")).containsExactly(List.of("2"));
    }

    @Test
    void nothingToAppendIsDoneAtOnce() {
        assertThat(log().append(Reports.of())).isCompletedWithValue(LogPosition.START);
    }

    @Test
    void orderPerSubjectIsThatOfTheCalls() {
        List<CompletableFuture<LogPosition>> appends = new ArrayList<>();
        List<List<String>> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            appends.add(log().append(Reports.of("ordered:" + i)));
            expected.add(List.of(Integer.toString(i)));
        }
        appends.forEach(CompletableFuture::join);

        assertThat(storedKeys("ordered")).isEqualTo(expected);
    }

    @Test
    void laterPositionsIncludeEarlierOnes() {
        LogPosition first = log().append(Reports.of("pos:1")).join();
        LogPosition second = log().append(Reports.of("pos:2")).join();

        assertThat(first.max(second)).isEqualTo(second).isNotEqualTo(first);
    }

    @Test
    void whatIsNotAcknowledgedFailsWithinTwoSecondsAndLaterWorksAgain() {
        EventLog log = log();
        log.append(Reports.of("gone:1")).join();
        away(true);
        try {
            long start = System.nanoTime();
            CompletableFuture<LogPosition> append = log.append(Reports.of("gone:2"));
            Duration blocked = Duration.ofNanos(System.nanoTime() - start);
            assertThatThrownBy(append::join).hasCauseInstanceOf(LogUnavailableException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
            assertThat(blocked).isLessThan(Duration.ofMillis(100));
        } finally {
            away(false);
        }
        log.append(Reports.of("gone:3")).join();
        assertThat(storedKeys("gone")).contains(List.of("1"), List.of("3"));
    }
}
