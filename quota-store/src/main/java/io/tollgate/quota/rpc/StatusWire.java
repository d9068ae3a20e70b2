package io.tollgate.quota.rpc;

import io.tollgate.quota.admission.PartitionStatus;
import java.util.Optional;

/// How a partition does, as it travels.
final class StatusWire {
    private StatusWire() {}

    static Wire.PartitionStatus toWire(PartitionStatus status) {
        Wire.PartitionStatus.Builder wire = Wire.PartitionStatus.newBuilder()
                .setPartition(status.partition())
                .setOwner(status.owner())
                .setEpoch(Scalars.toWire(status.epoch()))
                .setCountedOffset(status.countedOffset())
                .setLag(status.lag())
                .setPending(status.pending())
                .setBackstopRejects(status.backstopRejects())
                .setLateRecords(status.lateRecords());
        status.closedWhy().ifPresent(wire::setClosedWhy);
        status.oldestUnresolved().map(Scalars::micros).ifPresent(wire::setOldestUnresolved);
        status.delayMin().map(Scalars::micros).ifPresent(wire::setDelayMin);
        status.delayMax().map(Scalars::micros).ifPresent(wire::setDelayMax);
        return wire.build();
    }

    static PartitionStatus fromWire(Wire.PartitionStatus wire) {
        return new PartitionStatus(
                wire.getPartition(),
                wire.getOwner(),
                Scalars.uuid(wire.getEpoch()),
                wire.hasClosedWhy() ? Optional.of(wire.getClosedWhy()) : Optional.empty(),
                wire.getCountedOffset(),
                wire.getLag(),
                wire.getPending(),
                Scalars.duration(wire.hasOldestUnresolved(), wire.getOldestUnresolved()),
                wire.getBackstopRejects(),
                wire.getLateRecords(),
                Scalars.duration(wire.hasDelayMin(), wire.getDelayMin()),
                Scalars.duration(wire.hasDelayMax(), wire.getDelayMax()));
    }
}
