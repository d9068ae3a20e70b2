package io.tollgate.contract.wire;

import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/// Where a key lies: Kafka's default partitioner, computed without a producer so that the owner of a subject is known
/// before anything is written.
public final class Partitioning {
    private Partitioning() {}

    public static int partitionOf(byte[] keyBytes, int partitions) {
        return BuiltInPartitioner.partitionForKey(keyBytes, partitions);
    }
}
