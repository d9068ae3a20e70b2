package io.tollgate.ingest.reservation;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.quantity.Quantity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What one request asks to be held: all of it or nothing.
///
/// @param items 1 to [io.tollgate.quota.admission.ReservationRequest.Reserve#ITEMS_MAX]
/// @param timeToLive whole seconds
public record ReservationOrder(TenantId tenantId, List<Item> items, Duration timeToLive) {
    /// @param quantity greater than 0
    /// @param key what its id is derived from; empty: it gets a fresh one, and asking again holds once more
    public record Item(MeterKey meter, Quantity quantity, Optional<Key> key) {}

    /// @param index place of the item among those that the idempotency key stands for
    public record Key(String idempotencyKey, int index) {}
}
