package io.tollgate.quota.store;

import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/// Builds [Counters] over a logged key-value store.
final class CountersBuilder implements StoreBuilder<Counters> {
    private final StoreBuilder<KeyValueStore<Bytes, byte[]>> inner;

    CountersBuilder(StoreBuilder<KeyValueStore<Bytes, byte[]>> inner) {
        this.inner = inner.withCachingDisabled();
    }

    @Override
    public StoreBuilder<Counters> withCachingEnabled() {
        throw new IllegalArgumentException("counters gather changes themselves");
    }

    @Override
    public StoreBuilder<Counters> withCachingDisabled() {
        return this;
    }

    @Override
    public StoreBuilder<Counters> withLoggingEnabled(Map<String, String> config) {
        inner.withLoggingEnabled(config);
        return this;
    }

    @Override
    public StoreBuilder<Counters> withLoggingDisabled() {
        throw new IllegalArgumentException("counters without a changelog would be lost with the process");
    }

    @Override
    public Counters build() {
        return new Counters(inner.build());
    }

    @Override
    public Map<String, String> logConfig() {
        return inner.logConfig();
    }

    @Override
    public boolean loggingEnabled() {
        return true;
    }

    @Override
    public String name() {
        return inner.name();
    }
}
