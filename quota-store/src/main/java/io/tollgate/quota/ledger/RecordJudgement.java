package io.tollgate.quota.ledger;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaVerdict;
import io.tollgate.quota.admission.AdmissionRules;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.ledger.Admitted.Entry;
import io.tollgate.quota.ledger.Admitted.Key;
import io.tollgate.quota.ledger.Judgement.Crossing;
import io.tollgate.quota.ledger.Judgement.Fate;
import io.tollgate.quota.store.SeenKeys;
import io.tollgate.quota.store.SeenKeys.Sighting;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The judgement over one record of the log: what becomes of each of its events, in order, and of the reservations that
/// it makes
/// a step with. Changes the ledger as it goes.
final class RecordJudgement {
    private final Ledger ledger;
    private final LoggedBatch batch;
    private final Map<EventId, Sighting> seen;
    private final @Nullable Admitted record;
    private final boolean late;
    private final QuotaWindows windows;
    private final List<Fate> fates;
    private final Map<Room, QuotaMark> marksBefore = new LinkedHashMap<>(1);
    private final List<Crossing> crossings = new ArrayList<>(0);
    private final List<Reservation> reservations = new ArrayList<>(0);
    /// Keys that this record itself has brought.
    private final Map<EventId, byte[]> brought = new HashMap<>(0);

    RecordJudgement(
            Ledger ledger,
            LoggedBatch batch,
            Map<EventId, Sighting> seen,
            Function<String, Optional<Quota>> quotas,
            Moment now) {
        this.ledger = ledger;
        this.batch = batch;
        this.seen = seen;
        this.record = ledger.liveRecord(batch);
        this.late = batch.stamp().isPresent()
                && AdmissionRules.late(batch.stamp().get().admittedAt(), batch.appendedAt())
                && ledger.rules.contains(Rule.LATE_IS_NOT_COUNTED);
        this.windows = new QuotaWindows(ledger.rooms, batch.subjectKey(), batch.zone(), quotas, now);
        this.fates = new ArrayList<>(batch.events().size());
    }

    Judgement judge() {
        for (int index = 0; index < batch.events().size(); index++) {
            LoggedEvent event = batch.events().get(index);
            Entry entry = record == null ? null : record.entries.get(index);
            if (batch.correction().isPresent() && !batch.correction().get().effective()) {
                fates.add(notAmended(entry));
                // The reservation that a live settlement counted on may have been ended by another epoch's record.
            } else if (entry != null && entry.live && (!settles() || settledBy().isPresent())) {
                fates.add(consume(event, entry, index));
            } else if (ledger.provenByStampAlone(batch)) {
                fates.add(count(event, index));
            } else {
                fates.add(lookUp(event, index));
            }
        }
        batch.step().ifPresent(this::step);
        if (batch.events().isEmpty()) {
            batch.correction().filter(LoggedCorrection::effective).ifPresent(out -> takeOut(out, Crossing.NO_EVENT));
        }
        if (record != null) {
            ledger.forget(record);
        }
        List<Judgement.Marked> changed = new ArrayList<>(0);
        marksBefore.forEach((room, before) -> {
            if (!before.equals(room.mark)) {
                changed.add(new Judgement.Marked(room.key, room.mark));
            }
        });
        return new Judgement(fates, changed, crossings, reservations);
    }

    // ---- events ----

    /// The event that the entry stands for.
    private Fate consume(LoggedEvent event, Entry entry, int index) {
        ledger.release(entry);
        if (isLate(event)) {
            ledger.forgetIfOn(entry);
            return tooLate();
        }
        if (event.keyed()) {
            Key key = ledger.keys.get(event.eventId());
            if (key != null) {
                key.counted(batch.appendedAt());
                ledger.justCounted.add(event.eventId());
            }
        }
        return count(event, index);
    }

    private Fate notAmended(@Nullable Entry entry) {
        if (entry != null && entry.live) {
            ledger.release(entry);
            ledger.forgetIfOn(entry);
        }
        return new Fate.Refused(Judgement.Reason.NOT_AMENDED, "the event that it was to replace is not taken out");
    }

    /// An event that nothing here stands for: a replay after a fall, a retry, or somebody else's.
    private Fate lookUp(LoggedEvent event, int index) {
        if (event.keyed()) {
            byte[] before = fingerprintBefore(event);
            if (before != null) {
                return SeenKeys.samePayload(before, event.fingerprint())
                        ? new Fate.Duplicate()
                        : new Fate.Refused(
                                Judgement.Reason.KEY_REUSED, "its key was counted before with another payload");
            }
        }
        if (isLate(event)) {
            return tooLate();
        }
        Optional<Fate.Refused> refused = ledger.rules.contains(Rule.BACKSTOP) ? backstop(event) : Optional.empty();
        if (refused.isPresent()) {
            return refused.get();
        }
        if (event.keyed()) {
            take(event);
        }
        return count(event, index);
    }

