package io.tollgate.quota.ledger;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.AdmissionRules;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.EventDecision;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.ledger.LoggedBatch.Stamp;
import io.tollgate.quota.store.SeenKeys.Sighting;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One partition, its log, two instances that own it in turn, and three gateways, on one virtual clock and one seed.
///
/// Messages are delayed and lost; produces land late, or never, or land and are never acknowledged; instances are
/// killed,
/// paused, cut off and rebalanced, and their transactions abort; quotas change; somebody writes to the log directly.
/// After every step the books are checked, and at the end what clients were told is held against what was counted.
final class LedgerSimulation {
    /// A wrong book. The message tells how to run the same again.
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1L;

        Violation(long seed, String what) {
            super("seed " + seed + ": " + what);
        }
    }

    private static final long LEASE_MS = 3_000;
    private static final long SESSION_MS = 6_000;
    private static final long COMMIT_MS = 100;
    private static final long ACKNOWLEDGED_WITHIN_MS = 1_700;
    private static final long ANSWERED_WITHIN_MS = 800;
    private static final long REQUESTS_UNTIL_MS = 20_000;
    private static final long FAULTS_UNTIL_MS = 28_000;
    private static final long END_MS = 60_000;
    private static final int KEYS = 10;

    private static final Instant START = Instant.parse("2026-03-31T23:59:50Z");
    private static final ZoneId ZONE = ZoneOffset.UTC;
    private static final String BOUNDED = "bounded";
    private static final String SOFT = "soft";
    private static final String FREE = "free";
    private static final List<String> METERS = List.of(BOUNDED, BOUNDED, SOFT, FREE);
    private static final List<String> SUBJECTS = List.of("biz_1/tenant:a", "biz_1/tenant:b");
    private static final int PARTITION = 3;

    private final long seed;
    private final Set<Rule> rules;
    private final boolean clocksAgree;
    private final SplittableRandom random;
    private final PriorityQueue<Step> steps = new PriorityQueue<>();
    private final List<LoggedBatch> log = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Gateway> gateways = new ArrayList<>();
    private final List<QuotaVersion> quotaVersions = new ArrayList<>();
    private final Told told = new Told();
    private final List<Reservation> reservations = new ArrayList<>();
    private final @Nullable StringBuilder trace;
    private final long brokerSkewMs;
    private Stores committed = new Stores();
    private @Nullable Node assigned;
    private int generation;
    private long nowMs;
    private long stepNumber;
    private long idNumber;

    private record Step(long atMs, long number, Runnable action) implements Comparable<Step> {
        @Override
        public int compareTo(Step other) {
            return atMs != other.atMs ? Long.compare(atMs, other.atMs) : Long.compare(number, other.number);
        }
    }

    private record QuotaVersion(Quota bounded, Quota soft) {
        Optional<Quota> of(String meter) {
            return switch (meter) {
                case BOUNDED -> Optional.of(bounded);
                case SOFT -> Optional.of(soft);
                default -> Optional.empty();
            };
        }
    }

    /// What clients were told.
    private static final class Told {
        final Map<EventId, byte[]> recorded = new LinkedHashMap<>();
        final Map<EventId, byte[]> duplicate = new LinkedHashMap<>();
        final Set<EventId> refusedForGood = new HashSet<>();
        final Set<ReservationId> reserved = new LinkedHashSet<>();
        final Map<ReservationId, BigDecimal> settled = new LinkedHashMap<>();
        final Set<ReservationId> released = new LinkedHashSet<>();
    }

    /// What a task has stored.
    private static final class Stores {
        final Map<EventId, Sighting> seen = new HashMap<>();
        final List<LoggedEvent> counted = new ArrayList<>();
        final List<String> countedSubjects = new ArrayList<>();
        final Map<RoomKey, QuotaMark> marks = new HashMap<>();
        final Map<ReservationId, Reservation> open = new LinkedHashMap<>();
        final Map<ReservationId, Reservation> ended = new HashMap<>();
        int position;

        Stores copy() {
            Stores copy = new Stores();
            copy.seen.putAll(seen);
            copy.counted.addAll(counted);
            copy.countedSubjects.addAll(countedSubjects);
            copy.marks.putAll(marks);
            copy.open.putAll(open);
            copy.ended.putAll(ended);
            copy.position = position;
            return copy;
        }

        BigDecimal reserved(RoomKey room) {
            return open.values().stream()
                    .filter(reservation -> reservation.subjectKey().equals(room.subjectKey())
                            && reservation.meter().equals(room.meter())
                            && room.span().contains(reservation.reservedAt()))
                    .map(Reservation::quantity)
                    .reduce(Room.ZERO, BigDecimal::add);
        }

        BigDecimal value(RoomKey room) {
            BigDecimal sum = Room.ZERO;
            for (int i = 0; i < counted.size(); i++) {
                LoggedEvent event = counted.get(i);
                if (countedSubjects.get(i).equals(room.subjectKey())
                        && event.meter().equals(room.meter())
                        && room.span().contains(event.eventTime())) {
                    sum = sum.add(event.quantity());
                }
            }
            return sum;
        }
    }

    LedgerSimulation(long seed, Set<Rule> rules, boolean clocksAgree, boolean traced) {
        this.seed = seed;
        this.rules = rules;
        this.clocksAgree = clocksAgree;
        this.random = new SplittableRandom(seed);
        this.trace = traced ? new StringBuilder() : null;
        this.brokerSkewMs = clocksAgree ? random.nextInt(-20, 21) : random.nextInt(-3_000, 3_001);
        quotaVersions.add(new QuotaVersion(
                quota(1, 20, 0, EnforcementMode.HARD), quota(1, 10, random.nextInt(0, 6), EnforcementMode.SOFT)));
    }

    /// Runs one seed with all rules.
    static void run(long seed) {
        run(seed, EnumSet.allOf(Rule.class), false);
    }

    static String run(long seed, Set<Rule> rules, boolean traced) {
        // Every fourth world has clocks that are seconds apart and owners that never stop: the books must balance all
        // the same, and only what clients are told may be wrong.
        LedgerSimulation simulation = new LedgerSimulation(seed, rules, seed % 4 != 0, traced);
        try {
            simulation.run();
        } catch (Violation violation) {
            if (simulation.trace != null) {
                System.out.println(simulation.trace);
            }
            throw violation;
        }
        return simulation.trace == null ? "" : simulation.trace.toString();
    }

    private static Quota quota(long version, long limit, long overage, EnforcementMode mode) {
        return new Quota(
                "q_" + mode,
                version,
                decimal(limit),
                new QuotaPeriod.Monthly(),
                mode,
                Optional.empty(),
                decimal(overage),
                Optional.empty(),
                Optional.empty());
    }

    private static BigDecimal decimal(long value) {
        return BigDecimal.valueOf(value).setScale(6);
    }

    private void run() {
        nodes.add(new Node("A"));
        nodes.add(new Node("B"));
        for (int i = 0; i < 3; i++) {
            gateways.add(new Gateway("G" + i));
        }
        assign(nodes.getFirst());
        for (Gateway gateway : gateways) {
            after(random.nextInt(2_200, 2_600), gateway::next);
        }
        after(random.nextInt(1_000, 9_000), this::fault);
        after(random.nextInt(3_000, 9_000), this::changeQuota);
        after(random.nextInt(2_000, 6_000), this::writeDirectly);
        while (!steps.isEmpty() && steps.peek().atMs() <= END_MS) {
            Step step = steps.remove();
            nowMs = step.atMs();
            step.action().run();
        }
        checkEnd();
    }

    private void after(long delayMs, Runnable action) {
        steps.add(new Step(nowMs + Math.max(0, delayMs), stepNumber++, action));
    }

    private void note(String what) {
        if (trace != null) {
            trace.append(nowMs).append(' ').append(what).append('\n');
        }
    }

    private boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /// Mostly quick, sometimes seconds.
    private long delay() {
        return chance(0.04) ? random.nextInt(200, 3_500) : random.nextInt(1, 40);
    }

    // ---- faults ----

    private void fault() {
        if (nowMs > FAULTS_UNTIL_MS) {
            return;
        }
        Node victim = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(6)) {
            case 0 -> victim.kill();
            case 1 -> victim.pause(random.nextInt(100, 3_000));
            case 2 -> victim.pause(random.nextInt((int) SESSION_MS, (int) SESSION_MS + 5_000));
            case 3 -> rebalance();
            default -> victim.abort();
        }
        after(chance(0.3) ? random.nextInt(20, 400) : random.nextInt(400, 7_000), this::fault);
    }

    private void rebalance() {
        Node from = assigned;
        if (from == null || from.task == null || !from.running()) {
            return;
        }
        note("rebalance away from " + from.name);
        if (chance(0.6)) {
            from.commit();
        }
        from.close();
        generation++;
        assigned = null;
        Node to = nodes.get(random.nextInt(nodes.size()));
        after(random.nextInt(20, 300), () -> assignTo(to));
    }

    private void assignTo(Node node) {
        if (assigned != null) {
            return;
        }
        if (node.running()) {
            assign(node);
        } else {
            after(500, () -> assignTo(nodes.get(random.nextInt(nodes.size()))));
        }
    }

    private void assign(Node node) {
        assigned = node;
        generation++;
        node.revive();
    }

    /// The group notices that an owner is gone.
    private void expire(Node node, int ofGeneration) {
        if (assigned == node && generation == ofGeneration && !node.aliveToGroup()) {
            note(node.name + " lost its session");
            generation++;
            assigned = null;
            assignTo(nodes.get(1 - nodes.indexOf(node)));
        }
    }

    private void changeQuota() {
        if (nowMs > REQUESTS_UNTIL_MS) {
            return;
        }
        int version = quotaVersions.size() + 1;
        quotaVersions.add(new QuotaVersion(
                quota(version, random.nextInt(4, 30), 0, EnforcementMode.HARD),
                quota(version, 10, random.nextInt(0, 6), EnforcementMode.SOFT)));
        note("quota " + quotaVersions.getLast().bounded().limit());
        for (Node node : nodes) {
            after(random.nextInt(0, 200), () -> node.definitions = Math.max(node.definitions, version - 1));
        }
        if (chance(0.9)) {
            after(chance(0.6) ? random.nextInt(5, 150) : random.nextInt(150, 4_000), this::changeQuota);
        }
    }

    /// The highest that a window of the meter was ever allowed to hold so far.
    private BigDecimal ceilingEver(String meter) {
        BigDecimal highest = Room.ZERO;
        for (QuotaVersion version : quotaVersions) {
            highest = highest.max(version.of(meter).orElseThrow().ceiling().orElseThrow());
        }
        return highest;
    }

    private void writeDirectly() {
        if (nowMs > REQUESTS_UNTIL_MS) {
            return;
        }
        String subject = SUBJECTS.get(random.nextInt(SUBJECTS.size()));
        List<LoggedEvent> events = new ArrayList<>();
        for (int i = random.nextInt(1, 3); i > 0; i--) {
            events.add(logged(candidate(subject), Optional.empty()));
        }
        append(subject, Optional.empty(), events, Optional.empty());
        after(random.nextInt(1_500, 9_000), this::writeDirectly);
    }

    // ---- the log ----

    private LoggedBatch append(
            String subject, Optional<Stamp> stamp, List<LoggedEvent> events, Optional<LoggedStep> step) {
        LoggedBatch batch = new LoggedBatch(
                subject, ZONE, log.size(), START.plusMillis(nowMs + brokerSkewMs), stamp, List.copyOf(events), step);
        log.add(batch);
        note("log " + batch);
        return batch;
    }

    private static LoggedEvent logged(Candidate candidate, Optional<BigDecimal> ceiling) {
        return new LoggedEvent(
                candidate.eventId(),
                candidate.keyed(),
                candidate.fingerprint(),
                candidate.meter(),
                candidate.quantity(),
                candidate.eventTime(),
                ceiling,
                Optional.empty());
    }

    private Candidate candidate(String subject) {
        String meter = METERS.get(random.nextInt(METERS.size()));
        int quantity = chance(0.15) ? -random.nextInt(1, 6) : random.nextInt(1, 8);
        Instant eventTime = chance(0.2) ? START.minus(Duration.ofDays(40)) : START.plusMillis(nowMs);
        boolean keyed = chance(0.75);
        String key = keyed ? "k" + random.nextInt(KEYS) : "u" + idNumber++;
        EventId id = EventId.fromBytes(digest(subject + key));
        // Mostly the same payload for a key, so that most repetitions are duplicates.
        byte[] fingerprint = digest(key + (chance(0.9) ? "" : random.nextInt(3)));
        return new Candidate(id, keyed, fingerprint, meter, decimal(quantity), eventTime);
    }

    private static byte[] digest(String text) {
        return Arrays.copyOf(
                new UUID(text.hashCode() * 0x9E3779B97F4A7C15L, text.hashCode() * 31L + text.length())
                        .toString()
                        .getBytes(StandardCharsets.UTF_8),
                16);
    }

    // ---- owners ----

    /// A task with its ledger: one epoch.
    private final class Task {
        final Ledger ledger;
        final Stores stores;
        final int ofGeneration;
        boolean writing;

        Task(Stores stores, Ledger ledger) {
            this.stores = stores;
            this.ledger = ledger;
            this.ofGeneration = generation;
        }
    }

    private final class Node {
        final String name;
        final long skewMs;

        @Nullable
        Task task;

        int incarnation;
        boolean dead;
        long pausedUntilMs;
        long leaseUntilMs;
        int definitions;

        Node(String name) {
            this.name = name;
            this.skewMs = clocksAgree ? random.nextInt(-20, 21) : random.nextInt(-3_000, 3_001);
        }

        boolean running() {
            return !dead && nowMs >= pausedUntilMs;
        }

        boolean aliveToGroup() {
            return running();
        }

        Moment now() {
            return new Moment(START.plusMillis(nowMs + skewMs), nowMs * 1_000_000);
        }

        Function<String, Optional<Quota>> quotas() {
            QuotaVersion version = quotaVersions.get(definitions);
            return version::of;
        }

        /// Does something here, later: not if the process has been killed meanwhile, and after a pause if it is paused.
        void later(long delayMs, Runnable action) {
            int started = incarnation;
            after(delayMs, () -> {
                if (dead || incarnation != started) {
                    return;
                }
                if (nowMs < pausedUntilMs) {
                    later(pausedUntilMs - nowMs, action);
                } else {
                    action.run();
                }
            });
        }

        void kill() {
            if (dead) {
                return;
            }
            note("kill " + name);
            dead = true;
            task = null;
            incarnation++;
            int ofGeneration = generation;
            after(SESSION_MS, () -> expire(this, ofGeneration));
            after(random.nextInt(500, 4_000), () -> {
                dead = false;
                if (assigned == this) {
                    // It joins anew before the group has noticed.
                    generation++;
                    assigned = null;
                    assignTo(nodes.get(random.nextInt(2)));
                }
            });
        }

        void pause(long ms) {
            if (!running()) {
                return;
            }
            note("pause " + name + " " + ms);
            pausedUntilMs = nowMs + ms;
            int ofGeneration = generation;
            if (ms > SESSION_MS) {
                after(SESSION_MS, () -> expire(this, ofGeneration));
            }
        }

        void abort() {
            if (task != null && running() && assigned == this) {
                note("abort on " + name);
                close();
                later(random.nextInt(1, 100), () -> {
                    if (assigned == this && task == null) {
                        revive();
                    }
                });
            }
        }

        void close() {
            task = null;
        }

        /// Starts the task from what is committed, in a new epoch.
        void revive() {
            Stores stores = committed.copy();
            Ledger ledger = new Ledger(
                    PARTITION,
                    new UUID(random.nextLong(), random.nextLong()),
                    stores.position - 1,
                    stores.open.values(),
                    now(),
                    rules);
            note(name + " begins epoch " + ledger.epoch + " at " + stores.position);
            task = new Task(stores, ledger);
            leaseUntilMs = nowMs + LEASE_MS;
            Task started = task;
            whileOn(started, random.nextInt(1, 60), this::countNext);
            whileOn(started, COMMIT_MS, () -> {
                commit();
                return COMMIT_MS;
            });
            whileOn(started, 150, this::keep);
        }

        private void whileOn(Task started, long delayMs, java.util.function.LongSupplier action) {
            later(delayMs, () -> {
                if (task == started) {
                    long next = action.getAsLong();
                    if (task == started) {
                        whileOn(started, next, action);
                    }
                }
            });
        }

        private long keep() {
            Task current = task;
            if (current == null) {
                return 150;
            }
            Moment asked = now();
            if (current.ledger.wantsEnd(asked)) {
                long end = log.size();
                later(random.nextInt(0, 30), () -> {
                    if (task == current) {
                        current.ledger.end(end, asked);
                        current.ledger.passed(current.stores.position);
                    }
                });
            }
            current.ledger.passed(current.stores.position);
            if (leased()) {
                for (Ledger.Expiry due : current.ledger.expire(asked, 5)) {
                    writeEnd(due);
                }
            }
            if (chance(0.2)) {
                current.ledger.coolDown(new Moment(asked.wall(), asked.monotonicNanos() + 61_000_000_000L));
            }
            return random.nextInt(50, 200);
        }

        private void writeEnd(Ledger.Expiry due) {
            Reservation reservation = due.reservation();
            Stamp stamp = new Stamp(due.id().value(), due.epoch(), due.admittedAt());
            LoggedStep step = new LoggedStep(
                    LoggedStep.Kind.EXPIRE,
                    Instant.EPOCH,
                    List.of(new LoggedStep.Item(
                            reservation.id(), reservation.meter(), reservation.quantity(), Optional.empty())));
            if (chance(0.1)) {
                return;
            }
            long landing = chance(0.1) ? random.nextInt(500, 6_000) : random.nextInt(1, 60);
            after(landing, () -> append(reservation.subjectKey(), Optional.of(stamp), List.of(), Optional.of(step)));
        }

        private long countNext() {
            Task current = task;
            if (current == null || current.writing || current.stores.position >= log.size()) {
                return random.nextInt(1, 20);
            }
            LoggedBatch batch = log.get(current.stores.position);
            Moment now = now();
            Map<EventId, Sighting> seen = current.ledger.needsLookups(batch) ? current.stores.seen : Map.of();
            for (RoomKey room : current.ledger.missing(batch, quotas(), now)) {
                current.ledger.load(
                        room, current.stores.value(room), current.stores.marks.getOrDefault(room, QuotaMark.NONE), now);
            }
            Judgement judgement = current.ledger.judge(batch, seen, quotas(), now);
            note(name + " judges " + batch.offset() + " " + judgement.fates());
            current.writing = true;
            Runnable write = () -> {
                store(current.stores, batch, judgement);
                checkCounted(current);
                current.writing = false;
                current.ledger.finish();
            };
            if (chance(0.3)) {
                later(random.nextInt(1, 30), () -> {
                    if (task == current) {
                        write.run();
                    }
                });
            } else {
                write.run();
            }
            return chance(0.05) ? random.nextInt(100, 1_500) : random.nextInt(1, 25);
        }

        void commit() {
            Task current = task;
            if (current == null || current.writing) {
                return;
            }
            if (assigned != this || current.ofGeneration != generation) {
                note(name + " is fenced");
                close();
                return;
            }
            committed = current.stores.copy();
            leaseUntilMs = nowMs + LEASE_MS;
        }

        private boolean leased() {
            return nowMs < leaseUntilMs || !rules.contains(Rule.LEASE) || !clocksAgree;
        }

        void admit(AdmissionRequest request, int definitionsKnown, Function<AdmissionAnswer, Runnable> answer) {
            long deadline = nowMs + ANSWERED_WITHIN_MS - 100;
            definitions = Math.max(definitions, definitionsKnown);
            look(request, deadline, decided -> after(delay(), answer.apply(decided)));
        }

        /// The first half of an admission: looks things up.
        private void look(AdmissionRequest request, long deadlineMs, Consumer<AdmissionAnswer> to) {
            Task current = task;
            if (current == null) {
                to.accept(new AdmissionAnswer.NotJudged(AdmissionAnswer.Reason.NOT_OWNER, ""));
                return;
            }
            long reader = current.ledger.begin();
            Map<EventId, Sighting> seen = new HashMap<>();
            for (Candidate candidate : request.events()) {
                Sighting sighting = current.stores.seen.get(candidate.eventId());
                if (candidate.keyed() && sighting != null) {
                    seen.put(candidate.eventId(), sighting);
                }
            }
            later(random.nextInt(0, 25), () -> decide(current, request, reader, seen, deadlineMs, to));
        }

        /// The second half: decides.
        private void decide(
                Task current,
                AdmissionRequest request,
                long reader,
                Map<EventId, Sighting> seen,
                long deadlineMs,
                Consumer<AdmissionAnswer> to) {
            if (task != current || !leased()) {
                current.ledger.end(reader);
                to.accept(new AdmissionAnswer.NotJudged(AdmissionAnswer.Reason.HAND_OVER, ""));
                return;
            }
            if (current.writing) {
                later(5, () -> decide(current, request, reader, seen, deadlineMs, to));
                return;
            }
            Moment now = now();
            for (RoomKey room : current.ledger.missing(request, quotas(), now)) {
                current.ledger.load(
                        room, current.stores.value(room), current.stores.marks.getOrDefault(room, QuotaMark.NONE), now);
            }
            Ledger.Attempt attempt = current.ledger.admit(request, seen, quotas(), nowMs < deadlineMs, now);
            current.ledger.end(reader);
            checkHeld(current.ledger);
            switch (attempt) {
                case Ledger.Attempt.Answered answered -> {
                    note(name + " answers " + request.id().value() + " " + answered.answer());
                    to.accept(answered.answer());
                }
                case Ledger.Attempt.InFlight inFlight ->
                    later(random.nextInt(5, 60), () -> look(request, deadlineMs, to));
            }
        }

        void reserve(ReservationRequest request, int definitionsKnown, Consumer<ReservationAnswer> answer) {
            Task current = task;
            definitions = Math.max(definitions, definitionsKnown);
            if (current == null || !leased()) {
                answer.accept(new ReservationAnswer.NotJudged(AdmissionAnswer.Reason.HAND_OVER, ""));
                return;
            }
            if (current.writing) {
                later(5, () -> reserve(request, definitionsKnown, answer));
                return;
            }
            Moment now = now();
            for (RoomKey room : current.ledger.missing(request, quotas(), now)) {
                current.ledger.load(
                        room, current.stores.value(room), current.stores.marks.getOrDefault(room, QuotaMark.NONE), now);
            }
            ReservationAnswer decided = current.ledger.reserve(request, current.stores.ended, quotas(), now);
            checkHeld(current.ledger);
            note(name + " answers " + request + " " + decided);
            after(delay(), () -> answer.accept(decided));
        }

        private void report(AdmissionOutcome outcome) {
            if (task != null) {
                task.ledger.outcome(outcome);
                checkHeld(task.ledger);
            }
        }
    }

    private static void store(Stores stores, LoggedBatch batch, Judgement judgement) {
        for (int i = 0; i < batch.events().size(); i++) {
            LoggedEvent event = batch.events().get(i);
            if (judgement.fates().get(i) instanceof Judgement.Fate.Counted counted) {
                stores.counted.add(event);
                stores.countedSubjects.add(batch.subjectKey());
                if (counted.remember()) {
                    stores.seen.putIfAbsent(event.eventId(), new Sighting(batch.appendedAt(), event.fingerprint()));
                }
            }
        }
        judgement.marks().forEach(marked -> stores.marks.put(marked.room(), marked.mark()));
        for (Reservation reservation : judgement.reservations()) {
            if (reservation.state() == Reservation.State.OPEN) {
                stores.open.put(reservation.id(), reservation);
            } else {
                stores.open.remove(reservation.id());
                stores.ended.put(reservation.id(), reservation);
            }
        }
        stores.position++;
    }

    // ---- gateways ----

    private final class Gateway {
        final String name;
        int definitions;

        Gateway(String name) {
            this.name = name;
        }

        void next() {
            if (nowMs > REQUESTS_UNTIL_MS) {
                return;
            }
            if (chance(0.5)) {
                definitions = quotaVersions.size() - 1;
            }
            if (chance(0.2)) {
                new StepExchange(this).begin();
                after(random.nextInt(10, 250), this::next);
                return;
            }
            String subject = SUBJECTS.get(random.nextInt(SUBJECTS.size()));
            List<Candidate> events = new ArrayList<>();
            Set<EventId> ids = new HashSet<>();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                Candidate candidate = candidate(subject);
                if (ids.add(candidate.eventId())) {
                    events.add(candidate);
                }
            }
            AdmissionRequest request =
                    new AdmissionRequest(new AdmissionId(uuid()), PARTITION, subject, ZONE, chance(0.4), events);
            new Exchange(this, request).send();
            after(random.nextInt(10, 250), this::next);
        }
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    /// One request of a client, from the question to the answer.
    private final class Exchange {
        final Gateway gateway;
        final AdmissionRequest request;
        long sentMs;
        boolean over;

        Exchange(Gateway gateway, AdmissionRequest request) {
            this.gateway = gateway;
            this.request = request;
        }

        void send() {
            sentMs = nowMs;
            note(gateway.name + " asks " + request);
            ask();
            if (chance(0.3)) {
                after(random.nextInt(5, 1_500), this::ask);
            }
            after(ANSWERED_WITHIN_MS, () -> {
                if (!over) {
                    over = true;
                    // Nothing was produced, and nothing will be.
                    for (Node node : nodes) {
                        Task task = node.task;
                        if (task != null) {
                            report(node, task.ledger.epoch, Fate.FAILED);
                        }
                    }
                }
            });
        }

        private void ask() {
            Node asked = assigned != null && chance(0.9) ? assigned : nodes.get(random.nextInt(2));
            if (chance(0.03)) {
                return;
            }
            int known = gateway.definitions;
            asked.later(
                    delay(),
                    () -> asked.admit(request, known, answer -> () -> {
                        if (!chance(0.03)) {
                            answered(asked, answer);
                        }
                    }));
        }

        private void answered(Node by, AdmissionAnswer answer) {
            if (over) {
                return;
            }
            over = true;
            switch (answer) {
                case AdmissionAnswer.NotJudged notJudged -> {
                    boolean free = request.events().stream()
                            .allMatch(event -> event.meter().equals(FREE));
                    boolean handOver = notJudged.reason() == AdmissionAnswer.Reason.HAND_OVER
                            || notJudged.reason() == AdmissionAnswer.Reason.NOT_OWNER;
                    if (free && handOver) {
                        produce(
                                by,
                                Optional.empty(),
                                request.events().stream()
                                        .map(event -> logged(event, Optional.empty()))
                                        .toList(),
                                List.of());
                    }
                }
                case AdmissionAnswer.Decided decided -> decided(by, decided);
            }
        }

        private void decided(Node by, AdmissionAnswer.Decided decided) {
            List<LoggedEvent> events = new ArrayList<>();
            List<Candidate> duplicates = new ArrayList<>();
            List<Candidate> denied = new ArrayList<>();
            for (int i = 0; i < decided.decisions().size(); i++) {
                Candidate candidate = request.events().get(i);
                switch (decided.decisions().get(i)) {
                    case EventDecision.Admitted admitted -> events.add(logged(candidate, admitted.ceiling()));
                    case EventDecision.Duplicate duplicate -> duplicates.add(candidate);
                    case EventDecision.Conflict conflict -> {}
                    case EventDecision.Denied refusal -> denied.add(candidate);
                    case EventDecision.Unresolved unresolved -> {}
                }
            }
            boolean refused = !request.partial() && !denied.isEmpty();
            if (!denied.isEmpty()) {
                List<Candidate> never = refused ? request.events() : denied;
                never.stream()
                        .filter(event -> !event.keyed())
                        .forEach(event -> told.refusedForGood.add(event.eventId()));
            }
            if (refused) {
                return;
            }
            if (events.isEmpty()) {
                tell(List.of(), duplicates);
                return;
            }
            Stamp stamp = new Stamp(request.id().value(), decided.epoch(), decided.admittedAt());
            // The gateway may stop for a while between the answer and the log.
            after(chance(0.05) ? random.nextInt(100, 2_500) : 0, () -> {
                if (nowMs - sentMs > AdmissionRules.SENT_WITHIN.toMillis() || chance(0.03)) {
                    report(by, decided.epoch(), Fate.FAILED);
                    return;
                }
                produce(by, Optional.of(stamp), events, duplicates);
            });
        }

        private void produce(Node by, Optional<Stamp> stamp, List<LoggedEvent> events, List<Candidate> duplicates) {
            boolean[] done = new boolean[1];
            after(ACKNOWLEDGED_WITHIN_MS, () -> {
                if (!done[0]) {
                    done[0] = true;
                    stamp.ifPresent(consent -> report(by, consent.epoch(), Fate.UNKNOWN));
                }
            });
            if (chance(0.04)) {
                return;
            }
            long landing = chance(0.08) ? random.nextInt(500, 6_000) : random.nextInt(1, 60);
            after(landing, () -> {
                LoggedBatch batch = append(request.subjectKey(), stamp, events, Optional.empty());
                if (chance(0.04)) {
                    return;
                }
                after(random.nextInt(1, 40), () -> {
                    if (done[0]) {
                        return;
                    }
                    done[0] = true;
                    boolean bounded =
                            events.stream().anyMatch(event -> event.ceiling().isPresent());
                    if (stamp.isPresent()
                            && bounded
                            && AdmissionRules.late(stamp.get().admittedAt(), batch.appendedAt())
                            && rules.contains(Rule.LATE_IS_NOT_COUNTED)) {
                        report(by, stamp.get().epoch(), Fate.UNKNOWN);
                        return;
                    }
                    stamp.ifPresent(consent -> report(by, consent.epoch(), Fate.LANDED));
                    tell(events, duplicates);
                });
            });
        }

        private void report(Node to, UUID epoch, Fate fate) {
            if (chance(0.1)) {
                return;
            }
            AdmissionOutcome outcome = new AdmissionOutcome(request.id(), PARTITION, request.subjectKey(), epoch, fate);
            to.later(delay(), () -> to.report(outcome));
        }

        private void tell(List<LoggedEvent> recorded, List<Candidate> duplicates) {
            for (LoggedEvent event : recorded) {
                note("2xx new " + event.eventId());
                if (told.recorded.put(event.eventId(), event.fingerprint()) != null
                        && clocksAgree
                        && log.stream().noneMatch(batch -> batch.stamp().isEmpty())) {
                    throw new Violation(seed, "two requests were told that " + event.eventId() + " is new");
                }
            }
            for (Candidate event : duplicates) {
                told.duplicate.put(event.eventId(), event.fingerprint());
            }
        }
    }

    /// One step with a reservation, from the question to the answer.
    private final class StepExchange {
        final Gateway gateway;
        final String subject = SUBJECTS.get(random.nextInt(SUBJECTS.size()));
        final AdmissionId id = new AdmissionId(uuid());
        long sentMs;

        StepExchange(Gateway gateway) {
            this.gateway = gateway;
        }

        void begin() {
            List<Reservation> known = reservations.stream()
                    .filter(reservation -> reservation.subjectKey().equals(subject))
                    .toList();
            if (known.isEmpty() || chance(0.45)) {
                List<ReservationRequest.Item> items = new ArrayList<>();
                for (int i = random.nextInt(1, 3); i > 0; i--) {
                    items.add(new ReservationRequest.Item(
                            ReservationId.derived(PARTITION, subject, "r" + idNumber++, 0),
                            METERS.get(random.nextInt(METERS.size())),
                            decimal(random.nextInt(1, 8))));
                }
                ask(new ReservationRequest.Reserve(
                        id, PARTITION, subject, ZONE, items, Duration.ofMillis(random.nextInt(500, 6_000))));
                return;
            }
            Reservation reservation = known.get(random.nextInt(known.size()));
            if (chance(0.4)) {
                ask(new ReservationRequest.Release(id, PARTITION, subject, reservation.id()));
                return;
            }
            BigDecimal quantity =
                    decimal(random.nextInt(1, reservation.quantity().intValueExact() + 1));
            ask(new ReservationRequest.Settle(
                    id,
                    PARTITION,
                    subject,
                    ZONE,
                    reservation.id(),
                    new Candidate(
                            EventId.fromBytes(digest(reservation.id().value())),
                            true,
                            digest("settle" + quantity),
                            reservation.meter(),
                            quantity,
                            START.plusMillis(nowMs))));
        }

        private void ask(ReservationRequest request) {
            sentMs = nowMs;
            Node asked = assigned != null ? assigned : nodes.getFirst();
            int known = gateway.definitions;
            asked.later(
                    delay(),
                    () -> asked.reserve(request, known, answer -> {
                        if (!chance(0.03)) {
                            answered(asked, request, answer);
                        }
                    }));
        }

        private void answered(Node by, ReservationRequest request, ReservationAnswer answer) {
            if (answer instanceof ReservationAnswer.Made made) {
                made(request, made.reservations());
            }
            if (!(answer instanceof ReservationAnswer.Granted granted)) {
                return;
            }
            if (nowMs - sentMs > AdmissionRules.SENT_WITHIN.toMillis() || chance(0.03)) {
                report(by, granted.epoch(), Fate.FAILED);
                return;
            }
            Stamp stamp = new Stamp(id.value(), granted.epoch(), granted.admittedAt());
            boolean[] done = new boolean[1];
            after(ACKNOWLEDGED_WITHIN_MS, () -> {
                if (!done[0]) {
                    done[0] = true;
                    report(by, granted.epoch(), Fate.UNKNOWN);
                }
            });
            if (chance(0.04)) {
                return;
            }
            long landing = chance(0.08) ? random.nextInt(500, 6_000) : random.nextInt(1, 60);
            after(landing, () -> {
                LoggedBatch batch = append(
                        subject, Optional.of(stamp), events(request, granted), Optional.of(step(request, granted)));
                after(random.nextInt(1, 40), () -> {
                    if (done[0]) {
                        return;
                    }
                    done[0] = true;
                    if (AdmissionRules.late(stamp.admittedAt(), batch.appendedAt())
                            && rules.contains(Rule.LATE_IS_NOT_COUNTED)) {
                        report(by, granted.epoch(), Fate.UNKNOWN);
                        return;
                    }
                    report(by, granted.epoch(), Fate.LANDED);
                    made(request, granted.reservations());
                });
            });
        }

        private List<LoggedEvent> events(ReservationRequest request, ReservationAnswer.Granted granted) {
            return request instanceof ReservationRequest.Settle settle
                    ? List.of(logged(settle.event(), granted.ceilings().getFirst()))
                    : List.of();
        }

        private LoggedStep step(ReservationRequest request, ReservationAnswer.Granted granted) {
            LoggedStep.Kind kind = switch (request) {
                case ReservationRequest.Reserve reserve -> LoggedStep.Kind.RESERVE;
                case ReservationRequest.Settle settle -> LoggedStep.Kind.SETTLE;
                case ReservationRequest.Release release -> LoggedStep.Kind.RELEASE;
            };
            List<LoggedStep.Item> items = new ArrayList<>();
            for (int i = 0; i < granted.reservations().size(); i++) {
                Reservation reservation = granted.reservations().get(i);
                items.add(new LoggedStep.Item(
                        reservation.id(),
                        reservation.meter(),
                        reservation.quantity(),
                        kind == LoggedStep.Kind.RESERVE ? granted.ceilings().get(i) : Optional.empty()));
            }
            return new LoggedStep(kind, granted.reservations().getFirst().expiresAt(), items);
        }

        private void made(ReservationRequest request, List<Reservation> made) {
            switch (request) {
                case ReservationRequest.Reserve reserve ->
                    made.forEach(reservation -> {
                        if (told.reserved.add(reservation.id())) {
                            reservations.add(reservation);
                        }
                    });
                case ReservationRequest.Settle settle ->
                    told.settled.put(settle.reservationId(), settle.event().quantity());
                case ReservationRequest.Release release -> told.released.add(release.reservationId());
            }
        }

        private void report(Node to, UUID epoch, Fate fate) {
            if (!chance(0.1)) {
                AdmissionOutcome outcome = new AdmissionOutcome(id, PARTITION, subject, epoch, fate);
                to.later(delay(), () -> to.report(outcome));
            }
        }
    }

    // ---- the books ----

    private void checkCounted(Task task) {
        Set<EventId> once = new HashSet<>();
        for (LoggedEvent event : task.stores.counted) {
            if (!once.add(event.eventId())) {
                throw new Violation(seed, event.eventId() + " is counted twice");
            }
        }
        LoggedBatch last = log.get(task.stores.position - 1);
        checkReserved(task.stores, last);
        for (LoggedEvent event : last.events()) {
            if (event.meter().equals(FREE)) {
                continue;
            }
            Quota quota = quotaVersions.getLast().of(event.meter()).orElseThrow();
            RoomKey room =
                    new RoomKey(last.subjectKey(), event.meter(), quota.period().containing(event.eventTime(), ZONE));
            BigDecimal value = task.stores.value(room).add(task.stores.reserved(room));
            if (value.compareTo(ceilingEver(event.meter())) > 0
                    && event.quantity().signum() > 0) {
                throw new Violation(
                        seed,
                        value.toPlainString() + " counted of "
                                + ceilingEver(event.meter()).toPlainString() + " in " + room + " at offset "
                                + last.offset());
            }
        }
    }

    private void checkReserved(Stores stores, LoggedBatch last) {
        if (last.step().isEmpty() || last.step().get().kind() != LoggedStep.Kind.RESERVE) {
            return;
        }
        for (LoggedStep.Item item : last.step().get().items()) {
            Reservation open = stores.open.get(item.id());
            if (open == null || item.meter().equals(FREE)) {
                continue;
            }
            Quota quota = quotaVersions.getLast().of(item.meter()).orElseThrow();
            RoomKey room =
                    new RoomKey(last.subjectKey(), item.meter(), quota.period().containing(open.reservedAt(), ZONE));
            BigDecimal taken = stores.value(room).add(stores.reserved(room));
            if (taken.compareTo(ceilingEver(item.meter())) > 0) {
                throw new Violation(
                        seed, taken.toPlainString() + " counted and reserved in " + room + " at " + last.offset());
            }
        }
    }

    private void checkHeld(Ledger ledger) {
        ledger.audit().ifPresent(wrong -> {
            throw new Violation(seed, wrong);
        });
    }

    private void checkEnd() {
        Map<EventId, LoggedEvent> counted = new HashMap<>();
        for (LoggedEvent event : committed.counted) {
            counted.put(event.eventId(), event);
        }
        for (EventId id : told.refusedForGood) {
            if (counted.containsKey(id)) {
                throw new Violation(seed, id + " was denied and is counted");
            }
        }
        if (!clocksAgree) {
            return;
        }
        if (committed.position != log.size()) {
            throw new Violation(
                    seed, "only " + committed.position + " of " + log.size() + " records are counted at the end");
        }
        told.recorded.forEach((id, fingerprint) -> {
            if (!counted.containsKey(id)) {
                throw new Violation(seed, id + " was acknowledged and is not counted");
            }
        });
        told.duplicate.forEach((id, fingerprint) -> {
            if (!counted.containsKey(id)) {
                throw new Violation(seed, id + " was called a duplicate and is not counted");
            }
        });
        for (ReservationId id : told.reserved) {
            if (!committed.ended.containsKey(id)) {
                throw new Violation(seed, id + " was acknowledged and is not over at the end");
            }
        }
        told.settled.forEach((id, quantity) -> {
            Reservation reservation = committed.ended.get(id);
            boolean right = reservation != null
                    && reservation.state() == Reservation.State.SETTLED
                    && reservation.settled().orElseThrow().compareTo(quantity) == 0
                    && counted.containsKey(EventId.fromBytes(digest(id.value())));
            if (!right) {
                throw new Violation(seed, id + " was settled with " + quantity + " and is " + reservation);
            }
        });
        for (ReservationId id : told.released) {
            Reservation reservation = committed.ended.get(id);
            if (reservation == null || reservation.state() == Reservation.State.SETTLED) {
                throw new Violation(seed, id + " was released and is " + reservation);
            }
        }
        for (Reservation reservation : committed.ended.values()) {
            boolean isCounted = counted.containsKey(
                    EventId.fromBytes(digest(reservation.id().value())));
            if (isCounted != (reservation.state() == Reservation.State.SETTLED)) {
                throw new Violation(seed, reservation + (isCounted ? " is" : " is not") + " counted");
            }
        }
        if (!committed.open.isEmpty()) {
            throw new Violation(seed, "reservations never end: " + committed.open.keySet());
        }
        Node owner = assigned;
        if (owner == null || owner.task == null || !owner.task.ledger.open()) {
            throw new Violation(seed, "nobody admits at the end");
        }
        if (owner.task.ledger.pending() != 0) {
            throw new Violation(seed, owner.task.ledger.pending() + " entries are left at the end");
        }
        checkHeld(owner.task.ledger);
    }
}
