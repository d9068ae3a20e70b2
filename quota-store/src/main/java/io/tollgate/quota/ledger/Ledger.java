package io.tollgate.quota.ledger;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaVerdict;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.AdmissionRules;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.DecisionId;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.ledger.Admitted.Entry;
import io.tollgate.quota.ledger.Admitted.Key;
import io.tollgate.quota.ledger.Admitted.Whereabouts;
import io.tollgate.quota.store.SeenKeys.Sighting;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The ledger of one partition in one epoch: what its owner knows beyond what is counted, and every decision that rests
/// on
/// it. The log, not the ledger, is the truth; a ledger dies with its task and is never stored.
///
/// Pure: one caller at a time, no I/O, no clock. What is stored is handed in: first sightings of keys by the caller of
/// each
/// decision, counted values by [#load]. Decisions are made by [RequestDecision] without changing anything and then
/// applied here;
/// the log's records change the books by [RecordJudgement].
final class Ledger {
    /// Events admitted and not counted yet, in all. What a task counts in about 5 seconds; beyond it nothing is
    /// admitted.
    static final int PENDING_MAX = 200_000;

    /// How long the id of an admission that is over is known, so that a copy of its request that was held up on the way
    /// is not
    /// taken for a new one: several times the longest wait of a gateway.
    static final Duration ENDED_KNOWN = Duration.ofSeconds(10);

    /// Reservations that hold room at once.
    static final int RESERVATIONS_MAX = 200_000;

    /// The outcome of looking at a request.
    sealed interface Attempt {
        record Answered(AdmissionAnswer answer) implements Attempt {}

        /// A key of it is on its way in another record, or room for it is. Ask again when something has changed.
        record InFlight() implements Attempt {}
    }

    final UUID epoch;
    final Set<Rule> rules;
    final Rooms rooms = new Rooms();
    final Map<EventId, Key> keys = new HashMap<>();
    final Map<ReservationId, Held> reservations = new LinkedHashMap<>();
    private final Map<String, Set<Held>> reservationsOf = new HashMap<>();
    /// Keys that the last judged record has counted.
    final List<EventId> justCounted = new ArrayList<>();
    /// Reservations that the last judged record ended, until the stores hold that.
    private final Map<ReservationId, Reservation> justEnded = new HashMap<>();

    private final int partition;
    private final Moment began;
    private final Map<AdmissionId, Admitted> admissions = new LinkedHashMap<>();
    private final Map<String, List<Admitted>> bySubject = new HashMap<>();
    /// When admissions that are over were made.
    private final Map<AdmissionId, Moment> ended = new LinkedHashMap<>();
    private int pending;

    /// Numbers readers and marks in one sequence, so that it is known which came first.
    private long sequence;

    private final TreeSet<Long> readers = new TreeSet<>();
    private final ArrayDeque<Mark> marks = new ArrayDeque<>();

    private boolean open;
    private long openingEnd = Admitted.NO_END;
    private long judgedOffset;

    private record Mark(long number, EventId key) {}

    /// @param judgedOffset offset of the last record that the stores hold; -1 for none
    /// @param stored reservations that are open as of that
    Ledger(
            int partition,
            UUID epoch,
            long judgedOffset,
            Collection<Reservation> stored,
            Moment began,
            Set<Rule> rules) {
        this.partition = partition;
        this.epoch = epoch;
        this.judgedOffset = judgedOffset;
        this.began = began;
        this.rules = rules;
        this.open = !rules.contains(Rule.OPENS_AFTER_CATCH_UP);
        stored.forEach(reservation -> hold(new Held(reservation, Held.Phase.OPEN)));
    }

    boolean open() {
        return open;
    }

    /// Offset of the last record judged.
    long judgedOffset() {
        return judgedOffset;
    }

    /// Events and steps that are admitted and not counted yet.
    int pending() {
        return pending;
    }

    // ---- reading before deciding ----

    /// Begins an admission: from now on, keys that are counted stay known here until [#end].
    long begin() {
        long reader = ++sequence;
        readers.add(reader);
        return reader;
    }

    void end(long reader) {
        readers.remove(reader);
        long first = readers.isEmpty() ? Long.MAX_VALUE : readers.first();
        while (!marks.isEmpty() && marks.peek().number() < first) {
            forgetIfCounted(marks.remove().key());
        }
    }

