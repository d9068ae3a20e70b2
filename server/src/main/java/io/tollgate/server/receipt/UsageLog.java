package io.tollgate.server.receipt;

import io.tollgate.contract.EventId;
import io.tollgate.ingest.receipt.Receipt;
import java.util.List;

/// The log that receipts speak of.
public interface UsageLog {
    /// The records of a range that are there, by offset. Blocks.
    List<Entry> read(Receipt.Range range);

    /// @param organizationId, batchId, ids as the record says; empty texts and no ids if it cannot be decoded
    record Entry(long offset, String organizationId, String batchId, List<EventId> ids) {}
}
