package io.tollgate.ingest.receipt;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.JsonBytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/// A signed statement that the events of one request are in the log.
///
/// @param events how many ids the digest covers: new events, and those that were found to be duplicates
/// @param ranges exactly the records that the request added to the log; empty if nothing was new
/// @param sha256 digest of the event ids, in lower-case hexadecimal digits
/// @param keyId of the key that signed; see [ReceiptPublicKey#id]
/// @param signature over [#signedBytes], in base64url without padding
public record Receipt(
        BatchId batchId,
        OrganizationId organizationId,
        Instant issuedAt,
        int events,
        List<Range> ranges,
        String sha256,
        String keyId,
        String signature) {

    /// Consecutive records of one partition.
    ///
    /// @param firstOffset, lastOffset inclusive both
    public record Range(String topic, int partition, long firstOffset, long lastOffset) {}

    /// @param ids of the events that are in the log, in request order
    /// @param records what the request added to the log
    /// @param issuedAt whole microseconds
    public static Receipt issued(
            ReceiptKey key,
            BatchId batchId,
            OrganizationId organizationId,
            List<EventId> ids,
            List<Appended.Landed> records,
            Instant issuedAt) {
        Receipt unsigned = new Receipt(
                batchId,
                organizationId,
                issuedAt,
                ids.size(),
                ranges(records),
                digest(ids),
                key.publicKey().id(),
                "");
        return unsigned.signed(base64(key.sign(unsigned.signedBytes())));
    }

    /// SHA-256 over the ids, each followed by a line feed.
    public static String digest(List<EventId> ids) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (EventId id : ids) {
                digest.update(id.value().getBytes(StandardCharsets.US_ASCII));
                digest.update((byte) '\n');
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Whether `key` signed it, as it is now.
    public boolean signedBy(ReceiptPublicKey key) {
        try {
            return key.verifies(signedBytes(), Base64.getUrlDecoder().decode(signature));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /// The canonical JSON (RFC 8785) of the receipt without its signature.
    byte[] signedBytes() {
        JsonBytes json = new JsonBytes();
        json.ascii("{\"batch_id\":");
        json.string(batchId.value());
        json.ascii(",\"events\":" + events + ",\"issued_at\":");
        json.string(issuedAt.toString());
        json.ascii(",\"key_id\":");
        json.string(keyId);
        json.ascii(",\"organization_id\":");
        json.string(organizationId.value());
        json.ascii(",\"ranges\":[");
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            json.ascii((i == 0 ? "" : ",") + "{\"first_offset\":" + range.firstOffset() + ",\"last_offset\":"
                    + range.lastOffset() + ",\"partition\":" + range.partition() + ",\"topic\":");
            json.string(range.topic());
            json.raw('}');
        }
        json.ascii("],\"sha256\":");
        json.string(sha256);
        json.raw('}');
        return json.copy(0, json.length());
    }

    private Receipt signed(String by) {
        return new Receipt(batchId, organizationId, issuedAt, events, ranges, sha256, keyId, by);
    }

    private static List<Range> ranges(List<Appended.Landed> records) {
        List<Appended.Landed> sorted = records.stream()
                .sorted(Comparator.comparingInt(Appended.Landed::partition).thenComparingLong(Appended.Landed::offset))
                .toList();
        List<Range> ranges = new ArrayList<>();
        for (Appended.Landed record : sorted) {
            Range last = ranges.isEmpty() ? null : ranges.getLast();
            if (last != null && last.partition() == record.partition() && last.lastOffset() + 1 == record.offset()) {
                ranges.set(
                        ranges.size() - 1,
                        new Range(last.topic(), last.partition(), last.firstOffset(), record.offset()));
            } else {
                ranges.add(new Range(Topics.USAGE_EVENTS.name(), record.partition(), record.offset(), record.offset()));
            }
        }
        return ranges;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
