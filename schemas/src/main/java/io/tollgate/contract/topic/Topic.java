package io.tollgate.contract.topic;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;

/// One topic of the catalogue. Keys are plain UTF-8 strings; values are Avro in Confluent wire format under the
/// registry
/// subject `<name>-value`.
///
/// @param name full name, prefix included
/// @param valueType generated class of the value contract
/// @param key what the record key says, for people
/// @param layout how many partitions it has
/// @param config topic settings beyond the broker's defaults
public record Topic<V extends SpecificRecord>(
        String name, Class<V> valueType, String key, Layout layout, Map<String, String> config) {

    /// How a topic is divided.
    public enum Layout {
        /// As many partitions as the installation has; fixed when the topic is made. A record's partition is Kafka's
        /// default
        /// for its subject key.
        BY_SUBJECT,
        /// One partition: the order of changes over all keys is the order in the log.
        SINGLE
    }

    public Topic {
        config = Map.copyOf(config);
    }

    /// The subject under which the value's schema is registered (Confluent's TopicNameStrategy).
    public String registrySubject() {
        return name + "-value";
    }

    /// How many partitions the topic has in an installation with `installationPartitions`.
    public int partitions(int installationPartitions) {
        return layout == Layout.SINGLE ? 1 : installationPartitions;
    }

    static <V extends SpecificRecord> Topic<V> of(
            String name, Class<V> valueType, String key, Layout layout, Map<String, String> config) {
        Map<String, String> all = new LinkedHashMap<>(config);
        all.put("max.message.bytes", Integer.toString(Topics.RECORD_BYTES_MAX));
        return new Topic<>(Topics.PREFIX + name, valueType, key, layout, all);
    }

    static Map<String, String> keptFor(Duration retention) {
        return Map.of("cleanup.policy", "delete", "retention.ms", Long.toString(retention.toMillis()));
    }

    static Map<String, String> keptForGood() {
        return Map.of("cleanup.policy", "delete", "retention.ms", "-1", "retention.bytes", "-1");
    }

    static Map<String, String> compacted() {
        return Map.of("cleanup.policy", "compact");
    }

    static Map<String, String> withAppendTime(Map<String, String> config) {
        Map<String, String> all = new LinkedHashMap<>(config);
        all.put("message.timestamp.type", "LogAppendTime");
        return all;
    }
}
