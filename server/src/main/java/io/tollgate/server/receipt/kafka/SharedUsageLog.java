package io.tollgate.server.receipt.kafka;

import io.tollgate.contract.wire.RegistryUnavailableException;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.server.receipt.RecentLog;
import io.tollgate.server.receipt.UsageLog;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log for many threads: each reading has a connection of its own for as long as it takes, and few read at once.
public final class SharedUsageLog implements RecentLog {
    private static final Logger LOG = LoggerFactory.getLogger(SharedUsageLog.class);
    private static final int READERS_MAX = 4;

    private final String bootstrapServers;
    private final SchemaRegistry registry;
    private final Semaphore readers = new Semaphore(READERS_MAX);

    public SharedUsageLog(String bootstrapServers, SchemaRegistry registry) {
        this.bootstrapServers = bootstrapServers;
        this.registry = registry;
    }

    @Override
    public Optional<List<UsageLog.Entry>> read(Receipt receipt) {
        if (!readers.tryAcquire()) {
            return Optional.empty();
        }
        try (KafkaUsageLog log = new KafkaUsageLog(bootstrapServers, registry)) {
            return Optional.of(receipt.ranges().stream()
                    .flatMap(range -> log.read(range).stream())
                    .toList());
        } catch (KafkaException | RegistryUnavailableException e) {
            LOG.warn("A receipt cannot be looked up in the log: {}", e.toString());
            return Optional.empty();
        } finally {
            readers.release();
        }
    }
}
