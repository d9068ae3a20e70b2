package io.tollgate.ingest.reservation;

import io.tollgate.ingest.admission.Decisions;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.EventDecision;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.admission.Reservations;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/// The owner of all reservations, in memory: one window per meter that never ends, bounded where a limit is set. A step
/// becomes true when its record is reported to have landed, and never was when it is reported to have failed; until
/// then it is in flight. Can be told what to answer.
public final class InMemoryReservations implements Reservations {
    public static final UUID EPOCH = new UUID(9, 9);

    private final Instant now;
    private final Map<ReservationId, Reservation> known = new HashMap<>();
    private final Map<String, BigDecimal> limits = new HashMap<>();
    private final Map<AdmissionId, List<Reservation>> granted = new HashMap<>();
    private final Set<ReservationId> inFlight = new HashSet<>();
    private final List<ReservationRequest> requests = new ArrayList<>();
    private final List<AdmissionOutcome> outcomes = new ArrayList<>();
    private int lookUps;
    private Function<ReservationRequest, Optional<ReservationAnswer>> told = request -> Optional.empty();

    /// @param now when everything is granted
    public InMemoryReservations(Instant now) {
        this.now = now;
    }

    /// Where the gateway reports.
    public Admissions admissions() {
        return new Admissions() {
            @Override
            public List<AdmissionAnswer> admit(List<AdmissionRequest> asked) {
                throw new IllegalStateException("no events are admitted here");
            }

            @Override
            public void report(List<AdmissionOutcome> reported) {
                reported.forEach(InMemoryReservations.this::reported);
            }
        };
    }

    private synchronized void reported(AdmissionOutcome outcome) {
        outcomes.add(outcome);
        switch (outcome.fate()) {
            case LANDED -> over(outcome.id()).forEach(reservation -> known.put(reservation.id(), reservation));
            case FAILED -> over(outcome.id());
            case UNKNOWN -> {}
        }
    }

    private List<Reservation> over(AdmissionId id) {
        List<Reservation> steps = Optional.ofNullable(granted.remove(id)).orElse(List.of());
        steps.forEach(reservation -> inFlight.remove(reservation.id()));
        return steps;
    }

    /// The most that open reservations of the meter may hold.
    public synchronized void limit(String meter, String most) {
        limits.put(meter, new BigDecimal(most).setScale(6));
    }

    /// What is answered from now on, where it is present.
    public synchronized void answers(Function<ReservationRequest, Optional<ReservationAnswer>> toRequests) {
        told = toRequests;
    }

    public void doesNotJudge(Reason reason) {
        answers(request -> Optional.of(new ReservationAnswer.NotJudged(reason, "told so")));
    }

    /// Ends what is in the books, as time does.
    public synchronized void expireAll() {
        known.replaceAll((id, reservation) ->
                reservation.state() == Reservation.State.OPEN ? reservation.expired(now) : reservation);
    }

    /// Begins anew.
    public synchronized void forget() {
        known.clear();
        limits.clear();
        granted.clear();
        inFlight.clear();
        requests.clear();
        outcomes.clear();
        lookUps = 0;
        told = request -> Optional.empty();
    }

    public synchronized List<ReservationRequest> requests() {
        return List.copyOf(requests);
    }

    public synchronized List<AdmissionOutcome> outcomes() {
        return List.copyOf(outcomes);
    }

    public synchronized int lookUps() {
        return lookUps;
    }

    @Override
    public synchronized ReservationAnswer reserve(ReservationRequest request) {
        requests.add(request);
        return told.apply(request).orElseGet(() -> judge(request));
    }

    @Override
    public synchronized ReservationAnswer reservation(ReservationId id) {
        lookUps++;
        if (inFlight.contains(id)) {
            return inFlight();
        }
        return known.containsKey(id) ? made(id) : new ReservationAnswer.Unknown();
    }

    private ReservationAnswer made(ReservationId id) {
        return new ReservationAnswer.Made(List.of(known.get(id)));
    }

    private ReservationAnswer judge(ReservationRequest request) {
        return switch (request) {
            case ReservationRequest.Reserve reserve -> hold(reserve);
            case ReservationRequest.Settle settle ->
                step(
                        settle,
                        settle.reservationId(),
                        reservation -> reservation.settled(settle.event().quantity(), now),
                        List.of(Optional.ofNullable(limits.get(settle.event().meter()))));
            case ReservationRequest.Release release ->
                step(release, release.reservationId(), reservation -> reservation.released(now), List.of());
        };
    }

    private ReservationAnswer hold(ReservationRequest.Reserve request) {
        List<ReservationId> ids = request.items().stream()
                .map(ReservationRequest.Item::reservationId)
                .toList();
        if (ids.stream().anyMatch(inFlight::contains)) {
            return inFlight();
        }
        List<Reservation> before =
                ids.stream().filter(known::containsKey).map(known::get).toList();
        if (!before.isEmpty()) {
            return new ReservationAnswer.Made(before);
        }
        Map<String, BigDecimal> taken = new HashMap<>();
        known.values().stream()
                .filter(reservation -> reservation.state() == Reservation.State.OPEN)
                .forEach(reservation -> taken.merge(reservation.meter(), reservation.quantity(), BigDecimal::add));
        List<Reservation> made = new ArrayList<>();
        List<Optional<BigDecimal>> ceilings = new ArrayList<>();
        List<Optional<BigDecimal>> remaining = new ArrayList<>();
        for (ReservationRequest.Item item : request.items()) {
            BigDecimal total = taken.merge(item.meter(), item.quantity(), BigDecimal::add);
            Optional<BigDecimal> limit = Optional.ofNullable(limits.get(item.meter()));
            if (limit.isPresent() && total.compareTo(limit.get()) > 0) {
                return new ReservationAnswer.Denied(denial(item));
            }
            made.add(new Reservation(
                    item.reservationId(),
                    request.subjectKey(),
                    item.meter(),
                    item.quantity(),
                    now,
                    now.plus(request.timeToLive()),
                    Reservation.State.OPEN,
                    Optional.empty(),
                    Optional.empty()));
            ceilings.add(limit);
            remaining.add(limit.map(most -> most.subtract(total)));
        }
        return grant(request, made, made, ceilings, remaining);
    }

    private static Denial denial(ReservationRequest.Item item) {
        EventDecision.Denied denied =
                Decisions.denied(item.meter(), item.quantity().toPlainString());
        return denied.denial();
    }

    private ReservationAnswer step(
            ReservationRequest request,
            ReservationId id,
            Function<Reservation, Reservation> closed,
            List<Optional<BigDecimal>> ceilings) {
        if (inFlight.contains(id)) {
            return inFlight();
        }
        Reservation reservation = known.get(id);
        if (reservation == null) {
            return new ReservationAnswer.Unknown();
        }
        return reservation.state() == Reservation.State.OPEN
                ? grant(request, List.of(reservation), List.of(closed.apply(reservation)), ceilings, List.of())
                : new ReservationAnswer.Conflict(reservation);
    }

    private ReservationAnswer grant(
            ReservationRequest request,
            List<Reservation> as,
            List<Reservation> becoming,
            List<Optional<BigDecimal>> ceilings,
            List<Optional<BigDecimal>> remaining) {
        granted.put(request.id(), List.copyOf(becoming));
        becoming.forEach(reservation -> inFlight.add(reservation.id()));
        return new ReservationAnswer.Granted(EPOCH, now, List.copyOf(as), ceilings, remaining);
    }

    private static ReservationAnswer inFlight() {
        return new ReservationAnswer.NotJudged(Reason.KEY_IN_FLIGHT, "a step is on its way");
    }
}
