package io.tollgate.quota.store;

import io.tollgate.metering.period.WindowSize;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The counters of one partition, as counted so far, including what is counted but not yet committed: everything
/// counted is
/// in the log and will be counted again to the same result if the commit fails. Thread-safe.
///
/// Every method throws [org.apache.kafka.streams.errors.InvalidStateStoreException] when the partition has moved away.
public interface CounterReader {
    /// Most counters that one read of a subject answers with.
    int COUNTERS_MAX = 10_000;

    /// One counter, if anything was ever logged for it.
    Optional<Counter> counter(CounterKey key);

    /// All counters of `size` of the subject's meter, by window start.
    List<Counter> countersOf(String subjectKey, String meter, WindowSize size);

    /// The counters of `size` of the subject's meter whose windows start in `[from, to)`, by window start.
    List<Counter> countersIn(String subjectKey, String meter, WindowSize size, Instant from, Instant to);

    /// The names of the subject's meters, shorter ones first and then by bytes, after `after` (exclusive, `""` for the
    /// first), at most `limit`.
    List<String> metersOf(String subjectKey, String after, int limit);

    /// Offset in `usage-events` of the last record counted here; -1 before the first.
    long countedOffset();

    /// Waits until the record at `offset` is counted here.
    ///
    /// @return false if that did not happen within `atMost`
    boolean awaitCounted(long offset, Duration atMost);
}
