package io.tollgate.quota.ledger;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaVerdict;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.EventDecision;
import io.tollgate.quota.admission.QuotaWarning;
import io.tollgate.quota.ledger.Admitted.Key;
import io.tollgate.quota.ledger.Admitted.Whereabouts;
import io.tollgate.quota.store.SeenKeys;
import io.tollgate.quota.store.SeenKeys.Sighting;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The decision over the events of one request: reads the ledger, changes nothing.
final class RequestDecision {
    private static final EventDecision.Admitted UNBOUNDED =
            new EventDecision.Admitted(Optional.empty(), Optional.empty(), List.of());

    private final AdmissionRequest request;
    private final Moment now;
    private final Ledger ledger;
    private final QuotaWindows windows;
    private final List<@Nullable EventDecision> decisions;
    private final Map<Room, BigDecimal> requested = new LinkedHashMap<>(4);
    private boolean denied;

    RequestDecision(Ledger ledger, AdmissionRequest request, Function<String, Optional<Quota>> quotas, Moment now) {
        this.ledger = ledger;
        this.request = request;
        this.now = now;
        this.windows = new QuotaWindows(ledger.rooms, request.subjectKey(), request.zone(), quotas, now);
        this.decisions = new ArrayList<>(Collections.nCopies(request.events().size(), (EventDecision) null));
    }

    /// Decides the events whose keys are known.
    ///
    /// @return false if a key is on its way in a record of unknown outcome
    boolean recognise(Map<EventId, Sighting> seen) {
        boolean resolved = true;
        for (int i = 0; i < decisions.size(); i++) {
            Candidate candidate = request.events().get(i);
            if (!candidate.keyed()) {
                continue;
            }
            Key key = ledger.keys.get(candidate.eventId());
            if (key != null) {
                if (!inLog(key)) {
                    resolved = false;
                    decisions.set(i, new EventDecision.Unresolved());
                } else {
                    decisions.set(i, known(candidate, key.fingerprint, arrival(key)));
                }
            } else {
                Sighting sighting = seen.get(candidate.eventId());
                if (sighting != null) {
                    decisions.set(i, known(candidate, sighting.fingerprint(), sighting.arrival()));
                }
            }
        }
        return resolved;
    }

    private boolean inLog(Key key) {
        return key.entry == null
                || key.entry.admitted().whereabouts == Whereabouts.LANDED
                || !ledger.rules.contains(Rule.DUPLICATE_WAITS_FOR_LOG);
    }

    private Instant arrival(Key key) {
        return key.entry == null
                ? key.countedAt().orElse(now.wall())
                : key.entry.admitted().at.wall();
    }

    private EventDecision known(Candidate candidate, byte[] fingerprint, Instant arrival) {
        return SeenKeys.samePayload(fingerprint, candidate.fingerprint())
                ? new EventDecision.Duplicate(arrival)
                : new EventDecision.Conflict(arrival);
    }

    void judge() {
        if (request.partial()) {
            judgeOneByOne();
        } else {
            judgeTogether();
        }
    }

    private void judgeOneByOne() {
        for (int i = 0; i < decisions.size(); i++) {
            if (decisions.get(i) != null) {
                continue;
            }
            Candidate candidate = request.events().get(i);
            Optional<Quota> quota = windows.quota(candidate.meter());
            if (quota.isEmpty()) {
                decisions.set(i, UNBOUNDED);
                continue;
            }
            List<Room> rooms = windows.of(quota.get(), candidate.meter(), candidate.eventTime());
            EventDecision decision = decide(quota.get(), rooms, room -> change(candidate, room), true);
            decisions.set(i, decision);
            if (decision instanceof EventDecision.Admitted && candidate.mayRaise()) {
                rooms.forEach(
                        room -> requested.merge(room, change(candidate, room).max(Room.ZERO), BigDecimal::add));
            }
        }
    }

