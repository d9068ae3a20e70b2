package io.tollgate.quota.ledger;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaVerdict;
import io.tollgate.metering.quota.Span;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.QuotaWarning;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.store.SeenKeys.Sighting;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The ledger of a partition for as long as its task processes: from the processor's `init` to its `close`. Brings the
/// stores, the
/// clock, the lock and the lease to the [Ledger]'s rules. Stores are read outside the lock; what was read is used only
/// if the
/// task has counted nothing in between, or is read again inside. Thread-safe.
public final class OwnedLedger implements AutoCloseable {
    /// Longest wait for a key in flight; then the caller is told to come back.
    static final Duration IN_FLIGHT_WAIT = Duration.ofMillis(400);

    /// Longest wait for the task to have stored what it has judged, which takes it microseconds.
    private static final Duration STORED_WAIT = Duration.ofMillis(500);

    private final int partition;
    private final Books books;
    private final Quotas quotas;
    private final Lease lease;
    private final Supplier<Moment> clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Ledger ledger;
    private final Delays delays = new Delays();
    private boolean closed;
    private int waiters;
    private int reading;
    private long passed;
    private long logEnd = -1;
    private long backstopRejects;
    private long lateRecords;

    OwnedLedger(int partition, Books books, Quotas quotas, Lease lease, Supplier<Moment> clock) {
        this.partition = partition;
        this.books = books;
        this.quotas = quotas;
        this.lease = lease;
        this.clock = clock;
        this.ledger = new Ledger(
                partition,
                UUID.randomUUID(),
                books.storedOffset(),
                books.openReservations(),
                clock.get(),
                EnumSet.allOf(Rule.class));
        this.passed = books.storedOffset() + 1;
    }

    int partition() {
        return partition;
    }

    // ---- for gateways ----

    /// A request on its way to an answer, with one picture of the quotas for all looks at it.
    private static final class Asked {
        final AdmissionRequest request;
        final Function<String, Optional<Quota>> quotas;
        Set<RoomKey> missing = Set.of();

        @Nullable
        AdmissionAnswer answer;

        Asked(AdmissionRequest request, Function<String, Optional<Quota>> quotas) {
            this.request = request;
            this.quotas = quotas;
        }
    }

    /// Judges requests in order, with one look at the stores and one turn at the lock for all of them.
    ///
    /// @param deadline until when to wait for keys in flight, by the monotonic clock
    List<AdmissionAnswer> admit(List<AdmissionRequest> requests, long deadline) {
        List<Asked> all = requests.stream()
                .map(request -> new Asked(request, quotasOf(request.subjectKey())))
                .toList();
        List<Asked> left = all;
        while (!left.isEmpty()) {
            attempt(left, deadline);
            left = left.stream().filter(asked -> asked.answer == null).toList();
        }
        return all.stream().map(asked -> Objects.requireNonNull(asked.answer)).toList();
    }

