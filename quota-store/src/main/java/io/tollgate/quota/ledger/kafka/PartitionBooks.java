package io.tollgate.quota.ledger.kafka;

import io.tollgate.contract.EventId;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.metering.quota.Span;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.ledger.Books;
import io.tollgate.quota.ledger.QuotaMark;
import io.tollgate.quota.ledger.RoomKey;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.CounterReader;
import io.tollgate.quota.store.SeenKeys;
import io.tollgate.quota.store.SeenKeys.Sighting;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/// The stores of one partition, as the ledger reads them.
public final class PartitionBooks implements Books {
    private static final long HOUR_SECONDS = 3_600;
    private static final int SPAN_OPENING_ATTEMPTS = 250;
    private static final Duration SPAN_OPENING_PAUSE = Duration.ofMillis(2);

    private final CounterReader counters;
    private final Optional<SeenKeys> seenKeys;
    private final ReadOnlyKeyValueStore<Bytes, byte[]> marks;
    private final Optional<ReservationStore> reservations;

    private PartitionBooks(
            CounterReader counters,
            Optional<SeenKeys> seenKeys,
            ReadOnlyKeyValueStore<Bytes, byte[]> marks,
            Optional<ReservationStore> reservations) {
        this.counters = counters;
        this.seenKeys = seenKeys;
        this.marks = marks;
        this.reservations = reservations;
    }

    /// All that a task has stored, for its owner.
    public static PartitionBooks owned(
            CounterReader counters,
            SeenKeys seenKeys,
            ReadOnlyKeyValueStore<Bytes, byte[]> marks,
            ReservationStore reservations) {
        return new PartitionBooks(counters, Optional.of(seenKeys), marks, Optional.of(reservations));
    }

    /// A standby's copy, in which only windows are read.
    public static PartitionBooks copy(CounterReader counters, ReadOnlyKeyValueStore<Bytes, byte[]> marks) {
        return new PartitionBooks(counters, Optional.empty(), marks, Optional.empty());
    }

    @Override
    public Optional<Sighting> seen(EventId key, Instant arrival) {
        int attempts = 0;
        while (true) {
            try {
                return seenKeys.flatMap(keys -> keys.find(key.bytes(), arrival));
            } catch (InvalidStateStoreException e) {
                // A new span of keys is in the store's list a moment before it can be read.
                if (++attempts > SPAN_OPENING_ATTEMPTS) {
                    throw e;
                }
                LockSupport.parkNanos(SPAN_OPENING_PAUSE.toNanos());
            }
        }
    }

    /// Calendar windows are counters already; wider ones are composed of them, and custom ones of hours, with minutes
    /// at their edges.
    @Override
    public BigDecimal counted(RoomKey room, Quota quota) {
        Span span = room.span();
        return switch (quota.period()) {
            case QuotaPeriod.Daily daily -> one(room, WindowSize.DAY);
            case QuotaPeriod.Monthly monthly -> one(room, WindowSize.MONTH);
            case QuotaPeriod.Yearly yearly -> sum(room, WindowSize.MONTH, span.start(), span.end());
            case QuotaPeriod.Lifetime lifetime ->
                sum(counters.countersOf(room.subjectKey(), room.meter(), WindowSize.MONTH));
            case QuotaPeriod.Rolling rolling -> sum(room, WindowSize.DAY, span.start(), span.end());
            case QuotaPeriod.Custom custom -> {
                Instant firstHour = hourFrom(span.start());
                Instant lastHour = hourBefore(span.end());
                yield sum(room, WindowSize.MINUTE, span.start(), firstHour)
                        .add(sum(room, WindowSize.HOUR, firstHour, lastHour))
                        .add(sum(room, WindowSize.MINUTE, lastHour, span.end()));
            }
        };
    }

    @Override
    public QuotaMark mark(RoomKey room) {
        return QuotaMarks.find(marks, room);
    }

    @Override
    public Collection<Reservation> openReservations() {
        return reservations.map(ReservationStore::open).orElse(List.of());
    }

    @Override
    public Optional<Reservation> endedReservation(ReservationId id) {
        return reservations.flatMap(store -> store.ended(id));
    }

    @Override
    public long storedOffset() {
        return counters.countedOffset();
    }

    @Override
    public boolean awaitStored(long offset, Duration atMost) {
        return counters.awaitCounted(offset, atMost);
    }

    private BigDecimal one(RoomKey room, WindowSize size) {
        return counters.counter(new CounterKey(
                        room.subjectKey(), room.meter(), size, room.span().start()))
                .map(counter -> counter.state().sum())
                .orElse(ZERO);
    }

    private BigDecimal sum(RoomKey room, WindowSize size, Instant from, Instant to) {
        return from.isBefore(to) ? sum(counters.countersIn(room.subjectKey(), room.meter(), size, from, to)) : ZERO;
    }

    private static BigDecimal sum(List<Counter> windows) {
        return windows.stream().map(counter -> counter.state().sum()).reduce(ZERO, BigDecimal::add);
    }

    /// A window of at least an hour holds the first whole hour from its start on, or ends before it.
    private static Instant hourFrom(Instant instant) {
        return Instant.ofEpochSecond(-Math.floorDiv(-instant.getEpochSecond(), HOUR_SECONDS) * HOUR_SECONDS);
    }

    private static Instant hourBefore(Instant instant) {
        return Instant.ofEpochSecond(Math.floorDiv(instant.getEpochSecond(), HOUR_SECONDS) * HOUR_SECONDS);
    }

    private static final BigDecimal ZERO = BigDecimal.ZERO.setScale(Quantity.SCALE);
}
