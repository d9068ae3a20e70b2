package io.tollgate.quota.store;

import io.tollgate.contract.EventId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/// The events of one partition that were taken out of its counters, each with the offset of the command that did it.
/// Kept as long as events are, for good: some 100 bytes for each correction. The subject is in the key, so that no
/// command can touch another subject's event, whatever id it names. Written and read by the task's thread.
public final class VoidedEvents {
    private final KeyValueStore<Bytes, byte[]> store;

    public VoidedEvents(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    public boolean contains(String subjectKey, EventId id) {
        return store.get(key(subjectKey, id)) != null;
    }

    /// @param offset of the command
    public void add(String subjectKey, EventId id, long offset) {
        store.put(
                key(subjectKey, id),
                ByteBuffer.allocate(Long.BYTES).putLong(offset).array());
    }

    private static Bytes key(String subjectKey, EventId id) {
        byte[] subject = subjectKey.getBytes(StandardCharsets.UTF_8);
        byte[] event = id.bytes();
        return Bytes.wrap(ByteBuffer.allocate(2 + subject.length + event.length)
                .putShort((short) subject.length)
                .put(subject)
                .put(event)
                .array());
    }
}
