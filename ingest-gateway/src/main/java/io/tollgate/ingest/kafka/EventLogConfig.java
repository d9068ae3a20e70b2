package io.tollgate.ingest.kafka;

import java.util.Map;

/// How to reach the log.
///
/// @param bootstrapServers `KAFKA_BOOTSTRAP_SERVERS`: `host:port`, comma-separated
/// @param partitions of `usage-events`, as fixed when the topic was made; at least 1. Another number in the broker
/// keeps
///     the log from being ready, since records would go where nobody counts them.
/// @param clientId names this gateway in the broker's logs and quotas
/// @param bufferBytes most memory for records that wait for the broker; at least two records of the largest size.
/// Beyond
///     it appends fail at once.
/// @param clientProperties further settings of the Kafka client, for example its security; they do not override what
/// the
///     promises of the log rest on
public record EventLogConfig(
        String bootstrapServers,
        int partitions,
        String clientId,
        long bufferBytes,
        Map<String, String> clientProperties) {

    /// A few seconds of full load, and seven of the largest records.
    public static final long BUFFER_BYTES_DEFAULT = 64L << 20;

    public EventLogConfig {
        if (bootstrapServers.isBlank()) {
            throw new IllegalArgumentException("bootstrap servers must be given");
        }
        if (partitions < 1) {
            throw new IllegalArgumentException("usage-events has at least one partition, not " + partitions);
        }
        if (bufferBytes < 2L * KafkaEventLog.REQUEST_BYTES_MAX) {
            throw new IllegalArgumentException("the buffer must hold two records of the largest size, "
                    + 2L * KafkaEventLog.REQUEST_BYTES_MAX + " bytes, not " + bufferBytes);
        }
        clientProperties = Map.copyOf(clientProperties);
    }

    public static EventLogConfig of(String bootstrapServers, int partitions) {
        return new EventLogConfig(bootstrapServers, partitions, "tollgate-gateway", BUFFER_BYTES_DEFAULT, Map.of());
    }
}