    private byte @Nullable [] fingerprintBefore(LoggedEvent event) {
        byte[] here = brought.get(event.eventId());
        if (here != null) {
            return here;
        }
        Sighting sighting = seen.get(event.eventId());
        return sighting == null ? null : sighting.fingerprint();
    }

    /// The key is this record's now; an admission that was to bring it has been overtaken.
    private void take(LoggedEvent event) {
        brought.put(event.eventId(), event.fingerprint());
        Key key = ledger.keys.get(event.eventId());
        if (key != null && key.entry != null) {
            if (!ledger.rules.contains(Rule.COUNTED_KEY_REMOVES_ENTRY)) {
                return;
            }
            ledger.release(key.entry);
        }
        Key taken = new Key(event.fingerprint(), null);
        taken.counted(batch.appendedAt());
        ledger.keys.put(event.eventId(), taken);
        ledger.justCounted.add(event.eventId());
    }

    private Optional<Fate.Refused> backstop(LoggedEvent event) {
        Optional<Held> settled = settledBy();
        if (settles() && settled.isEmpty()) {
            return refused("the reservation that it settles is not open");
        }
        if (event.quantity().signum() <= 0 && batch.correction().isEmpty()) {
            return Optional.empty();
        }
        Optional<Key> key = Optional.ofNullable(ledger.keys.get(event.eventId()));
        return exceeded(event.meter(), event.eventTime(), event.quantity(), event.ceiling(), room -> {
                    // What an admission with the same key holds becomes free as this event takes its place.
                    Entry overtaken = key.map(known -> known.entry).orElse(null);
                    BigDecimal own = (overtaken == null ? Room.ZERO : overtaken.heldIn(room)).add(takenOutOf(room));
                    return settled.filter(held -> held.in(room))
                            .map(held -> own.add(held.reservation.quantity()))
                            .orElse(own);
                })
                .map(why -> new Fate.Refused(Judgement.Reason.BACKSTOP, why));
    }

    /// Why a quantity does not fit, if it does not.
    ///
    /// @param own what it takes the place of in a window
    private Optional<String> exceeded(
            String meter,
            Instant time,
            BigDecimal quantity,
            Optional<BigDecimal> carried,
            Function<Room, BigDecimal> own) {
        Optional<Quota> quota = windows.quota(meter);
        boolean stamped = batch.stamp().isPresent();
        if (quota.isEmpty() || !quota.get().limiting() || (stamped && carried.isEmpty())) {
            return Optional.empty();
        }
        if (!stamped && !ledger.open() && ledger.rules.contains(Rule.CLOSED_REFUSES_UNADMITTED)) {
            return Optional.of("nobody admitted it, and the partition was changing hands");
        }
        for (Room room : windows.of(quota.get(), meter, time)) {
            if (batch.correction().isPresent() && quantity.compareTo(takenOutOf(room)) <= 0) {
                // It does not raise this window.
                continue;
            }
            BigDecimal used = room.taken().subtract(own.apply(room));
            Optional<BigDecimal> ceiling = stamped
                    ? ceiling(carried.orElseThrow(), quota.get(), room)
                    : ceilingNow(quota.get(), room, used, quantity);
            BigDecimal projected = used.add(quantity);
            if (ceiling.isPresent() && projected.compareTo(ceiling.get()) > 0) {
                return Optional.of("the window would hold " + projected.toPlainString() + " of "
                        + ceiling.get().toPlainString());
            }
        }
        return Optional.empty();
    }

    /// What the window may hold, for what some owner admitted: the highest of what it was admitted under, what
    /// anything before it was counted under, and today's. Records reach the log in another order than that of their
    /// admissions, so one of them alone is not enough.
    private Optional<BigDecimal> ceiling(BigDecimal carried, Quota quota, Room room) {
        BigDecimal ceiling = quota.ceiling().orElseThrow();
        if (ledger.rules.contains(Rule.GRANTED_CEILING)) {
            if (room.mark.unbounded()) {
                return Optional.empty();
            }
            if (room.mark.granted() != null) {
                ceiling = ceiling.max(room.mark.granted());
            }
        }
        return Optional.of(ledger.rules.contains(Rule.CARRIED_CEILING) ? ceiling.max(carried) : ceiling);
    }

