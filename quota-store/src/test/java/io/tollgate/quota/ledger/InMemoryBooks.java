package io.tollgate.quota.ledger;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.store.SeenKeys.Sighting;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Books without a store behind them, which count how often keys are looked up. Everything counted is in one window.
final class InMemoryBooks implements Books {
    final AtomicInteger lookups = new AtomicInteger();
    private final Map<EventId, Sighting> seen = new ConcurrentHashMap<>();
    private final Map<String, BigDecimal> counted = new ConcurrentHashMap<>();
    private volatile long stored = -1;

    /// Stores what a judgement says.
    void store(LoggedBatch batch, Judgement judgement) {
        for (int i = 0; i < batch.events().size(); i++) {
            LoggedEvent event = batch.events().get(i);
            if (judgement.fates().get(i) instanceof Judgement.Fate.Counted) {
                seen.put(event.eventId(), new Sighting(batch.appendedAt(), event.fingerprint()));
                counted.merge(batch.subjectKey() + event.meter(), event.quantity(), BigDecimal::add);
            }
        }
        stored = batch.offset();
    }

    @Override
    public Optional<Sighting> seen(EventId key, Instant arrival) {
        lookups.incrementAndGet();
        return Optional.ofNullable(seen.get(key));
    }

    @Override
    public BigDecimal counted(RoomKey room, Quota quota) {
        return counted.getOrDefault(room.subjectKey() + room.meter(), Room.ZERO);
    }

    @Override
    public QuotaMark mark(RoomKey room) {
        return QuotaMark.NONE;
    }

    @Override
    public Collection<Reservation> openReservations() {
        return List.of();
    }

    @Override
    public Optional<Reservation> endedReservation(ReservationId id) {
        return Optional.empty();
    }

    @Override
    public long storedOffset() {
        return stored;
    }

    @Override
    public boolean awaitStored(long offset, Duration atMost) {
        return stored >= offset;
    }
}
