package io.tollgate.server.receipt;

import io.tollgate.contract.EventId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.ingest.receipt.ReceiptPublicKey;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Whether a receipt is what it says: signed by a known key, over these ids, and kept by the log.
public final class ReceiptCheck {
    private final Map<String, ReceiptPublicKey> keys;
    private final Optional<UsageLog> log;

    /// @param log empty: only signature and digest are checked
    public ReceiptCheck(List<ReceiptPublicKey> keys, Optional<UsageLog> log) {
        this.keys =
                keys.stream().collect(Collectors.toMap(ReceiptPublicKey::id, Function.identity(), (one, same) -> one));
        this.log = log;
    }

    /// Why the receipt does not hold; empty if it does.
    public Optional<String> fault(SavedReceipt saved) {
        Receipt receipt = saved.receipt();
        Optional<String> unsigned = faultOfSignature(receipt);
        if (unsigned.isPresent()) {
            return unsigned;
        }
        if (receipt.events() != saved.ids().size()) {
            return Optional.of("it covers " + receipt.events() + " events, and the answer lists "
                    + saved.ids().size());
        }
        if (!receipt.sha256().equals(Receipt.digest(saved.ids()))) {
            return Optional.of("the event ids are not those that were signed");
        }
        return log.flatMap(usage -> faultInLog(saved, usage));
    }

    /// Why nobody who has a key of these signed the receipt; empty if somebody did.
    public Optional<String> faultOfSignature(Receipt receipt) {
        ReceiptPublicKey key = keys.get(receipt.keyId());
        if (key == null) {
            return Optional.of("key " + receipt.keyId() + " is not among the keys");
        }
        return receipt.signedBy(key) ? Optional.empty() : Optional.of("the signature is not that of this receipt");
    }

    private static Optional<String> faultInLog(SavedReceipt saved, UsageLog log) {
        Receipt receipt = saved.receipt();
        Set<EventId> missing = new HashSet<>(saved.ids());
        int events = 0;
        for (Receipt.Range range : receipt.ranges()) {
            if (!range.topic().equals(Topics.USAGE_EVENTS.name())) {
                return Optional.of("topic " + range.topic() + " is not the log of usage");
            }
            List<UsageLog.Entry> entries = log.read(range);
            long expected = range.firstOffset();
            for (UsageLog.Entry entry : entries) {
                if (entry.offset() != expected) {
                    return Optional.of(absent(range, expected));
                }
                expected++;
                if (!entry.batchId().equals(receipt.batchId().value())
                        || !entry.organizationId()
                                .equals(receipt.organizationId().value())) {
                    return Optional.of(place(range, entry.offset()) + " does not hold a record of this batch");
                }
                for (EventId id : entry.ids()) {
                    if (!missing.remove(id)) {
                        return Optional.of(place(range, entry.offset()) + " holds " + id
                                + ", which the answer does not list, or not again");
                    }
                    events++;
                }
            }
            if (expected <= range.lastOffset()) {
                return Optional.of(absent(range, expected));
            }
        }
        if (saved.newEvents().isPresent() && saved.newEvents().getAsInt() != events) {
            return Optional.of("the log holds " + events + " new events of it, and the answer says "
                    + saved.newEvents().getAsInt());
        }
        return Optional.empty();
    }

    private static String absent(Receipt.Range range, long offset) {
        return place(range, offset) + " is not in the log, which keeps 30 days";
    }

    private static String place(Receipt.Range range, long offset) {
        return "partition " + range.partition() + " offset " + offset;
    }
}