    /// What the window may hold, for what nobody admitted. Grace begins with an admission, never with such a record.
    private Optional<BigDecimal> ceilingNow(Quota quota, Room room, BigDecimal used, BigDecimal quantity) {
        Optional<Instant> graceStart = Optional.ofNullable(room.mark.graceStart());
        return switch (quota.judge(used, quantity, graceStart, batch.appendedAt())) {
            case QuotaVerdict.Passes passes ->
                passes.graceStart().isPresent() && graceStart.isEmpty() ? quota.ceiling() : passes.ceiling();
            case QuotaVerdict.Exceeds exceeds -> quota.ceiling();
        };
    }

    /// What the record takes out of the window, before its own event comes into it.
    private BigDecimal takenOutOf(Room room) {
        return batch.correction()
                .filter(out ->
                        out.meter().equals(room.key.meter()) && room.key.span().contains(out.eventTime()))
                .map(LoggedCorrection::quantity)
                .orElse(Room.ZERO);
    }

    /// Takes a counted event out. That is never refused, not even where it raises the value.
    private void takeOut(LoggedCorrection out, int index) {
        ledger.rooms.holding(
                batch.subjectKey(),
                out.meter(),
                out.eventTime(),
                room -> room.counted = room.counted.subtract(out.quantity()));
        if (index == Crossing.NO_EVENT) {
            windows.quota(out.meter()).ifPresent(quota -> {
                Room own = windows.of(quota, out.meter(), out.eventTime()).getFirst();
                marksBefore.putIfAbsent(own, own.mark);
                crossed(quota, own, index);
            });
        }
    }

    private Fate count(LoggedEvent event, int index) {
        // Before its replacement comes in: else the window would hold both for a moment, and tell of a breach.
        batch.correction().ifPresent(out -> takeOut(out, index));
        ledger.rooms.holding(
                batch.subjectKey(),
                event.meter(),
                event.eventTime(),
                room -> room.counted = room.counted.add(event.quantity()));
        windows.quota(event.meter()).ifPresent(quota -> {
            List<Room> judging = windows.of(quota, event.meter(), event.eventTime());
            if (event.quantity().signum() > 0 || batch.correction().isPresent()) {
                grant(judging, event.ceiling(), quota);
            }
            note(event, quota, judging.getFirst(), index);
        });
        return new Fate.Counted(event.keyed());
    }

    private void grant(List<Room> judging, Optional<BigDecimal> carried, Quota quota) {
        for (Room room : judging) {
            marksBefore.putIfAbsent(room, room.mark);
            room.mark = room.mark.grant(batch.stamp().isPresent() ? carried : quota.ceiling());
        }
    }

    private void note(LoggedEvent event, Quota quota, Room own, int index) {
        marksBefore.putIfAbsent(own, own.mark);
        event.graceStart().ifPresent(start -> {
            own.mark = own.mark.grace(start);
            signal(Crossing.Kind.GRACE_STARTED, own, quota, index);
        });
        crossed(quota, own, index);
    }

    /// Tells the thresholds that the window's value stands beyond.
    private void crossed(Quota quota, Room own, int index) {
        BigDecimal value = own.counted;
        if (quota.softLimit().isPresent() && value.compareTo(quota.softLimit().get()) > 0) {
            signal(Crossing.Kind.SOFT, own, quota, index);
        }
        int toLimit = value.compareTo(quota.limit());
        if (toLimit >= 0) {
            signal(Crossing.Kind.HARD, own, quota, index);
        }
        if (toLimit > 0) {
            signal(Crossing.Kind.BREACH, own, quota, index);
        }
        if (toLimit < 0 && own.mark.has(Crossing.Kind.HARD)) {
            signal(Crossing.Kind.RECOVERY, own, quota, index);
        }
    }

    private void signal(Crossing.Kind kind, Room room, Quota quota, int index) {
        if (!room.mark.has(kind)) {
            room.mark = room.mark.signal(kind);
            crossings.add(new Crossing(kind, room.key, quota, room.counted, index, batch.appendedAt()));
        }
    }

    /// What settles a reservation is late under any quota and under none: the reservation may have ended meanwhile.
    private boolean isLate(LoggedEvent event) {
        return late && (event.ceiling().isPresent() || settles());
    }

    private Fate.Refused tooLate() {
        return new Fate.Refused(
                Judgement.Reason.LATE,
                "it reached the log more than " + AdmissionRules.IN_TIME.toMillis() + " ms after it was admitted");
    }