    /// Windows that must be loaded before the request can be judged.
    Set<RoomKey> missing(AdmissionRequest request, Function<String, Optional<Quota>> quotas, Moment now) {
        QuotaWindows.Missing missing =
                windows(request.subjectKey(), request.zone(), quotas, now).missing();
        for (Candidate candidate : request.events()) {
            missing.look(candidate.meter(), candidate.eventTime());
        }
        return missing.keys();
    }

    /// Windows that must be loaded before the step can be judged.
    Set<RoomKey> missing(ReservationRequest request, Function<String, Optional<Quota>> quotas, Moment now) {
        switch (request) {
            case ReservationRequest.Reserve reserve -> {
                QuotaWindows.Missing missing = windows(reserve.subjectKey(), reserve.zone(), quotas, now)
                        .missing();
                reserve.items().forEach(item -> missing.look(item.meter(), now.wall()));
                return missing.keys();
            }
            case ReservationRequest.Settle settle -> {
                QuotaWindows.Missing missing =
                        windows(settle.subjectKey(), settle.zone(), quotas, now).missing();
                missing.look(settle.event().meter(), settle.event().eventTime());
                return missing.keys();
            }
            case ReservationRequest.Release release -> {
                return Set.of();
            }
        }
    }

    /// Windows that must be loaded before the record can be judged.
    Set<RoomKey> missing(LoggedBatch batch, Function<String, Optional<Quota>> quotas, Moment now) {
        QuotaWindows.Missing missing =
                windows(batch.subjectKey(), batch.zone(), quotas, now).missing();
        for (LoggedEvent event : batch.events()) {
            missing.look(event.meter(), event.eventTime());
        }
        batch.correction()
                .filter(LoggedCorrection::effective)
                .ifPresent(out -> missing.look(out.meter(), out.eventTime()));
        if (batch.step().isPresent() && batch.stamp().isPresent()) {
            for (LoggedStep.Item item : batch.step().get().items()) {
                Held held = reservations.get(item.id());
                missing.look(
                        item.meter(), held == null ? batch.stamp().get().admittedAt() : held.reservation.reservedAt());
            }
        }
        return missing.keys();
    }

    private QuotaWindows windows(String subjectKey, ZoneId zone, Function<String, Optional<Quota>> quotas, Moment now) {
        return new QuotaWindows(rooms, subjectKey, zone, quotas, now);
    }

    /// Whether the window is here.
    boolean hot(RoomKey key) {
        return rooms.find(key) != null;
    }

    /// Takes over what is stored of a window, as of [#judgedOffset]. What is on its way or reserved is added from the
    /// ledger's own entries.
    void load(RoomKey key, BigDecimal counted, QuotaMark mark, Moment now) {
        if (!hot(key)) {
            Room room = new Room(key, counted, mark, now.monotonicNanos());
            room.held = heldIn(room);
            room.reserved = reservedIn(room);
            rooms.add(room);
        }
    }

    // ---- admission ----

    /// Judges a request whose windows are loaded, and takes the room of what it admits.
    ///
    /// @param seen first sightings of the request's keys as looked up in the store since [#begin]
    /// @param patient whether to answer [Attempt.InFlight] where a key or room is on its way, instead of giving up on
    /// it
    Attempt admit(
            AdmissionRequest request,
            Map<EventId, Sighting> seen,
            Function<String, Optional<Quota>> quotas,
            boolean patient,
            Moment now) {
        Admitted before = admissions.get(request.id());
        if (before != null && before.decided.isPresent()) {
            return new Attempt.Answered(before.decided.get());
        }
        if (over(request.id(), now)) {
            return notJudged(Reason.KEY_IN_FLIGHT, "the admission is over; this is a late copy of its request");
        }
        if (!open) {
            return notJudged(Reason.HAND_OVER, "the partition is changing hands");
        }
        if (pending + request.events().size() > PENDING_MAX) {
            return notJudged(Reason.OVERLOADED, PENDING_MAX + " admitted events wait to be counted already");
        }
        RequestDecision decision = new RequestDecision(this, request, quotas, now);
        if (!decision.recognise(seen)) {
            if (patient) {
                return new Attempt.InFlight();
            }
            if (!request.partial()) {
                return notJudged(
                        Reason.KEY_IN_FLIGHT, "a key is on its way in another request whose outcome is not known yet");
            }
        }
        decision.judge();
        if (patient && decision.denies() && freesSoon(request)) {
            return new Attempt.InFlight();
        }
        if (decision.denies() && amendedMeanwhile(request)) {
            return patient
                    ? new Attempt.InFlight()
                    : notJudged(Reason.KEY_IN_FLIGHT, "another amendment of the event is on its way");
        }
        AdmissionAnswer.Decided answer = new AdmissionAnswer.Decided(epoch, now.wall(), List.of(decision.decisions()));
        List<Candidate> admitted = decision.admitted();
        if (!admitted.isEmpty()) {
            apply(Admitted.events(request.id(), request.subjectKey(), now, answer, admitted));
        }
        return new Attempt.Answered(answer);
    }

