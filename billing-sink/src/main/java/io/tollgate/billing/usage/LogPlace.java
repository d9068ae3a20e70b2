package io.tollgate.billing.usage;

/// Where an event lies in `usage-events`: partition, offset of its record, place in the record from 0.
public record LogPlace(int partition, long offset, int index) {}