    private void judgeTogether() {
        Map<String, Integer> lastOfMeter = new HashMap<>(4);
        for (int i = 0; i < decisions.size(); i++) {
            Candidate candidate = request.events().get(i);
            if (decisions.get(i) != null) {
                continue;
            }
            lastOfMeter.put(candidate.meter(), i);
            Optional<Quota> quota = windows.quota(candidate.meter());
            if (quota.isPresent() && candidate.mayRaise()) {
                for (Room room : windows.of(quota.get(), candidate.meter(), candidate.eventTime())) {
                    requested.merge(room, change(candidate, room), BigDecimal::add);
                }
            }
        }
        Map<Room, BigDecimal> sums = new LinkedHashMap<>(requested);
        requested.clear();
        Map<String, EventDecision.Denied> deniedMeters = new HashMap<>(0);
        sums.forEach((room, sum) -> {
            Quota quota = windows.quota(room.key.meter()).orElseThrow();
            if (decide(quota, List.of(room), any -> sum, false) instanceof EventDecision.Denied refusal) {
                deniedMeters.putIfAbsent(room.key.meter(), refusal);
            }
        });
        Map<List<Room>, EventDecision> decided = new IdentityHashMap<>(2);
        for (int i = 0; i < decisions.size(); i++) {
            if (decisions.get(i) != null) {
                continue;
            }
            Candidate candidate = request.events().get(i);
            EventDecision.Denied refusal = deniedMeters.get(candidate.meter());
            Optional<Quota> quota = windows.quota(candidate.meter());
            if (refusal != null) {
                denied = true;
                decisions.set(i, refusal);
            } else if (quota.isEmpty()) {
                decisions.set(i, UNBOUNDED);
            } else {
                List<Room> rooms = windows.of(quota.get(), candidate.meter(), candidate.eventTime());
                boolean last = Integer.valueOf(i).equals(lastOfMeter.get(candidate.meter()));
                Function<Room, BigDecimal> asked = candidate.mayRaise()
                        ? room -> sums.getOrDefault(room, Room.ZERO)
                        : room -> candidate.quantity();
                decisions.set(
                        i,
                        last || !candidate.mayRaise()
                                ? decide(quota.get(), rooms, asked, last)
                                : decided.computeIfAbsent(rooms, same -> decide(quota.get(), same, asked, false)));
            }
        }
    }

    private static BigDecimal change(Candidate candidate, Room room) {
        return candidate.change(room.key.span()::contains);
    }

    /// Judges what is asked of each of the windows, on top of what this request has asked of them before.
    private EventDecision decide(
            Quota quota, List<Room> rooms, Function<Room, BigDecimal> asked, boolean withWarnings) {
        EventDecision.@Nullable Admitted admitted = null;
        for (Room room : rooms) {
            BigDecimal quantity = asked.apply(room);
            BigDecimal used = room.taken().add(requested.getOrDefault(room, Room.ZERO));
            switch (quota.judge(used, quantity, Optional.ofNullable(room.mark.graceStart()), now.wall())) {
                case QuotaVerdict.Exceeds exceeds -> {
                    return new EventDecision.Denied(ledger.denial(quota, room, used, quantity, now));
                }
                case QuotaVerdict.Passes passes -> {
                    if (admitted == null || passes.graceEnd().isPresent()) {
                        admitted = new EventDecision.Admitted(
                                passes.ceiling(),
                                passes.graceStart(),
                                withWarnings ? warnings(quota, room, used.add(quantity), passes) : List.of());
                    }
                }
            }
        }
        return admitted == null ? UNBOUNDED : admitted;
    }

    /// Whether some event is denied.
    boolean denies() {
        return decisions.stream().anyMatch(EventDecision.Denied.class::isInstance);
    }

    /// What is to be written.
    List<Candidate> admitted() {
        if (denied) {
            return List.of();
        }
        List<Candidate> admitted = new ArrayList<>(decisions.size());
        for (int i = 0; i < decisions.size(); i++) {
            if (decisions.get(i) instanceof EventDecision.Admitted) {
                admitted.add(request.events().get(i));
            }
        }
        return admitted;
    }

    EventDecision[] decisions() {
        return decisions.toArray(EventDecision[]::new);
    }

    private static List<QuotaWarning> warnings(Quota quota, Room room, BigDecimal current, QuotaVerdict.Passes passes) {
        List<QuotaWarning> warnings = new ArrayList<>(0);
        if (passes.soft()) {
            warnings.add(warning(QuotaWarning.Code.QUOTA_SOFT_LIMIT, quota, room, current, Optional.empty()));
        }
        if (passes.overage()) {
            warnings.add(warning(QuotaWarning.Code.QUOTA_OVERAGE, quota, room, current, Optional.empty()));
        }
        if (passes.graceEnd().isPresent()) {
            warnings.add(warning(QuotaWarning.Code.QUOTA_GRACE, quota, room, current, passes.graceEnd()));
        }
        return warnings;
    }

    private static QuotaWarning warning(
            QuotaWarning.Code code, Quota quota, Room room, BigDecimal current, Optional<Instant> graceEnd) {
        return new QuotaWarning(
                code,
                room.key.meter(),
                current,
                quota.limit(),
                quota.softLimit(),
                room.key.span().resetsAt(),
                graceEnd);
    }
}