    /// Whether the admission has been made and is over.
    private boolean over(AdmissionId id, Moment now) {
        Iterator<Moment> oldest = ended.values().iterator();
        while (oldest.hasNext() && now.since(oldest.next()).compareTo(ENDED_KNOWN) > 0) {
            oldest.remove();
        }
        return rules.contains(Rule.ADMISSION_HAPPENS_ONCE) && ended.containsKey(id);
    }

    /// Whether something that is in the log, and about to be counted, may make room for the request. It is not free
    /// before: another record with its key may be counted in its place.
    private boolean freesSoon(AdmissionRequest request) {
        for (Admitted record : bySubject.getOrDefault(request.subjectKey(), List.of())) {
            if (record.whereabouts != Whereabouts.LANDED) {
                continue;
            }
            for (Entry entry : record.entries) {
                if (entry.live
                        && entry.candidate.quantity().signum() < 0
                        && request.events().stream()
                                .anyMatch(event -> event.meter().equals(entry.candidate.meter()))) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Whether an event that the request replaces is replaced by a record on its way already. It may be the same
    /// request,
    /// sent again, that a denial would tell of its own first.
    private boolean amendedMeanwhile(AdmissionRequest request) {
        return request.events().stream()
                .flatMap(event -> event.replaces().stream())
                .anyMatch(replaced -> bySubject.getOrDefault(request.subjectKey(), List.of()).stream()
                        .flatMap(record -> record.entries.stream())
                        .anyMatch(entry -> entry.live
                                && entry.candidate
                                        .replaces()
                                        .filter(replaced::equals)
                                        .isPresent()));
    }

    private static Attempt notJudged(Reason reason, String why) {
        return new Attempt.Answered(new AdmissionAnswer.NotJudged(reason, why));
    }

    /// Takes the room of what is admitted, and its place in the books.
    private void apply(Admitted record) {
        admissions.put(record.id, record);
        bySubject
                .computeIfAbsent(record.subjectKey, subject -> new ArrayList<>(2))
                .add(record);
        pending += record.size();
        for (Entry entry : record.entries) {
            Candidate candidate = entry.candidate;
            if (candidate.mayRaise() || !rules.contains(Rule.FREED_WHEN_LOGGED)) {
                take(entry);
            }
            if (candidate.keyed()) {
                keys.put(candidate.eventId(), new Key(candidate.fingerprint(), entry));
            }
        }
    }

    /// What became of an admitted record. An outcome of another epoch, or of a record that is counted, means nothing.
    ///
    /// @return whether somebody who waits for a key may now go on
    boolean outcome(AdmissionOutcome outcome) {
        Admitted record = admissions.get(outcome.id());
        if (!outcome.epoch().equals(epoch) || record == null) {
            return false;
        }
        switch (outcome.fate()) {
            case LANDED -> record.whereabouts = Whereabouts.LANDED;
            case FAILED -> drop(record);
            case UNKNOWN -> {
                if (!rules.contains(Rule.UNKNOWN_KEEPS_ROOM)) {
                    drop(record);
                }
            }
        }
        return true;
    }

    /// Puts the entry's quantity into the windows that it belongs to.
    private void take(Entry entry) {
        entry.held = entry.candidate.quantity();
        rooms.holding(
                entry.subjectKey(),
                entry.candidate.meter(),
                entry.candidate.eventTime(),
                room -> room.held = room.held.add(entry.heldIn(room)));
    }

    /// What is taken of a window: nothing is changed.
    Optional<Taken> taken(RoomKey key, Moment now) {
        Room room = rooms.find(key);
        if (room == null) {
            return Optional.empty();
        }
        room.usedNanos = now.monotonicNanos();
        // What settles a reservation counts as used from its admission on, though the reservation holds its room.
        BigDecimal settling = settlingIn(room);
        return Optional.of(new Taken(
                room.total().add(settling),
                room.reserved.subtract(settling),
                Optional.ofNullable(room.mark.graceStart())));
    }

    /// @param current counted and on its way
    /// @param reserved held by open reservations
    record Taken(BigDecimal current, BigDecimal reserved, Optional<Instant> graceStart) {}

    Denial denial(Quota quota, Room room, BigDecimal used, BigDecimal requested, Moment now) {
        Optional<Instant> graceEnd = quota.graceLength()
                .flatMap(length -> Optional.ofNullable(room.mark.graceStart()).map(start -> start.plus(length)))
                .or(quota::graceEnd);
        return new Denial(
                room.key.meter(),
                quota.mode(),
                quota.limit(),
                quota.softLimit(),
                used,
                requested,
                room.key.span().resetsAt(),
                graceEnd,
                DecisionId.of(quota, room.key.span(), used, requested, now.wall(), epoch.toString(), partition));
    }

    // ---- reservations ----

    /// Judges a step whose windows are loaded, and takes or holds what it needs.
    ///
    /// @param stored the reservations that the step names and that are over, as stored
    ReservationAnswer reserve(
            ReservationRequest request,
            Map<ReservationId, Reservation> stored,
            Function<String, Optional<Quota>> quotas,
            Moment now) {
        Admitted before = admissions.get(request.id());
        if (before != null && before.granted.isPresent()) {
            return before.granted.get();
        }
        if (over(request.id(), now)) {
            return new ReservationAnswer.NotJudged(
                    Reason.KEY_IN_FLIGHT, "the step is over; this is a late copy of its request");
        }
        if (!open) {
            return new ReservationAnswer.NotJudged(Reason.HAND_OVER, "the partition is changing hands");
        }
        int held = request instanceof ReservationRequest.Reserve reserve
                ? reservations.size() + reserve.items().size()
                : 0;
        if (pending + 1 > PENDING_MAX || held > RESERVATIONS_MAX) {
            return new ReservationAnswer.NotJudged(
                    Reason.OVERLOADED, "too many reservations are open, or too much waits to be counted");
        }
        return switch (request) {
            case ReservationRequest.Reserve reserve -> hold(reserve, stored, quotas, now);
            case ReservationRequest.Settle settle -> settle(settle, stored, quotas, now);
            case ReservationRequest.Release release -> release(release, stored, now);
        };
    }

    private ReservationAnswer hold(
            ReservationRequest.Reserve request,
            Map<ReservationId, Reservation> stored,
            Function<String, Optional<Quota>> quotas,
            Moment now) {
        List<Reservation> made = new ArrayList<>();
        for (ReservationRequest.Item item : request.items()) {
            Held held = reservations.get(item.reservationId());
            Reservation over = stored.get(item.reservationId());
            if (held != null && held.phase == Held.Phase.RESERVING) {
                return inFlight();
            }
            if (held != null || over != null) {
                made.add(held == null ? over : held.reservation);
            }
        }
        if (!made.isEmpty()) {
            return new ReservationAnswer.Made(made);
        }
        QuotaWindows windows = windows(request.subjectKey(), request.zone(), quotas, now);
        Map<Room, BigDecimal> asked = new HashMap<>(2);
        List<Optional<BigDecimal>> ceilings = new ArrayList<>();
        List<Optional<BigDecimal>> remaining = new ArrayList<>();
        for (ReservationRequest.Item item : request.items()) {
            Optional<Quota> quota = windows.quota(item.meter());
            Optional<BigDecimal> ceiling = Optional.empty();
            boolean unbounded = false;
            if (quota.isPresent()) {
                for (Room room : windows.of(quota.get(), item.meter(), now.wall())) {
                    BigDecimal used = room.taken().add(asked.getOrDefault(room, Room.ZERO));
                    switch (judge(quota.get(), room, used, item.quantity(), now)) {
                        case QuotaVerdict.Exceeds exceeds -> {
                            return new ReservationAnswer.Denied(denial(quota.get(), room, used, item.quantity(), now));
                        }
                        case QuotaVerdict.Passes passes -> {
                            unbounded |= passes.ceiling().isEmpty();
                            ceiling = passes.ceiling();
                        }
                    }
                    asked.merge(room, item.quantity(), BigDecimal::add);
                }
                BigDecimal left = quota.get()
                        .limit()
                        .subtract(windows.of(quota.get(), item.meter(), now.wall())
                                .getFirst()
                                .taken())
                        .subtract(item.quantity());
                remaining.add(Optional.of(left.max(Room.ZERO)));
            } else {
                remaining.add(Optional.empty());
            }
            ceilings.add(unbounded ? Optional.empty() : ceiling);
        }
        Instant expiresAt = now.wall().plus(request.timeToLive());
        List<Held> items = request.items().stream()
                .map(item -> new Held(
                        reservation(
                                item.reservationId(),
                                request.subjectKey(),
                                item.meter(),
                                item.quantity(),
                                now.wall(),
                                expiresAt),
                        Held.Phase.RESERVING))
                .toList();
        items.forEach(this::hold);
        return grant(request, ceilings, remaining, List.of(), items, now);
    }

    private ReservationAnswer settle(
            ReservationRequest.Settle request,
            Map<ReservationId, Reservation> stored,
            Function<String, Optional<Quota>> quotas,
            Moment now) {
        Held held = reservations.get(request.reservationId());
        if (held == null) {
            Reservation over = stored.get(request.reservationId());
            if (over == null || !over.subjectKey().equals(request.subjectKey())) {
                return new ReservationAnswer.Unknown();
            }
            boolean same = over.settled()
                    .map(quantity -> quantity.compareTo(request.event().quantity()) == 0)
                    .orElse(false);
            return same ? new ReservationAnswer.Made(List.of(over)) : new ReservationAnswer.Conflict(over);
        }
        if (!held.reservation.subjectKey().equals(request.subjectKey())) {
            return new ReservationAnswer.Unknown();
        }
        if (held.phase != Held.Phase.OPEN) {
            return inFlight();
        }
        if (request.event().quantity().compareTo(held.reservation.quantity()) > 0) {
            return new ReservationAnswer.Conflict(held.reservation);
        }
        QuotaWindows windows = windows(request.subjectKey(), request.zone(), quotas, now);
        Optional<Quota> quota = windows.quota(request.event().meter());
        Optional<BigDecimal> ceiling = Optional.empty();
        if (quota.isPresent()) {
            for (Room room : windows.of(
                    quota.get(), request.event().meter(), request.event().eventTime())) {
                BigDecimal own = held.in(room) ? held.reservation.quantity() : Room.ZERO;
                BigDecimal used = room.taken().subtract(own);
                switch (judge(quota.get(), room, used, request.event().quantity(), now)) {
                    case QuotaVerdict.Exceeds exceeds -> {
                        // A limit that was lowered meanwhile does not take back what was promised.
                        if (!held.in(room)) {
                            return new ReservationAnswer.Denied(denial(
                                    quota.get(), room, used, request.event().quantity(), now));
                        }
                        ceiling = Optional.of(room.taken());
                    }
                    case QuotaVerdict.Passes passes -> ceiling = passes.ceiling();
                }
            }
        }
        held.phase = Held.Phase.SETTLING;
        return grant(
                request, List.of(ceiling), List.of(Optional.empty()), List.of(request.event()), List.of(held), now);
    }

    private ReservationAnswer release(
            ReservationRequest.Release request, Map<ReservationId, Reservation> stored, Moment now) {
        Held held = reservations.get(request.reservationId());
        if (held == null) {
            Reservation over = stored.get(request.reservationId());
            if (over == null || !over.subjectKey().equals(request.subjectKey())) {
                return new ReservationAnswer.Unknown();
            }
            return over.state() == Reservation.State.SETTLED
                    ? new ReservationAnswer.Conflict(over)
                    : new ReservationAnswer.Made(List.of(over));
        }
        if (!held.reservation.subjectKey().equals(request.subjectKey())) {
            return new ReservationAnswer.Unknown();
        }
        if (held.phase != Held.Phase.OPEN) {
            return inFlight();
        }
        held.phase = Held.Phase.RELEASING;
        return grant(request, List.of(), List.of(), List.of(), List.of(held), now);
    }

    /// A reservation that is over, and may not be stored as such yet.
    Optional<Reservation> justEnded(ReservationId id) {
        return Optional.ofNullable(justEnded.get(id));
    }

    /// Takes a reservation off the books that the record under judgement ends.
    void end(Held held, Reservation ended) {
        drop(held);
        justEnded.put(ended.id(), ended);
    }

    /// Whether a step with the reservation is admitted and not judged yet, so that nobody can say how it stands.
    boolean stepUnderWay(ReservationId id) {
        Held held = reservations.get(id);
        return held != null && held.phase != Held.Phase.OPEN;
    }

    /// A reservation that is in the books and not over.
    Optional<Reservation> openReservation(ReservationId id) {
        return Optional.ofNullable(reservations.get(id))
                .filter(held -> held.phase != Held.Phase.RESERVING)
                .map(held -> held.reservation);
    }

    /// Reservations whose time has passed, each now waiting for the fact that ends it. What does not reach the log is
    /// open again, and due again.
    List<Expiry> expire(Moment now, int most) {
        List<Expiry> due = new ArrayList<>(0);
        if (!open) {
            return due;
        }
        for (Held held : reservations.values()) {
            if (due.size() < most
                    && held.phase == Held.Phase.OPEN
                    && !held.reservation.expiresAt().isAfter(now.wall())) {
                held.phase = Held.Phase.EXPIRING;
                AdmissionId id = AdmissionId.random();
                ReservationAnswer.Granted granted = new ReservationAnswer.Granted(
                        epoch, now.wall(), List.of(held.reservation), List.of(), List.of());
                apply(Admitted.step(id, held.reservation.subjectKey(), now, granted, List.of(), List.of(held)));
                due.add(new Expiry(id, epoch, now.wall(), held.reservation));
            }
        }
        return due;
    }

    /// The end of a reservation whose time has passed, to be written to the log.
    record Expiry(AdmissionId id, UUID epoch, Instant admittedAt, Reservation reservation) {}

    private ReservationAnswer grant(
            ReservationRequest request,
            List<Optional<BigDecimal>> ceilings,
            List<Optional<BigDecimal>> remaining,
            List<Candidate> events,
            List<Held> steps,
            Moment now) {
        ReservationAnswer.Granted granted = new ReservationAnswer.Granted(
                epoch, now.wall(), steps.stream().map(held -> held.reservation).toList(), ceilings, remaining);
        apply(Admitted.step(request.id(), request.subjectKey(), now, granted, events, steps));
        return granted;
    }

    /// Grace begins with an event, never with a reservation: its record has no place to say so.
    private static QuotaVerdict judge(Quota quota, Room room, BigDecimal used, BigDecimal quantity, Moment now) {
        Optional<Instant> graceStart = Optional.ofNullable(room.mark.graceStart());
        QuotaVerdict verdict = quota.judge(used, quantity, graceStart, now.wall());
        return verdict instanceof QuotaVerdict.Passes passes
                        && passes.graceStart().isPresent()
                        && graceStart.isEmpty()
                ? new QuotaVerdict.Exceeds(used.add(quantity))
                : verdict;
    }

    private static ReservationAnswer inFlight() {
        return new ReservationAnswer.NotJudged(
                Reason.KEY_IN_FLIGHT, "an earlier step with the reservation is on its way, and its outcome not known");
    }

    static Reservation reservation(
            ReservationId id,
            String subjectKey,
            String meter,
            BigDecimal quantity,
            Instant reservedAt,
            Instant expiresAt) {
        return new Reservation(
                id,
                subjectKey,
                meter,
                quantity,
                reservedAt,
                expiresAt,
                Reservation.State.OPEN,
                Optional.empty(),
                Optional.empty());
    }

    // ---- the log ----

    /// Whether some event of the record does not consume a live entry, so that keys must be looked up before it is
    /// judged.
    boolean needsLookups(LoggedBatch batch) {
        Admitted record = liveRecord(batch);
        if (record == null) {
            return !provenByStampAlone(batch);
        }
        for (Entry entry : record.entries) {
            if (!entry.live) {
                return true;
            }
        }
        return false;
    }

    /// Judges a record, in the log's order. The caller writes what it says to the stores and then calls [#finish].
    ///
    /// @param seen first sightings of the record's keys as stored; not looked at for events that consume a live entry
    Judgement judge(
            LoggedBatch batch, Map<EventId, Sighting> seen, Function<String, Optional<Quota>> quotas, Moment now) {
        Judgement judgement = new RecordJudgement(this, batch, seen, quotas, now).judge();
        judgedOffset = batch.offset();
        return judgement;
    }

    /// The stores hold what the last judged record brought; its keys are forgotten here when nobody can have missed
    /// them.
    void finish() {
        if (readers.isEmpty() || !rules.contains(Rule.MARKS_OUTLIVE_READERS)) {
            justCounted.forEach(this::forgetIfCounted);
        } else {
            long number = ++sequence;
            justCounted.forEach(key -> marks.add(new Mark(number, key)));
        }
        justCounted.clear();
        justEnded.clear();
    }

    // ---- time ----

    /// Whether the end of the log is wanted: by a ledger that waits to open, or to give up records that never came.
    boolean wantsEnd(Moment now) {
        if (!open && openingEnd == Admitted.NO_END && now.since(began).compareTo(AdmissionRules.IN_TIME) >= 0) {
            return true;
        }
        for (Admitted record : admissions.values()) {
            if (now.since(record.at).compareTo(AdmissionRules.IN_TIME) <= 0) {
                return false;
            }
            if (record.endOffset == Admitted.NO_END) {
                return true;
            }
        }
        return false;
    }

    /// The end of the log, uncommitted records included, as read at some time after `asked`.
    void end(long offset, Moment asked) {
        if (!open && openingEnd == Admitted.NO_END && asked.since(began).compareTo(AdmissionRules.IN_TIME) >= 0) {
            openingEnd = offset;
        }
        for (Admitted record : admissions.values()) {
            if (asked.since(record.at).compareTo(AdmissionRules.IN_TIME) <= 0) {
                break;
            }
            if (record.endOffset == Admitted.NO_END) {
                record.endOffset = offset;
            }
        }
    }

    /// Everything before `position` is judged, or was set aside as unreadable. Opens the ledger when that is enough,
    /// and gives
    /// up records that cannot come in time any more.
    ///
    /// @return whether somebody who waits for a key, or for the ledger to open, may now go on
    boolean passed(long position) {
        boolean changed = false;
        if (!open && openingEnd != Admitted.NO_END && position >= openingEnd) {
            open = true;
            changed = true;
        }
        List<Admitted> lost = new ArrayList<>(0);
        for (Admitted record : admissions.values()) {
            // Ends were read in the order of admissions.
            if (record.endOffset == Admitted.NO_END || record.endOffset > position) {
                break;
            }
            lost.add(record);
        }
        lost.forEach(this::drop);
        return changed || !lost.isEmpty();
    }

    /// How long the oldest admission has waited to be counted.
    Optional<Duration> oldestPending(Moment now) {
        Iterator<Admitted> oldest = admissions.values().iterator();
        return oldest.hasNext() ? Optional.of(now.since(oldest.next().at)) : Optional.empty();
    }

    /// Why nothing is admitted; empty if it is.
    Optional<String> closedWhy() {
        if (open) {
            return Optional.empty();
        }
        return Optional.of(
                openingEnd == Admitted.NO_END
                        ? "waits until nothing that an earlier owner admitted can still arrive"
                        : "counts up to offset " + openingEnd + ", and is at " + (judgedOffset + 1));
    }

    /// Forgets windows that nobody has asked for lately.
    void coolDown(Moment now) {
        rooms.coolDown(now, room -> room.held.signum() != 0 || room.reserved.signum() != 0);
    }

    /// What is wrong with the ledger's own sums; empty when they add up. Slow, for proofs.
    Optional<String> audit() {
        int size = admissions.values().stream().mapToInt(Admitted::size).sum();
        if (size != pending) {
            return Optional.of(size + " entries, but " + pending + " pending");
        }
        List<String> wrong = new ArrayList<>();
        rooms.forEach(room -> {
            if (heldIn(room).compareTo(room.held) != 0) {
                wrong.add(room.key + " holds " + room.held + ", its entries " + heldIn(room));
            }
            if (reservedIn(room).compareTo(room.reserved) != 0) {
                wrong.add(room.key + " has reserved " + room.reserved + ", its reservations " + reservedIn(room));
            }
        });
        return wrong.stream().findFirst();
    }

    // ---- for the judgement ----

    /// The admission whose record this is, if this epoch made it and it was not consumed before.
    @Nullable
    Admitted liveRecord(LoggedBatch batch) {
        if (batch.stamp().isEmpty() || !batch.stamp().get().epoch().equals(epoch)) {
            return null;
        }
        Admitted record = admissions.get(new AdmissionId(batch.stamp().get().admissionId()));
        return record != null
                        && record.subjectKey.equals(batch.subjectKey())
                        && record.at.wall().equals(batch.stamp().get().admittedAt())
                        && same(record, batch)
                ? record
                : null;
    }

    private static boolean same(Admitted record, LoggedBatch batch) {
        List<LoggedStep.Item> items = batch.step().map(LoggedStep::items).orElse(List.of());
        if (record.entries.size() != batch.events().size() || record.steps.size() != items.size()) {
            return false;
        }
        for (int i = 0; i < items.size(); i++) {
            if (!record.steps.get(i).reservation.id().equals(items.get(i).id())) {
                return false;
            }
        }
        for (int i = 0; i < record.entries.size(); i++) {
            EventId admitted = record.entries.get(i).candidate.eventId();
            if (!admitted.equals(batch.events().get(i).eventId())) {
                return false;
            }
        }
        return true;
    }

    boolean provenByStampAlone(LoggedBatch batch) {
        return batch.stamp().isPresent() && !rules.contains(Rule.LIVE_ENTRY_PROVES_ADMISSION);
    }

    /// Takes the record off the books; its entries are settled already.
    void forget(Admitted record) {
        if (admissions.remove(record.id) == null) {
            return;
        }
        ended.put(record.id, record.at);
        pending -= record.size();
        List<Admitted> ofSubject = bySubject.get(record.subjectKey);
        if (ofSubject != null) {
            ofSubject.remove(record);
            if (ofSubject.isEmpty()) {
                bySubject.remove(record.subjectKey);
            }
        }
    }

    /// Gives back what the entry holds; it stands for nothing from now on.
    void release(Entry entry) {
        if (entry.held.signum() != 0 || entry.candidate.replaces().isPresent()) {
            rooms.holding(
                    entry.subjectKey(),
                    entry.candidate.meter(),
                    entry.candidate.eventTime(),
                    room -> room.held = room.held.subtract(entry.heldIn(room)));
        }
        entry.live = false;
    }

    /// Forgets the entry's key if it is still on its way by this entry.
    void forgetIfOn(Entry entry) {
        Key key = keys.get(entry.candidate.eventId());
        if (key != null && key.entry == entry) {
            keys.remove(entry.candidate.eventId());
        }
    }

    /// Puts a reservation on the books.
    void hold(Held held) {
        reservations.put(held.reservation.id(), held);
        Reservation reservation = held.reservation;
        reservationsOf
                .computeIfAbsent(reservation.subjectKey(), subject -> new HashSet<>())
                .add(held);
        rooms.holding(
                reservation.subjectKey(),
                reservation.meter(),
                reservation.reservedAt(),
                room -> room.reserved = room.reserved.add(reservation.quantity()));
    }

    /// Takes a reservation off the books.
    void drop(Held held) {
        Reservation reservation = held.reservation;
        if (reservations.remove(reservation.id(), held)) {
            reservationsOf.computeIfPresent(reservation.subjectKey(), (subject, ofSubject) -> {
                ofSubject.remove(held);
                return ofSubject.isEmpty() ? null : ofSubject;
            });
            rooms.holding(
                    reservation.subjectKey(),
                    reservation.meter(),
                    reservation.reservedAt(),
                    room -> room.reserved = room.reserved.subtract(reservation.quantity()));
        }
    }

    // ---- inside ----

    /// Gives up a record that will not be counted: its room is free, its keys are unknown, and its reservations are as
    /// before.
    private void drop(Admitted record) {
        for (Entry entry : record.entries) {
            if (entry.live) {
                release(entry);
                if (entry.candidate.keyed()) {
                    forgetIfOn(entry);
                }
            }
        }
        for (Held step : record.steps) {
            if (step.phase == Held.Phase.RESERVING) {
                drop(step);
            } else {
                step.phase = Held.Phase.OPEN;
            }
        }
        forget(record);
    }

    private void forgetIfCounted(EventId eventId) {
        Key key = keys.get(eventId);
        if (key != null && key.entry == null) {
            keys.remove(eventId);
        }
    }

    private BigDecimal heldIn(Room room) {
        BigDecimal held = Room.ZERO;
        for (Admitted admitted : bySubject.getOrDefault(room.key.subjectKey(), List.of())) {
            for (Entry entry : admitted.entries) {
                held = held.add(entry.heldIn(room));
            }
        }
        return held;
    }

    private BigDecimal settlingIn(Room room) {
        BigDecimal settling = Room.ZERO;
        for (Admitted admitted : bySubject.getOrDefault(room.key.subjectKey(), List.of())) {
            for (Held step : admitted.steps) {
                if (step.phase == Held.Phase.SETTLING && step.in(room)) {
                    for (Entry entry : admitted.entries) {
                        settling = settling.add(entry.candidate.quantity());
                    }
                }
            }
        }
        return settling;
    }

    /// Held by open reservations of a meter, whatever window they are in.
    BigDecimal reserved(String subjectKey, String meter) {
        BigDecimal reserved = Room.ZERO;
        for (Held held : reservationsOf.getOrDefault(subjectKey, Set.of())) {
            if (held.reservation.meter().equals(meter)) {
                reserved = reserved.add(held.reservation.quantity());
            }
        }
        return reserved;
    }

    private BigDecimal reservedIn(Room room) {
        BigDecimal reserved = Room.ZERO;
        for (Held held : reservationsOf.getOrDefault(room.key.subjectKey(), Set.of())) {
            if (held.in(room)) {
                reserved = reserved.add(held.reservation.quantity());
            }
        }
        return reserved;
    }
}
