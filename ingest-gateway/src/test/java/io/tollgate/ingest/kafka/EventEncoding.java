package io.tollgate.ingest.kafka;

import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.event.UsageBatch;
import io.tollgate.ingest.event.UsageReport;

/// The encoding of [KafkaEventLog], for loops that measure it without a broker.
public final class EventEncoding {
    private EventEncoding() {}

    /// Bytes of all records of `report`.
    public static long encode(AvroSerializer<UsageBatch> serializer, UsageReport report) {
        long bytes = 0;
        for (UsageReport.SubjectBatch batch : report.batches()) {
            byte[] value = serializer.serialize(Topics.USAGE_EVENTS.name(), EventAvro.toAvro(report, batch));
            bytes += value == null ? 0 : value.length;
        }
        return bytes;
    }
}
