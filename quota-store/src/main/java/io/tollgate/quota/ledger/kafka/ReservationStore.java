package io.tollgate.quota.ledger.kafka;

import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.Reservation.State;
import io.tollgate.quota.admission.ReservationId;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/// The reservations of one partition. Open ones lie together, so that a new owner finds them in one scan; ended ones
/// are kept for
/// [#ENDED_KEPT], with an index by time by which they are removed. The task's thread writes; any thread reads.
///
/// Value: a version byte, the state's code, four times in microseconds (reserved, expires, ended), then subject, meter,
/// quantity
/// and settled quantity, each as length and bytes.
public final class ReservationStore {
    /// How long the state of an ended reservation can be asked for.
    public static final Duration ENDED_KEPT = Duration.ofDays(7);

    private static final byte OPEN = 'o';
    private static final byte ENDED = 'e';
    private static final byte ENDED_AT = 't';
    private static final byte VERSION = 1;

    private final KeyValueStore<Bytes, byte[]> store;

    public ReservationStore(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /// Stores a reservation as it is now.
    public void put(Reservation reservation) {
        String id = reservation.id().value();
        if (reservation.state() == State.OPEN) {
            store.put(key(OPEN, id), toBytes(reservation));
            return;
        }
        store.delete(key(OPEN, id));
        store.put(key(ENDED, id), toBytes(reservation));
        store.put(endedAt(reservation.closedAt().orElseThrow(), id), new byte[] {VERSION});
    }

    /// Removes those that ended before `before`, at most `most` of them.
    public void forgetEndedBefore(Instant before, int most) {
        List<Bytes> due = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> ended = store.range(endedAt(Instant.EPOCH, ""), endedAt(before, ""))) {
            while (ended.hasNext() && due.size() < most) {
                due.add(ended.next().key);
            }
        }
        for (Bytes key : due) {
            byte[] bytes = key.get();
            String id = new String(bytes, 1 + Long.BYTES, bytes.length - 1 - Long.BYTES, StandardCharsets.UTF_8);
            store.delete(key(ENDED, id));
            store.delete(key);
        }
    }

    List<Reservation> open() {
        List<Reservation> open = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> stored =
                store.range(Bytes.wrap(new byte[] {OPEN}), Bytes.wrap(new byte[] {OPEN + 1}))) {
            while (stored.hasNext()) {
                var entry = stored.next();
                open.add(fromBytes(id(entry.key), entry.value));
            }
        }
        return open;
    }

    Optional<Reservation> ended(ReservationId id) {
        byte[] value = store.get(key(ENDED, id.value()));
        return value == null ? Optional.empty() : Optional.of(fromBytes(id, value));
    }

    private static Bytes key(byte kind, String id) {
        byte[] text = id.getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(
                ByteBuffer.allocate(1 + text.length).put(kind).put(text).array());
    }

    private static Bytes endedAt(Instant time, String id) {
        byte[] text = id.getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(1 + Long.BYTES + text.length)
                .put(ENDED_AT)
                .putLong(StoredValues.micros(time))
                .put(text)
                .array());
    }

    private static ReservationId id(Bytes key) {
        return new ReservationId(new String(key.get(), 1, key.get().length - 1, StandardCharsets.UTF_8));
    }

    private static byte[] toBytes(Reservation reservation) {
        byte[] subject = reservation.subjectKey().getBytes(StandardCharsets.UTF_8);
        byte[] meter = reservation.meter().getBytes(StandardCharsets.UTF_8);
        byte[] quantity = StoredValues.unscaled(reservation.quantity());
        byte[] settled = reservation.settled().map(StoredValues::unscaled).orElseGet(() -> new byte[0]);
        ByteBuffer out = ByteBuffer.allocate(
                2 + 3 * Long.BYTES + 4 * 2 + subject.length + meter.length + quantity.length + settled.length);
        out.put(VERSION).put(code(reservation.state()));
        out.putLong(StoredValues.micros(reservation.reservedAt()))
                .putLong(StoredValues.micros(reservation.expiresAt()));
        out.putLong(reservation.closedAt().map(StoredValues::micros).orElse(-1L));
        for (byte[] part : new byte[][] {subject, meter, quantity, settled}) {
            out.putShort((short) part.length).put(part);
        }
        return out.array();
    }

    private static Reservation fromBytes(ReservationId id, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalStateException("a reservation was stored by a newer release (version " + version + ")");
        }
        State state = state(in.get());
        Instant reservedAt = StoredValues.instant(in.getLong());
        Instant expiresAt = StoredValues.instant(in.getLong());
        long closed = in.getLong();
        String subject = new String(part(in), StandardCharsets.UTF_8);
        String meter = new String(part(in), StandardCharsets.UTF_8);
        BigDecimal quantity = StoredValues.number(part(in));
        byte[] settled = part(in);
        return new Reservation(
                id,
                subject,
                meter,
                quantity,
                reservedAt,
                expiresAt,
                state,
                settled.length == 0 ? Optional.empty() : Optional.of(StoredValues.number(settled)),
                closed < 0 ? Optional.empty() : Optional.of(StoredValues.instant(closed)));
    }

    private static byte[] part(ByteBuffer in) {
        byte[] part = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(part);
        return part;
    }

    /// Stored numbers of the states: append only.
    private static byte code(State state) {
        return switch (state) {
            case OPEN -> 1;
            case SETTLED -> 2;
            case RELEASED -> 3;
            case EXPIRED -> 4;
        };
    }

    private static State state(byte code) {
        return switch (code) {
            case 1 -> State.OPEN;
            case 2 -> State.SETTLED;
            case 3 -> State.RELEASED;
            case 4 -> State.EXPIRED;
            default -> throw new IllegalStateException("no state of a reservation has code " + code);
        };
    }
}