    private static Optional<Fate.Refused> refused(String why) {
        return Optional.of(new Fate.Refused(Judgement.Reason.BACKSTOP, why));
    }

    // ---- reservations ----

    private boolean settles() {
        return batch.step().isPresent() && batch.step().get().kind() == LoggedStep.Kind.SETTLE;
    }

    /// The reservation that the record settles, if it is open.
    private Optional<Held> settledBy() {
        return settles()
                ? Optional.ofNullable(ledger.reservations.get(
                                batch.step().get().items().getFirst().id()))
                        .filter(held -> held.phase != Held.Phase.RESERVING
                                && held.reservation.subjectKey().equals(batch.subjectKey()))
                : Optional.empty();
    }

    private void step(LoggedStep step) {
        switch (step.kind()) {
            case RESERVE -> reserve(step);
            case SETTLE -> {
                if (!fates.isEmpty() && fates.getFirst() instanceof Fate.Counted) {
                    BigDecimal quantity = batch.events().getFirst().quantity();
                    settledBy().ifPresent(held -> close(held, held.reservation.settled(quantity, batch.appendedAt())));
                } else if (record != null) {
                    record.steps.forEach(held -> held.phase = Held.Phase.OPEN);
                }
            }
            case RELEASE -> end(step, held -> held.reservation.released(batch.appendedAt()));
            case EXPIRE -> end(step, held -> held.reservation.expired(batch.appendedAt()));
        }
    }

    /// All items are held from now on, or none of them.
    private void reserve(LoggedStep step) {
        boolean live = record != null;
        List<Held> items = new ArrayList<>(step.items().size());
        for (LoggedStep.Item item : step.items()) {
            items.add(ledger.reservations.get(item.id()));
        }
        if (live) {
            for (Held held : items) {
                if (held == null) {
                    continue;
                }
                if (late) {
                    ledger.drop(held);
                } else {
                    held.phase = Held.Phase.OPEN;
                    reservations.add(held.reservation);
                    windows.quota(held.reservation.meter())
                            .ifPresent(quota -> grantReserved(step, held.reservation, quota));
                }
            }
        } else if (batch.stamp().isPresent() && !late && items.stream().allMatch(held -> held == null)) {
            reserveAnew(step);
        }
    }

    /// A step of another epoch, in the order of the log.
    private void reserveAnew(LoggedStep step) {
        Instant reservedAt = batch.stamp().orElseThrow().admittedAt();
        Map<Room, BigDecimal> asked = new HashMap<>();
        for (LoggedStep.Item item : step.items()) {
            Optional<String> exceeded = exceeded(
                    item.meter(),
                    reservedAt,
                    item.quantity(),
                    item.ceiling(),
                    room -> asked.getOrDefault(room, Room.ZERO).negate());
            if (exceeded.isPresent()) {
                return;
            }
            ledger.rooms.holding(
                    batch.subjectKey(),
                    item.meter(),
                    reservedAt,
                    room -> asked.merge(room, item.quantity(), BigDecimal::add));
        }
        for (LoggedStep.Item item : step.items()) {
            Reservation reservation = Ledger.reservation(
                    item.id(), batch.subjectKey(), item.meter(), item.quantity(), reservedAt, step.expiresAt());
            ledger.hold(new Held(reservation, Held.Phase.OPEN));
            reservations.add(reservation);
            windows.quota(item.meter()).ifPresent(quota -> grantReserved(step, reservation, quota));
        }
    }

    private void grantReserved(LoggedStep step, Reservation reservation, Quota quota) {
        Optional<BigDecimal> ceiling = step.items().stream()
                .filter(item -> item.id().equals(reservation.id()))
                .findFirst()
                .flatMap(LoggedStep.Item::ceiling);
        grant(windows.of(quota, reservation.meter(), reservation.reservedAt()), ceiling, quota);
    }

    private void end(LoggedStep step, Function<Held, Reservation> closed) {
        for (LoggedStep.Item item : step.items()) {
            Held held = ledger.reservations.get(item.id());
            if (held == null
                    || batch.stamp().isEmpty()
                    || !held.reservation.subjectKey().equals(batch.subjectKey())
                    || (record == null && held.phase == Held.Phase.RESERVING)) {
                continue;
            }
            if (!late) {
                close(held, closed.apply(held));
            } else if (record != null) {
                held.phase = Held.Phase.OPEN;
            }
        }
    }

    private void close(Held held, Reservation closed) {
        ledger.end(held, closed);
        reservations.add(closed);
    }
}
