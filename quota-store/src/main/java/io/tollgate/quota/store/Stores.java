package io.tollgate.quota.store;

import io.tollgate.contract.topic.Topics;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.WindowStore;

/// The state stores: their names, which are also in their changelogs' names (renaming one orphans its state), and how
/// each
/// is built.
public final class Stores {
    /// Application id of the aggregator: the prefix of its internal topics and its consumer group.
    public static final String AGGREGATOR_APPLICATION_ID = Topics.PREFIX + "aggregator";

    public static final String SEEN_KEYS = "seen-keys";
    public static final String COUNTERS = "counters";
    public static final String QUOTA_MARKS = "quota-marks";
    public static final String RESERVATIONS = "reservations";
    public static final String LIMIT_MARKS = "limit-marks";
    public static final String VOIDED_EVENTS = "voided-events";
    public static final String SAMPLES = "samples";

    private Stores() {}

    /// @param horizon how long a key is recognised after its arrival
    public static StoreBuilder<WindowStore<Bytes, byte[]>> seenKeys(Duration horizon) {
        return org.apache.kafka.streams.state.Stores.windowStoreBuilder(
                        SpanStore.over(org.apache.kafka.streams.state.Stores.persistentWindowStore(
                                SEEN_KEYS, horizon.multipliedBy(2), horizon, false)),
                        Serdes.Bytes(),
                        Serdes.ByteArray())
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }

    /// What is remembered of the windows of quotas beside their counters. Changes a few times per window.
    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> quotaMarks() {
        return plain(QUOTA_MARKS);
    }

    /// Quantities that are held for later events, while they are and for some days after.
    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> reservations() {
        return plain(RESERVATIONS);
    }

    /// Which plan limits have been told to be breached, in which window. Changes at most twice per limit and window.
    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> limitMarks() {
        return plain(LIMIT_MARKS);
    }

    /// Events that were taken out of the counters: one entry per correction, for good.
    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> voidedEvents() {
        return plain(VOIDED_EVENTS);
    }

    /// Events of meters whose value is a single event: up to [SampleReader#PER_HOUR_MAX] per subject, meter and hour,
    /// for
    /// [Samples#KEPT] after the hour.
    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> samples() {
        return plain(SAMPLES);
    }

    private static StoreBuilder<KeyValueStore<Bytes, byte[]>> plain(String name) {
        return org.apache.kafka.streams.state.Stores.keyValueStoreBuilder(
                        org.apache.kafka.streams.state.Stores.persistentKeyValueStore(name),
                        Serdes.Bytes(),
                        Serdes.ByteArray())
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }

    public static StoreBuilder<Counters> counters() {
        return new CountersBuilder(org.apache.kafka.streams.state.Stores.keyValueStoreBuilder(
                        org.apache.kafka.streams.state.Stores.persistentKeyValueStore(COUNTERS),
                        Serdes.Bytes(),
                        Serdes.ByteArray())
                .withLoggingEnabled(Map.of()));
    }
}
