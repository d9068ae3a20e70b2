package io.tollgate.ingest.reservation;

import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.reservation.Unavailable.Missing;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.AdmissionRules;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationAnswer.Granted;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.admission.Reservations;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Brings the steps of reservations past their owner into the log. Every granted step ends in a report to the owner,
/// also when nobody waits for the answer any more. Methods block for two seconds at most: call them off event loops.
/// Thread-safe.
public final class ReservationRecorder {
    /// From the first question to the answer: the promise of two seconds, with room for reading and answering.
    static final Duration ANSWERED_WITHIN = Duration.ofMillis(1_900);

    /// How long a step waits for the one before it, which may be in the log and not counted yet. Counting takes some
    /// ten milliseconds where there is no backlog.
    static final Duration IN_FLIGHT_WAIT = Duration.ofMillis(500);

    /// Between two questions about a step in flight; the longest after the first few.
    private static final Duration PAUSE_MIN = Duration.ofMillis(5);

    private static final Duration PAUSE_MAX = Duration.ofMillis(40);

    /// What an owner does not know yet it knows in a moment.
    private static final int SOON_SECONDS = 1;

    /// A partition changes hands, an owner catches up, and a broker elects a leader in seconds.
    private static final int LATER_SECONDS = 2;

    private final EventLog log;
    private final Reservations owners;
    private final Admissions admissions;
    private final LongSupplier nanos;
    private final Consumer<Duration> pause;

    /// @param nanos the monotonic clock
    /// @param pause waits that long
    public ReservationRecorder(
            EventLog log, Reservations owners, Admissions admissions, LongSupplier nanos, Consumer<Duration> pause) {
        this.log = log;
        this.owners = owners;
        this.admissions = admissions;
        this.nanos = nanos;
        this.pause = pause;
    }

    /// Holds all that is ordered, or nothing.
    ///
    /// @param zone of the organization
    /// @param now arrival of the request
    public Reserving reserve(
            OrganizationId organizationId, ZoneId zone, ReservationOrder order, Instant now, RandomGenerator random) {
        ReservationRecords records = records(random);
        SubjectKey subjectKey = new SubjectKey(organizationId, SubjectId.tenant(order.tenantId()));
        ReservationRequest.Reserve request = records.ask(subjectKey, zone, order);
        Round round = new Round();
        return switch (round.ask(() -> owners.reserve(request))) {
            case Granted granted ->
                switch (round.write(request, granted, records.reserved(request, subjectKey, granted, now))) {
                    case Written.Logged logged ->
                        new Reserving.Opened(granted.reservations(), granted.remaining(), logged.position());
                    case Written.Not not -> not.unavailable();
                };
            case ReservationAnswer.Made made -> repeated(request, made.reservations());
            case ReservationAnswer.Denied denied -> new Reserving.Denied(denied.denial());
            case ReservationAnswer.Conflict conflict -> new Reserving.KeyReused(conflict.reservation());
            case ReservationAnswer.Unknown unknown ->
                throw new IllegalStateException("what is to be reserved need not be known");
            case ReservationAnswer.NotJudged notJudged -> unavailable(notJudged);
        };
    }

    /// Records an event against a reservation and frees the rest.
    ///
    /// @param event what to record, once it is known against what
    public Settling settle(
            OrganizationId organizationId,
            ReservationId id,
            ZoneId zone,
            Function<Held, ReportedEvent> event,
            Instant now,
            RandomGenerator random) {
        Round round = new Round();
        return switch (find(round, organizationId, id)) {
            case NotFound notFound -> notFound;
            case Unavailable unavailable -> unavailable;
            case Finding.Found found ->
                switch (found.held().reservation().state()) {
                    case OPEN -> settle(round, found.held(), zone, event.apply(found.held()), now, random);
                    case SETTLED ->
                        settledBefore(
                                found.held(),
                                event.apply(found.held()).quantity().value());
                    case RELEASED, EXPIRED -> new WrongState(found.held().reservation());
                };
        };
    }

    private Settling settle(
            Round round, Held held, ZoneId zone, ReportedEvent event, Instant now, RandomGenerator random) {
        ReservationRecords records = records(random);
        ReservationRequest.Settle request = records.ask(held, zone, event);
        BigDecimal quantity = event.quantity().value();
        return switch (round.ask(() -> owners.reserve(request))) {
            case Granted granted ->
                switch (round.write(request, granted, records.settled(request, held, event, granted, now))) {
                    case Written.Logged logged -> Settling.Settled.of(held, quantity, logged.position());
                    case Written.Not not -> not.unavailable();
                };
            case ReservationAnswer.Made made -> Settling.Settled.of(held, quantity, LogPosition.START);
            case ReservationAnswer.Denied denied -> new Settling.Denied(denied.denial());
            case ReservationAnswer.Conflict conflict -> new WrongState(conflict.reservation());
            case ReservationAnswer.Unknown unknown -> new NotFound();
            case ReservationAnswer.NotJudged notJudged -> unavailable(notJudged);
        };
    }

