package io.tollgate.aggregate.usage.topology;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WriteBufferManager;

/// One block cache and one write-buffer budget for all stores of the process, so native memory does not grow with the
/// number
/// of partitions and time segments.
public final class RocksDbBounds implements RocksDBConfigSetter {
    /// Blocks and write buffers together. 256 MB keeps the Bloom filters of some 100 million keys at hand (10 bits a
    /// key).
    private static final long NATIVE_BYTES_MAX = 256L << 20;

    private static final long WRITE_BUFFER_BYTES_MAX = 96L << 20;
    private static final long WRITE_BUFFER_BYTES = 16L << 20;
    private static final double FILTER_BITS_PER_KEY = 10;

    static {
        org.rocksdb.RocksDB.loadLibrary();
    }

    private static final Cache CACHE = new LRUCache(NATIVE_BYTES_MAX);
    private static final WriteBufferManager WRITE_BUFFERS = new WriteBufferManager(WRITE_BUFFER_BYTES_MAX, CACHE);

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(CACHE);
        table.setCacheIndexAndFilterBlocks(true);
        table.setPinTopLevelIndexAndFilter(true);
        table.setFilterPolicy(new BloomFilter(FILTER_BITS_PER_KEY));
        options.setWriteBufferManager(WRITE_BUFFERS);
        options.setWriteBufferSize(WRITE_BUFFER_BYTES);
        options.setTableFormatConfig(table);
    }

    @Override
    public void close(String storeName, Options options) {
        // Cache and budget are shared by all stores and live as long as the process.
    }
}
