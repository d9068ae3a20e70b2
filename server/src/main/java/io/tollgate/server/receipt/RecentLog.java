package io.tollgate.server.receipt;

import io.tollgate.ingest.receipt.Receipt;
import java.util.List;
import java.util.Optional;

/// The part of the log of usage that is still kept. Thread-safe.
public interface RecentLog {
    /// The records that a receipt names, as far as they are still there; empty if the log cannot be read now,
    /// or too many read it already.
    Optional<List<UsageLog.Entry>> read(Receipt receipt);
}