    private static Settling settledBefore(Held held, BigDecimal quantity) {
        return held.reservation()
                .settled()
                .filter(recorded -> recorded.compareTo(quantity) == 0)
                .<Settling>map(recorded -> Settling.Settled.of(held, recorded, LogPosition.START))
                .orElseGet(() -> new WrongState(held.reservation()));
    }

    /// Frees what a reservation holds.
    public Releasing release(
            OrganizationId organizationId, ReservationId id, ZoneId zone, Instant now, RandomGenerator random) {
        Round round = new Round();
        return switch (find(round, organizationId, id)) {
            case NotFound notFound -> notFound;
            case Unavailable unavailable -> unavailable;
            case Finding.Found found ->
                switch (found.held().reservation().state()) {
                    case OPEN -> release(round, found.held(), zone, now, random);
                    case SETTLED -> new WrongState(found.held().reservation());
                    case RELEASED, EXPIRED -> over(found.held().reservation());
                };
        };
    }

    private Releasing release(Round round, Held held, ZoneId zone, Instant now, RandomGenerator random) {
        ReservationRecords records = records(random);
        ReservationRequest.Release request = records.ask(held);
        return switch (round.ask(() -> owners.reserve(request))) {
            case Granted granted ->
                switch (round.write(request, granted, records.released(request, held, zone, granted, now))) {
                    case Written.Logged logged -> new Releasing.Released(Reservation.State.RELEASED, logged.position());
                    case Written.Not not -> not.unavailable();
                };
            case ReservationAnswer.Made made -> over(made.reservations().getFirst());
            case ReservationAnswer.Denied denied ->
                throw new IllegalStateException("no quota denies that something is given back");
            case ReservationAnswer.Conflict conflict -> new WrongState(conflict.reservation());
            case ReservationAnswer.Unknown unknown -> new NotFound();
            case ReservationAnswer.NotJudged notJudged -> unavailable(notJudged);
        };
    }

    private static Releasing over(Reservation reservation) {
        return new Releasing.Released(reservation.state(), LogPosition.START);
    }

    /// A reservation as it stands.
    public Finding find(OrganizationId organizationId, ReservationId id) {
        return find(new Round(), organizationId, id);
    }

    private Finding find(Round round, OrganizationId organizationId, ReservationId id) {
        if (id.partition() >= log.partitions()) {
            return new NotFound();
        }
        return switch (round.ask(() -> owners.reservation(id))) {
            case ReservationAnswer.Made made ->
                Held.of(organizationId, made.reservations().getFirst())
                        .<Finding>map(Finding.Found::new)
                        .orElseGet(NotFound::new);
            case ReservationAnswer.Unknown unknown -> new NotFound();
            case ReservationAnswer.NotJudged notJudged -> unavailable(notJudged);
            case Granted granted -> throw unasked();
            case ReservationAnswer.Denied denied -> throw unasked();
            case ReservationAnswer.Conflict conflict -> throw unasked();
        };
    }

    private static IllegalStateException unasked() {
        return new IllegalStateException("an owner judges a step that nobody wants to make");
    }

    private ReservationRecords records(RandomGenerator random) {
        return new ReservationRecords(log.partitions(), random);
    }

    private static Reserving repeated(ReservationRequest.Reserve request, List<Reservation> made) {
        Map<ReservationId, Reservation> byId = new HashMap<>();
        made.forEach(reservation -> byId.put(reservation.id(), reservation));
        List<Reservation> inOrder = new ArrayList<>(request.items().size());
        for (ReservationRequest.Item item : request.items()) {
            Reservation before = byId.get(item.reservationId());
            if (before == null) {
                return new Reserving.KeyReused(made.getFirst());
            }
            Duration timeToLive = Duration.between(before.reservedAt(), before.expiresAt());
            if (!before.meter().equals(item.meter())
                    || before.quantity().compareTo(item.quantity()) != 0
                    || !timeToLive.equals(request.timeToLive())) {
                return new Reserving.KeyReused(before);
            }
            inOrder.add(before);
        }
        return new Reserving.Repeated(inOrder);
    }