    /// One look at the requests. Those that have to be looked at again when something has changed get no answer.
    private void attempt(List<Asked> requests, long deadline) {
        OptionalLong reader = begin(requests);
        if (reader.isEmpty()) {
            return;
        }
        Map<EventId, Sighting> seen = new HashMap<>();
        List<Loaded> loaded = new ArrayList<>(0);
        try {
            for (Asked asked : requests) {
                look(asked.request, seen);
                if (!asked.missing.isEmpty()) {
                    loaded.add(new Loaded(books.storedOffset(), read(asked.missing, asked.quotas)));
                }
            }
        } catch (RuntimeException | Error e) {
            doneReading(reader.getAsLong());
            throw e;
        }
        lock.lock();
        try {
            boolean answered;
            try {
                answered = decide(requests, seen, loaded, deadline);
            } finally {
                doneReading(reader.getAsLong());
            }
            if (!answered) {
                awaitChange(deadline);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Notes what has to be read and that somebody reads it. No reader if the requests are answered, since nothing is
    /// admitted here now.
    private OptionalLong begin(List<Asked> requests) {
        lock.lock();
        try {
            if (refused(requests)) {
                return OptionalLong.empty();
            }
            Moment now = clock.get();
            for (Asked asked : requests) {
                asked.missing = ledger.missing(asked.request, asked.quotas, now);
            }
            reading++;
            return OptionalLong.of(ledger.begin());
        } finally {
            lock.unlock();
        }
    }

    /// Answers all requests if nothing is admitted here now.
    private boolean refused(List<Asked> requests) {
        Optional<AdmissionAnswer.NotJudged> closedWhy = notAdmitting();
        closedWhy.ifPresent(why -> requests.forEach(asked -> asked.answer = why));
        return closedWhy.isPresent();
    }

    /// @return whether every request is answered
    private boolean decide(List<Asked> requests, Map<EventId, Sighting> seen, List<Loaded> loaded, long deadline) {
        if (refused(requests)) {
            return true;
        }
        Moment now = clock.get();
        loaded.forEach(windows -> take(windows, now));
        boolean patient = deadline - now.monotonicNanos() > 0;
        boolean answered = true;
        for (Asked asked : requests) {
            loadInside(ledger.missing(asked.request, asked.quotas, now), asked.quotas, now);
            switch (ledger.admit(asked.request, seen, asked.quotas, patient, now)) {
                case Ledger.Attempt.Answered answer -> asked.answer = answer.answer();
                case Ledger.Attempt.InFlight inFlight -> answered = false;
            }
        }
        return answered;
    }

    void outcome(AdmissionOutcome outcome) {
        lock.lock();
        try {
            if (!closed && ledger.outcome(outcome)) {
                wake();
            }
        } finally {
            lock.unlock();
        }
    }

    ReservationAnswer reserve(ReservationRequest request) {
        Function<String, Optional<Quota>> ofSubject = quotasOf(request.subjectKey());
        lock.lock();
        try {
            Optional<AdmissionAnswer.NotJudged> closedWhy = notAdmitting();
            if (closedWhy.isPresent()) {
                return ReservationAnswer.NotJudged.of(closedWhy.get());
            }
            Moment now = clock.get();
            loadInside(ledger.missing(request, ofSubject, now), ofSubject, now);
            return ledger.reserve(request, ended(request), ofSubject, now);
        } finally {
            lock.unlock();
        }
    }

    private Map<ReservationId, Reservation> ended(ReservationRequest request) {
        List<ReservationId> ids = switch (request) {
            case ReservationRequest.Reserve reserve ->
                reserve.items().stream()
                        .map(ReservationRequest.Item::reservationId)
                        .toList();
            case ReservationRequest.Settle settle -> List.of(settle.reservationId());
            case ReservationRequest.Release release -> List.of(release.reservationId());
        };
        Map<ReservationId, Reservation> ended = new HashMap<>();
        for (ReservationId id : ids) {
            endedReservation(id).ifPresent(reservation -> ended.put(id, reservation));
        }
        return ended;
    }

    /// A reservation that is over, be it stored already or about to be.
    private Optional<Reservation> endedReservation(ReservationId id) {
        return ledger.justEnded(id).or(() -> books.endedReservation(id));
    }

    ReservationAnswer reservation(ReservationId id) {
        lock.lock();
        try {
            Optional<AdmissionAnswer.NotJudged> closedWhy = notAdmitting();
            if (closedWhy.isPresent()) {
                return ReservationAnswer.NotJudged.of(closedWhy.get());
            }
            if (ledger.stepUnderWay(id)) {
                return new ReservationAnswer.NotJudged(
                        Reason.KEY_IN_FLIGHT, "a step with the reservation is on its way");
            }
            Optional<Reservation> open = ledger.openReservation(id);
            return open.or(() -> endedReservation(id))
                    .<ReservationAnswer>map(reservation -> new ReservationAnswer.Made(List.of(reservation)))
                    .orElseGet(ReservationAnswer.Unknown::new);
        } finally {
            lock.unlock();
        }
    }

    /// Reservations whose time has passed, each now waiting for its end to be written.
    List<Ledger.Expiry> expire(int most) {
        lock.lock();
        try {
            return notAdmitting().isPresent() ? List.of() : ledger.expire(clock.get(), most);
        } finally {
            lock.unlock();
        }
    }

    private CheckAnswer unlimited(QuotaCheck check) {
        lock.lock();
        try {
            return new CheckAnswer.Unlimited(ledger.reserved(check.subjectKey(), check.meter()));
        } finally {
            lock.unlock();
        }
    }

    CheckAnswer check(QuotaCheck check) {
        Optional<Quota> quota = quotas.quota(check.subjectKey(), check.meter());
        if (quota.isEmpty()) {
            return unlimited(check);
        }
        Span span = quota.get().period().containing(check.eventTime(), check.zone());
        RoomKey room = new RoomKey(check.subjectKey(), check.meter(), span);
        lock.lock();
        try {
            Optional<AdmissionAnswer.NotJudged> closedWhy = notAdmitting();
            if (closedWhy.isPresent()) {
                return CheckAnswer.NotJudged.of(closedWhy.get());
            }
            Moment now = clock.get();
            loadInside(ledger.hot(room) ? Set.of() : Set.of(room), meter -> quota, now);
            Ledger.Taken taken = ledger.taken(room, now).orElseThrow();
            return answer(check, quota.get(), span, taken, now.wall(), false);
        } finally {
            lock.unlock();
        }
    }

    /// What a check comes to.
    static CheckAnswer answer(
            QuotaCheck check, Quota quota, Span span, Ledger.Taken taken, Instant now, boolean stale) {
        BigDecimal used = taken.current().add(taken.reserved());
        QuotaVerdict verdict = quota.judge(used, check.quantity(), taken.graceStart(), now);
        Optional<QuotaWarning> warning = switch (verdict) {
            case QuotaVerdict.Exceeds exceeds -> Optional.empty();
            case QuotaVerdict.Passes passes ->
                warningCode(passes)
                        .map(code -> new QuotaWarning(
                                code,
                                check.meter(),
                                used.add(check.quantity()),
                                quota.limit(),
                                quota.softLimit(),
                                span.resetsAt(),
                                passes.graceEnd()));
        };
        return new CheckAnswer.Judged(
                verdict instanceof QuotaVerdict.Passes,
                quota,
                taken.current(),
                taken.reserved(),
                span.resetsAt(),
                warning,
                stale);
    }

    private static Optional<QuotaWarning.Code> warningCode(QuotaVerdict.Passes passes) {
        if (passes.graceEnd().isPresent()) {
            return Optional.of(QuotaWarning.Code.QUOTA_GRACE);
        }
        if (passes.overage()) {
            return Optional.of(QuotaWarning.Code.QUOTA_OVERAGE);
        }
        return passes.soft() ? Optional.of(QuotaWarning.Code.QUOTA_SOFT_LIMIT) : Optional.empty();
    }

    // ---- for the task ----

    /// Judges the next record. The caller stores what it says and then calls [#finish]. Task thread only.
    public Judgement judge(LoggedBatch batch) {
        Function<String, Optional<Quota>> ofSubject = quotasOf(batch.subjectKey());
        Map<EventId, Sighting> seen = Map.of();
        boolean lookedUp = false;
        while (true) {
            lock.lock();
            try {
                Moment now = clock.get();
                if (lookedUp || !ledger.needsLookups(batch)) {
                    loadInside(ledger.missing(batch, ofSubject, now), ofSubject, now);
                    Judgement judgement = ledger.judge(batch, seen, ofSubject, now);
                    note(batch, judgement, now);
                    return judgement;
                }
            } finally {
                lock.unlock();
            }
            seen = look(batch);
            lookedUp = true;
        }
    }

    /// Everything that the last judgement said is stored. Task thread only.
    public void finish() {
        lock.lock();
        try {
            ledger.finish();
            if (ledger.passed(Math.max(passed, ledger.judgedOffset() + 1)) || waiters > 0) {
                wake();
            }
        } finally {
            lock.unlock();
        }
    }

    private void note(LoggedBatch batch, Judgement judgement, Moment now) {
        batch.stamp()
                .ifPresent(stamp ->
                        delays.add(Duration.between(stamp.admittedAt(), batch.appendedAt()), now.monotonicNanos()));
        for (Judgement.Fate fate : judgement.fates()) {
            if (fate instanceof Judgement.Fate.Refused refused) {
                switch (refused.reason()) {
                    case BACKSTOP -> backstopRejects++;
                    case LATE -> lateRecords++;
                    case KEY_REUSED, NOT_AMENDED -> {}
                }
            }
        }
    }

    /// Ends the epoch: nobody reads the stores any more when it returns.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            wake();
            while (reading > 0) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- for the keeper ----

    boolean wantsEnd() {
        lock.lock();
        try {
            return !closed && ledger.wantsEnd(clock.get());
        } finally {
            lock.unlock();
        }
    }

    void end(long offset, Moment asked) {
        lock.lock();
        try {
            logEnd = offset;
            if (!closed) {
                ledger.end(offset, asked);
                progress(passed);
            }
        } finally {
            lock.unlock();
        }
    }

    /// The task has committed that it is done with everything before `position`, what could not be read included.
    void committed(long position) {
        lock.lock();
        try {
            progress(position);
        } finally {
            lock.unlock();
        }
    }

    private void progress(long position) {
        passed = Math.max(passed, position);
        if (!closed && ledger.passed(Math.max(passed, ledger.judgedOffset() + 1))) {
            wake();
        }
    }

    void coolDown() {
        lock.lock();
        try {
            if (!closed) {
                ledger.coolDown(clock.get());
            }
        } finally {
            lock.unlock();
        }
    }

    PartitionStatus status(String owner) {
        lock.lock();
        try {
            Moment now = clock.get();
            Optional<String> closedWhy = ledger.closedWhy();
            if (closedWhy.isEmpty() && !lease.holds(now.monotonicNanos())) {
                closedWhy = Optional.of("has not committed for " + Lease.LENGTH.toSeconds() + " s");
            }
            long counted = ledger.judgedOffset();
            return new PartitionStatus(
                    partition,
                    owner,
                    ledger.epoch,
                    closedWhy,
                    counted,
                    logEnd < 0 ? -1 : Math.max(0, logEnd - Math.max(passed, counted + 1)),
                    ledger.pending(),
                    ledger.oldestPending(now),
                    backstopRejects,
                    lateRecords,
                    delays.min(),
                    delays.max());
        } finally {
            lock.unlock();
        }
    }

    // ---- inside ----

    private Function<String, Optional<Quota>> quotasOf(String subjectKey) {
        // One picture for one judgement, whatever changes meanwhile.
        Map<String, Optional<Quota>> known = new HashMap<>(2);
        return meter -> known.computeIfAbsent(meter, asked -> quotas.quota(subjectKey, asked));
    }

    private Optional<AdmissionAnswer.NotJudged> notAdmitting() {
        if (closed) {
            return Optional.of(new AdmissionAnswer.NotJudged(Reason.NOT_OWNER, "the partition has moved"));
        }
        if (!lease.holds(clock.get().monotonicNanos())) {
            return Optional.of(new AdmissionAnswer.NotJudged(
                    Reason.HAND_OVER, "the owner has not committed for " + Lease.LENGTH.toSeconds() + " s"));
        }
        return ledger.closedWhy().map(why -> new AdmissionAnswer.NotJudged(Reason.HAND_OVER, why));
    }

    private void look(AdmissionRequest request, Map<EventId, Sighting> seen) {
        Instant arrival = clock.get().wall();
        for (Candidate candidate : request.events()) {
            if (candidate.keyed()) {
                books.seen(candidate.eventId(), arrival).ifPresent(sighting -> seen.put(candidate.eventId(), sighting));
            }
        }
    }

    private Map<EventId, Sighting> look(LoggedBatch batch) {
        Map<EventId, Sighting> seen = new HashMap<>();
        for (LoggedEvent event : batch.events()) {
            if (event.keyed()) {
                books.seen(event.eventId(), batch.appendedAt())
                        .ifPresent(sighting -> seen.put(event.eventId(), sighting));
            }
        }
        return seen;
    }

    /// Windows as they were stored when everything up to `offset` was.
    private record Loaded(long offset, Map<RoomKey, Stored> rooms) {}

    private record Stored(BigDecimal counted, QuotaMark mark) {}

    private Map<RoomKey, Stored> read(Set<RoomKey> missing, Function<String, Optional<Quota>> ofSubject) {
        Map<RoomKey, Stored> rooms = new HashMap<>();
        for (RoomKey room : missing) {
            Optional<Quota> quota = ofSubject.apply(room.meter());
            if (quota.isPresent()) {
                rooms.put(room, new Stored(books.counted(room, quota.get()), books.mark(room)));
            }
        }
        return rooms;
    }

    /// Uses what was read without the lock if nothing was judged since it was read.
    private void take(Loaded loaded, Moment now) {
        if (loaded.offset() == ledger.judgedOffset()) {
            loaded.rooms().forEach((room, stored) -> ledger.load(room, stored.counted(), stored.mark(), now));
        }
    }

    /// Reads windows under the lock, where nothing is judged, once the task has stored what it has judged.
    private void loadInside(Set<RoomKey> missing, Function<String, Optional<Quota>> ofSubject, Moment now) {
        if (missing.isEmpty()) {
            return;
        }
        if (!books.awaitStored(ledger.judgedOffset(), STORED_WAIT)) {
            throw new IllegalStateException("partition " + partition + " does not store what it has judged");
        }
        read(missing, ofSubject).forEach((room, stored) -> ledger.load(room, stored.counted(), stored.mark(), now));
    }

    private void doneReading(long reader) {
        lock.lock();
        try {
            ledger.end(reader);
            reading--;
            if (closed) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitChange(long deadline) {
        waiters++;
        try {
            // When nothing has changed by then, the next look gives up on the key.
            var unused = changed.awaitNanos(deadline - clock.get().monotonicNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waiters--;
        }
    }

    private void wake() {
        if (waiters > 0 || closed) {
            changed.signalAll();
        }
    }

    /// Partitions whose ledgers are asked together.
    static Set<Integer> partitionsOf(List<OwnedLedger> ledgers) {
        Set<Integer> partitions = new HashSet<>();
        ledgers.forEach(ledger -> partitions.add(ledger.partition));
        return partitions;
    }
}
