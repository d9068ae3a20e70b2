package io.tollgate.quota.store;

import java.nio.file.Path;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;
import org.apache.kafka.streams.state.internals.OffsetCheckpoint;
import org.apache.kafka.streams.state.internals.WrappedStateStore;
import org.jspecify.annotations.Nullable;

/// A window store that can say that it holds nothing. Kafka's keeps the position in its changelog with its spans of
/// time; without a span it has none, and Streams 4.3 takes a store without a position in a folder that is not empty for
/// one that broke in the middle of a transaction. Each hand-over of a partition that has not seen a key yet would then
/// wipe the whole task, and wiping an active task brings the next rebalance.
final class SpanStore extends WrappedStateStore<WindowStore<Bytes, byte[]>, Bytes, byte[]>
        implements WindowStore<Bytes, byte[]> {
    private @Nullable Path folder;

    private SpanStore(WindowStore<Bytes, byte[]> inner) {
        super(inner);
    }

    /// What makes such stores where `inner` makes Kafka's.
    static WindowBytesStoreSupplier over(WindowBytesStoreSupplier inner) {
        return new WindowBytesStoreSupplier() {
            @Override
            public String name() {
                return inner.name();
            }

            @Override
            public WindowStore<Bytes, byte[]> get() {
                return new SpanStore(inner.get());
            }

            @Override
            public String metricsScope() {
                return inner.metricsScope();
            }

            @Override
            public long segmentIntervalMs() {
                return inner.segmentIntervalMs();
            }

            @Override
            public long windowSize() {
                return inner.windowSize();
            }

            @Override
            public boolean retainDuplicates() {
                return inner.retainDuplicates();
            }

            @Override
            public long retentionPeriod() {
                return inner.retentionPeriod();
            }
        };
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {
        // As Kafka's window store has it: a folder per span.
        folder = context.stateDir().toPath().resolve(name());
        super.init(context, root);
    }

    @Override
    public @Nullable Long committedOffset(TopicPartition partition) {
        Long offset = super.committedOffset(partition);
        return offset == null && hasNoSpan() ? Long.valueOf(OffsetCheckpoint.OFFSET_UNKNOWN) : offset;
    }

    private boolean hasNoSpan() {
        Path spans = folder;
        String[] names = spans == null ? null : spans.toFile().list();
        return names != null && names.length == 0;
    }

    @Override
    public void put(Bytes key, byte[] value, long start) {
        wrapped().put(key, value, start);
    }

    @Override
    public byte[] fetch(Bytes key, long start) {
        return wrapped().fetch(key, start);
    }

    @Override
    public WindowStoreIterator<byte[]> fetch(Bytes key, long from, long to) {
        return wrapped().fetch(key, from, to);
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> fetch(Bytes keyFrom, Bytes keyTo, long from, long to) {
        return wrapped().fetch(keyFrom, keyTo, from, to);
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> all() {
        return wrapped().all();
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> fetchAll(long from, long to) {
        return wrapped().fetchAll(from, to);
    }
}
