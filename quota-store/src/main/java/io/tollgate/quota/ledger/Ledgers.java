package io.tollgate.quota.ledger;

import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.Span;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationNode;
import io.tollgate.quota.admission.ReservationRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The ledgers of all partitions that this process owns, and what they need done as time passes. Thread-safe.
public final class Ledgers implements OwnerNode, ReservationNode, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ledgers.class);
    private static final Duration KEEP_EVERY = Duration.ofMillis(100);
    /// Rounds between two looks at cold windows, and at how far the log has come.
    private static final int COOL_DOWN_EVERY = 100;

    private static final int LAG_EVERY = 10;

    /// Reservations of one partition that are ended in one round, a second long.
    private static final int EXPIRIES_MAX = 1_000;

    /// Longest wait for definitions that a gateway already has.
    private static final Duration DEFINITIONS_WAIT = Duration.ofMillis(50);

    private static final AdmissionAnswer.NotJudged BEHIND = new AdmissionAnswer.NotJudged(
            Reason.DEFINITIONS_BEHIND, "the owner has not applied the latest definitions yet");
    private static final AdmissionAnswer.NotJudged UNREADABLE =
            new AdmissionAnswer.NotJudged(Reason.HAND_OVER, "the partition's state cannot be read now");

    private final Quotas quotas;
    private final InstantSource clock;
    private final LogEnds logEnds;
    private final ExpiryLog expiries;
    private final String address;
    private final IntFunction<Optional<Books>> standbys;
    private final Map<Integer, OwnedLedger> owned = new ConcurrentHashMap<>();
    private final ScheduledExecutorService keeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("ledger-keeper").daemon().factory());
    private int rounds;

    /// @param address at which this process is asked
    /// @param standbys the copy that this process keeps of a partition owned elsewhere
    public Ledgers(
            Quotas quotas,
            InstantSource clock,
            LogEnds logEnds,
            ExpiryLog expiries,
            String address,
            IntFunction<Optional<Books>> standbys) {
        this.quotas = quotas;
        this.clock = clock;
        this.logEnds = logEnds;
        this.expiries = expiries;
        this.address = address;
        this.standbys = standbys;
        keeper.scheduleWithFixedDelay(this::keep, KEEP_EVERY.toMillis(), KEEP_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Begins an epoch of a partition, restored and about to process. Called on the task's thread.
    public OwnedLedger begin(int partition, Books books, Lease lease) {
        OwnedLedger ledger = new OwnedLedger(partition, books, quotas, lease, this::now);
        OwnedLedger before = owned.put(partition, ledger);
        if (before != null) {
            before.close();
        }
        return ledger;
    }

    /// Ends the epoch: whatever names it means nothing from now on. Called on the task's thread, before the stores
    /// close.
    public void end(OwnedLedger ledger) {
        owned.remove(ledger.partition(), ledger);
        ledger.close();
    }

    /// Whether this process owns a partition now.
    public boolean owns(int partition) {
        return owned.containsKey(partition);
    }

    /// The task of a partition has committed that it is done with everything before `position`.
    public void committed(int partition, long position) {
        OwnedLedger ledger = owned.get(partition);
        if (ledger != null) {
            ledger.committed(position);
        }
    }

    @Override
    public List<AdmissionAnswer> admit(long definitionsPosition, List<AdmissionRequest> requests) {
        if (!quotas.awaitApplied(definitionsPosition, DEFINITIONS_WAIT)) {
            return Collections.nCopies(requests.size(), BEHIND);
        }
        Map<Integer, List<AdmissionRequest>> byPartition = new LinkedHashMap<>();
        for (AdmissionRequest request : requests) {
            byPartition
                    .computeIfAbsent(request.partition(), partition -> new ArrayList<>())
                    .add(request);
        }
        Map<AdmissionRequest, AdmissionAnswer> answers = new IdentityHashMap<>(requests.size());
        // One for all partitions: the asker does not wait longer because it asks more.
        long deadline = System.nanoTime() + OwnedLedger.IN_FLIGHT_WAIT.toNanos();
        byPartition.forEach((partition, together) -> {
            List<AdmissionAnswer> answered = admit(partition, together, deadline);
            for (int i = 0; i < together.size(); i++) {
                answers.put(together.get(i), answered.get(i));
            }
        });
        return requests.stream().map(answers::get).toList();
    }

    private List<AdmissionAnswer> admit(int partition, List<AdmissionRequest> requests, long deadline) {
        OwnedLedger ledger = owned.get(partition);
        if (ledger == null) {
            return Collections.nCopies(requests.size(), notHere(partition));
        }
        try {
            return ledger.admit(requests, deadline);
        } catch (RuntimeException e) {
            LOG.warn("partition {} cannot admit now", partition, e);
            return Collections.nCopies(requests.size(), UNREADABLE);
        }
    }

    private static AdmissionAnswer.NotJudged notHere(int partition) {
        return new AdmissionAnswer.NotJudged(Reason.NOT_OWNER, "partition " + partition + " is not here");
    }

    @Override
    public void report(List<AdmissionOutcome> outcomes) {
        for (AdmissionOutcome outcome : outcomes) {
            OwnedLedger ledger = owned.get(outcome.partition());
            if (ledger != null) {
                ledger.outcome(outcome);
            }
        }
    }

    @Override
    public List<CheckAnswer> check(long definitionsPosition, List<QuotaCheck> checks, boolean stale) {
        return quotas.awaitApplied(definitionsPosition, DEFINITIONS_WAIT)
                ? checks.stream().map(check -> check(check, stale)).toList()
                : Collections.nCopies(checks.size(), CheckAnswer.NotJudged.of(BEHIND));
    }

    private CheckAnswer check(QuotaCheck check, boolean stale) {
        try {
            OwnedLedger ledger = owned.get(check.partition());
            if (ledger != null && !stale) {
                return ledger.check(check);
            }
            if (stale) {
                Optional<Books> copy = standbys.apply(check.partition());
                if (copy.isPresent()) {
                    return fromCopy(check, copy.get());
                }
            }
            return CheckAnswer.NotJudged.of(notHere(check.partition()));
        } catch (RuntimeException e) {
            LOG.debug("partition {} cannot be read now", check.partition(), e);
            return CheckAnswer.NotJudged.of(UNREADABLE);
        }
    }

    private CheckAnswer fromCopy(QuotaCheck check, Books copy) {
        Optional<Quota> quota = quotas.quota(check.subjectKey(), check.meter());
        if (quota.isEmpty()) {
            return new CheckAnswer.Unlimited(Room.ZERO);
        }
        Span span = quota.get().period().containing(check.eventTime(), check.zone());
        RoomKey room = new RoomKey(check.subjectKey(), check.meter(), span);
        Ledger.Taken taken = new Ledger.Taken(
                copy.counted(room, quota.get()),
                Room.ZERO,
                Optional.ofNullable(copy.mark(room).graceStart()));
        return OwnedLedger.answer(check, quota.get(), span, taken, clock.instant(), true);
    }

    @Override
    public ReservationAnswer reserve(long definitionsPosition, ReservationRequest request) {
        if (!quotas.awaitApplied(definitionsPosition, DEFINITIONS_WAIT)) {
            return ReservationAnswer.NotJudged.of(BEHIND);
        }
        return ofReservations(request.partition(), ledger -> ledger.reserve(request));
    }

    @Override
    public ReservationAnswer reservation(ReservationId id) {
        return ofReservations(id.partition(), ledger -> ledger.reservation(id));
    }

    private ReservationAnswer ofReservations(int partition, Function<OwnedLedger, ReservationAnswer> ask) {
        OwnedLedger ledger = owned.get(partition);
        if (ledger == null) {
            return ReservationAnswer.NotJudged.of(notHere(partition));
        }
        try {
            return ask.apply(ledger);
        } catch (RuntimeException e) {
            LOG.warn("partition {} cannot say anything of reservations now", partition, e);
            return ReservationAnswer.NotJudged.of(UNREADABLE);
        }
    }

    private void expire(OwnedLedger ledger) {
        for (Ledger.Expiry due : ledger.expire(EXPIRIES_MAX)) {
            expiries.expire(ledger.partition(), due.id(), due.epoch(), due.admittedAt(), due.reservation())
                    .exceptionally(failure -> AdmissionOutcome.Fate.UNKNOWN)
                    .thenAccept(fate -> ledger.outcome(new AdmissionOutcome(
                            due.id(), ledger.partition(), due.reservation().subjectKey(), due.epoch(), fate)));
        }
    }

    @Override
    public List<PartitionStatus> status() {
        return owned.values().stream().map(ledger -> ledger.status(address)).toList();
    }

    private Moment now() {
        // As exact as the log keeps it: a record is known again by the time that it carries.
        return new Moment(clock.instant().truncatedTo(ChronoUnit.MICROS), System.nanoTime());
    }

    /// What time brings: ledgers open, records that never came are given up, cold windows are forgotten.
    private void keep() {
        try {
            Moment asked = now();
            boolean all = ++rounds % LAG_EVERY == 0;
            List<OwnedLedger> asking = owned.values().stream()
                    .filter(ledger -> all || ledger.wantsEnd())
                    .toList();
            if (!asking.isEmpty()) {
                Map<Integer, Long> ends = logEnds.ends(OwnedLedger.partitionsOf(asking));
                for (OwnedLedger ledger : asking) {
                    Long end = ends.get(ledger.partition());
                    if (end != null) {
                        ledger.end(end, asked);
                    }
                }
            }
            if (all) {
                owned.values().forEach(this::expire);
            }
            if (rounds % COOL_DOWN_EVERY == 0) {
                owned.values().forEach(OwnedLedger::coolDown);
            }
        } catch (RuntimeException e) {
            LOG.warn("the ledgers are looked after again shortly", e);
        }
    }

    @Override
    public void close() {
        keeper.shutdownNow();
    }
}
