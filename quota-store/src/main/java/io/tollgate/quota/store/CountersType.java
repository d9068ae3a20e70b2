package io.tollgate.quota.store;

import java.util.List;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.QueryableStoreType;
import org.apache.kafka.streams.state.internals.StateStoreProvider;

/// How an interactive query asks for the counters of one partition, whether they are the owner's or a standby's:
/// [Counters#serving()] tells.
public final class CountersType implements QueryableStoreType<Counters> {
    @Override
    public boolean accepts(StateStore store) {
        return store instanceof Counters;
    }

    @Override
    public Counters create(StateStoreProvider provider, String storeName) {
        List<Counters> stores = provider.stores(storeName, this);
        if (stores.size() != 1) {
            throw new InvalidStateStoreException(
                    "ask for the counters of one partition that is here, not of " + stores.size());
        }
        return stores.getFirst();
    }
}