    private static Unavailable unavailable(ReservationAnswer.NotJudged answer) {
        return switch (answer.reason()) {
            case HAND_OVER, NOT_OWNER ->
                new Unavailable(Missing.OWNER, "The tenant's counters are changing hands.", LATER_SECONDS);
            case OVERLOADED ->
                new Unavailable(Missing.OWNER, "The owner of the counters has too much to count.", LATER_SECONDS);
            case DEFINITIONS_BEHIND ->
                new Unavailable(
                        Missing.OWNER,
                        "The owner of the counters does not know the latest definitions yet.",
                        SOON_SECONDS);
            case KEY_IN_FLIGHT ->
                new Unavailable(
                        Missing.OWNER, "An earlier step with the reservation is not counted yet.", SOON_SECONDS);
        };
    }

    /// What handing a step to the log came to.
    private sealed interface Written {
        record Logged(LogPosition position) implements Written {}

        record Not(Unavailable unavailable) implements Written {}
    }

    /// The questions and the record of one request, and the time that they take.
    private final class Round {
        private final long begun = nanos.getAsLong();
        private long asked = begun;

        /// Asks, again for a while where an earlier step is in flight.
        ReservationAnswer ask(Supplier<ReservationAnswer> question) {
            Duration next = PAUSE_MIN;
            while (true) {
                asked = nanos.getAsLong();
                ReservationAnswer answer = question.get();
                boolean inFlight = answer instanceof ReservationAnswer.NotJudged notJudged
                        && notJudged.reason() == Reason.KEY_IN_FLIGHT;
                if (!inFlight || nanos.getAsLong() - begun >= IN_FLIGHT_WAIT.toNanos()) {
                    return answer;
                }
                pause.accept(next);
                next = next.compareTo(PAUSE_MAX.dividedBy(2)) < 0 ? next.multipliedBy(2) : PAUSE_MAX;
            }
        }

        /// Writes the step that was granted last.
        Written write(ReservationRequest request, Granted granted, UsageReport report) {
            if (nanos.getAsLong() - asked > AdmissionRules.SENT_WITHIN.toNanos()) {
                tell(request, granted, Fate.FAILED);
                return not(Missing.OWNER, "The owner of the counters took too long to answer.", SOON_SECONDS);
            }
            // Told on a future of its own: the owner learns the fate also when the caller was not made to wait for it.
            CompletableFuture<Appended> told = append(request, granted, report).thenApply(appended -> {
                tell(request, granted, fate(granted, appended));
                return appended;
            });
            long left = Math.max(0, ANSWERED_WITHIN.toNanos() - (nanos.getAsLong() - begun));
            Appended appended = told.copy()
                    .completeOnTimeout(
                            new Appended.Unknown("not acknowledged in the time that the owner left"),
                            left,
                            TimeUnit.NANOSECONDS)
                    .join();
            return switch (appended) {
                case Appended.Landed landed ->
                    AdmissionRules.late(granted.admittedAt(), landed.appendedAt())
                            ? not(Missing.LOG, "The event log took too long for the reservation.", LATER_SECONDS)
                            : new Written.Logged(LogPosition.of(landed.partition(), landed.offset()));
                case Appended.NotSent notSent -> notAcknowledged();
                case Appended.Unknown unknown -> notAcknowledged();
            };
        }

        private CompletableFuture<Appended> append(ReservationRequest request, Granted granted, UsageReport report) {
            try {
                return log.append(report).getFirst();
            } catch (RuntimeException e) {
                // A log that throws has sent nothing; the owner must not wait for what never comes.
                tell(request, granted, Fate.FAILED);
                throw e;
            }
        }

        /// What is late counts for nothing, but the owner finds that out by the log alone.
        private static Fate fate(Granted granted, Appended appended) {
            return switch (appended) {
                case Appended.Landed landed ->
                    AdmissionRules.late(granted.admittedAt(), landed.appendedAt()) ? Fate.UNKNOWN : Fate.LANDED;
                case Appended.NotSent notSent -> Fate.FAILED;
                case Appended.Unknown unknown -> Fate.UNKNOWN;
            };
        }

        private void tell(ReservationRequest request, Granted granted, Fate fate) {
            admissions.report(List.of(new AdmissionOutcome(
                    request.id(), request.partition(), request.subjectKey(), granted.epoch(), fate)));
        }

        private static Written notAcknowledged() {
            return not(Missing.LOG, "The event log does not acknowledge writes now.", LATER_SECONDS);
        }

        private static Written not(Missing missing, String why, int retryAfterSeconds) {
            return new Written.Not(new Unavailable(missing, why, retryAfterSeconds));
        }
    }
}
