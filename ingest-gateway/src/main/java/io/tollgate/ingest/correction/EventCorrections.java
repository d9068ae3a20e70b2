package io.tollgate.ingest.correction;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.ingest.admission.EventRecorder;
import io.tollgate.ingest.admission.Recording;
import io.tollgate.ingest.admission.Settled;
import io.tollgate.ingest.admission.Verdict;
import io.tollgate.ingest.correction.CorrectionOutcome.CorrectedBefore;
import io.tollgate.ingest.correction.CorrectionOutcome.Missing;
import io.tollgate.ingest.correction.CorrectionOutcome.Unavailable;
import io.tollgate.ingest.event.DeletedTenants;
import io.tollgate.ingest.event.Fingerprint;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.IntakeOutcome;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.Correction;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import io.tollgate.ingest.event.WriteObserver;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Takes counted events out, alone or for a replacement.
///
/// What is stored says what an event was counted as; a record in the log says that it is to count no longer; and only
/// the aggregator, which reads that record in the log's order, decides whether it does. So a request writes and then
/// reads what was decided, and one that dies in between is sent again: a second record for an event changes nothing,
/// and the answer is that of the first. Blocks. Thread-safe.
public final class EventCorrections {
    private static final int SOON_SECONDS = 1;
    private static final int LOG_RETRY_AFTER_SECONDS = 2;
    private static final String NOT_AMENDED = "NOT_AMENDED";

    private final StoredEvents stored;
    private final EventRecorder recorder;
    private final DeletedTenants deleted;
    private final WriteObserver writes;

    public EventCorrections(StoredEvents stored, EventRecorder recorder, DeletedTenants deleted, WriteObserver writes) {
        this.stored = stored;
        this.recorder = recorder;
        this.deleted = deleted;
        this.writes = writes;
    }

    /// One request.
    ///
    /// @param zone of the organization
    /// @param reason 1 to 500 characters
    /// @param now its arrival
    /// @param random for ids
    public record Request(
            OrganizationId organizationId,
            ZoneId zone,
            String reason,
            Requester requester,
            Instant now,
            RandomGenerator random) {}

    /// @param outcomes one per event, in the order of the request
    /// @param position of what was written for it
    public record Answer(List<CorrectionOutcome> outcomes, LogPosition position) {}

    /// Takes events out, each by itself.
    ///
    /// @param ids as sent; what is no event id is not found
    public Answer takeOut(Request request, List<String> ids) {
        Map<EventId, CorrectionOutcome> known = new LinkedHashMap<>();
        List<EventId> wanted = new ArrayList<>(ids.size());
        ids.forEach(id -> parsed(id).ifPresent(wanted::add));
        if (!stored.await(request.organizationId(), LogPosition.START)) {
            return all(ids, notStored("What was written before"));
        }
        Fingerprint same = Fingerprint.of(List.of(Correction.Kind.VOID.name(), request.reason()), null);
        Map<EventId, StoredEvent> found = stored.find(request.organizationId(), wanted);
        List<SubjectBatch> records = new ArrayList<>();
        List<EventId> asked = new ArrayList<>();
        for (EventId id : wanted) {
            StoredEvent event = found.get(id);
            if (known.containsKey(id)) {
                continue;
            }
            if (event == null) {
                known.put(id, missing(request.organizationId(), id));
            } else if (event.correction().isPresent()) {
                known.put(id, made(event, event.correction().get(), same));
            } else {
                // Unless it is found to be corrected in the end.
                known.put(id, new CorrectionOutcome.NotKept());
                asked.add(id);
                records.add(new SubjectBatch(
                        event.subjectKey(), List.of(), correction(request, Correction.Kind.VOID, event, same)));
            }
        }
        LogPosition position = LogPosition.START;
        if (!records.isEmpty()) {
            switch (recorder.recordUnasked(report(request, records)).join()) {
                case Settled.Logged logged -> position = written(request, logged);
                case Settled.NotLogged notLogged -> {
                    return all(ids, notLogged());
                }
                case Settled.Late late -> throw new IllegalStateException("a record without events is never late");
            }
            if (!stored.await(request.organizationId(), position)) {
                return all(ids, notStored("The correction"));
            }
            stored.find(request.organizationId(), asked)
                    .forEach((id, event) ->
                            event.correction().ifPresent(correction -> known.put(id, made(event, correction, same))));
        }
        List<CorrectionOutcome> outcomes = ids.stream()
                .map(id -> parsed(id).map(known::get).orElseGet(CorrectionOutcome.NotFound::new))
                .toList();
        return new Answer(outcomes, position);
    }

    /// Takes one event out and puts another in its place, both or neither.
    ///
    /// @param replacement what the request makes of the event
    public Answer amend(Request request, String sentId, Function<StoredEvent, ReportedEvent> replacement) {
        Optional<EventId> id = parsed(sentId);
        if (id.isEmpty()) {
            return one(new CorrectionOutcome.NotFound());
        }
        if (!stored.await(request.organizationId(), LogPosition.START)) {
            return one(notStored("What was written before"));
        }
        StoredEvent event =
                stored.find(request.organizationId(), List.of(id.get())).get(id.get());
        if (event == null) {
            return one(missing(request.organizationId(), id.get()));
        }
        ReportedEvent instead = replacement.apply(event);
        Fingerprint same =
                Fingerprint.of(List.of(Correction.Kind.AMEND.name(), request.reason()), instead.fingerprint());
        if (event.correction().isPresent()) {
            return one(made(event, event.correction().get(), same));
        }
        if (instead.tenantId() != null && deleted.deleted(request.organizationId(), instead.tenantId())) {
            return one(new CorrectionOutcome.TenantDeleted());
        }
        return amend(request, event, instead, same);
    }

    private Answer amend(Request request, StoredEvent event, ReportedEvent instead, Fingerprint same) {
        NewEvent fresh = new NewEvent(EventId.timeOrdered(request.now(), request.random()), instead);
        SubjectBatch record = new SubjectBatch(
                event.subjectKey(), List.of(fresh), correction(request, Correction.Kind.AMEND, event, same));
        Intake.Taken taken = new Intake.Taken(
                report(request, List.of(record)), List.of(new IntakeOutcome.Recorded(fresh.id(), instead)));
        return switch (recorder.record(taken, false, request.random())) {
            case Verdict.Denied denied -> one(denied(request, event, same, denied));
            case Verdict.Unavailable unavailable ->
                one(new Unavailable(Missing.OWNER, unavailable.why(), unavailable.retryAfterSeconds()));
            case Recording.Underway underway ->
                switch (underway.settled().join()) {
                    case Settled.Logged logged ->
                        amended(request, event.id(), fresh.id(), same, written(request, logged));
                    case Settled.NotLogged notLogged -> one(notLogged());
                    case Settled.Late late -> one(notLogged());
                };
        };
    }

    /// What takes the room may be this amendment itself, whose first answer was lost, and whoever wrote that may be
    /// gone.
    private CorrectionOutcome denied(Request request, StoredEvent event, Fingerprint same, Verdict.Denied denied) {
        if (!stored.awaitEnd(event.subjectKey())) {
            return notStored("What was written before");
        }
        return made(request, event.id(), same).orElseGet(() -> new CorrectionOutcome.Denied(denied));
    }

    /// What the aggregator has made of the record at `position`.
    private Answer amended(Request request, EventId id, EventId replacementId, Fingerprint same, LogPosition position) {
        if (!stored.await(request.organizationId(), position)) {
            return new Answer(List.of(notStored("The correction")), position);
        }
        CorrectionOutcome outcome = made(request, id, same)
                .orElseGet(() -> stored.rejection(request.organizationId(), replacementId)
                                .filter(NOT_AMENDED::equals)
                                .isPresent()
                        ? new CorrectionOutcome.NotKept()
                        : new Unavailable(
                                Missing.OWNER,
                                "The counters of a meter with a quota are changing hands.",
                                SOON_SECONDS));
        return new Answer(List.of(outcome), position);
    }

    private CorrectionOutcome missing(OrganizationId organizationId, EventId id) {
        return stored.rejection(organizationId, id)
                .<CorrectionOutcome>map(CorrectionOutcome.NeverCounted::new)
                .orElseGet(CorrectionOutcome.NotFound::new);
    }

    /// The correction of the event that is stored by now, if one is.
    private Optional<CorrectionOutcome> made(Request request, EventId id, Fingerprint same) {
        return Optional.ofNullable(
                        stored.find(request.organizationId(), List.of(id)).get(id))
                .flatMap(event -> event.correction().map(made -> made(event, made, same)));
    }

    private static CorrectionOutcome made(StoredEvent event, StoredEvent.Made made, Fingerprint same) {
        return made.request().equals(same)
                ? new CorrectionOutcome.Corrected(event.id(), made, event.billedBy())
                : new CorrectedBefore(made);
    }

    private static Correction correction(
            Request request, Correction.Kind kind, StoredEvent event, Fingerprint fingerprint) {
        return new Correction(
                new UUID(request.random().nextLong(), request.random().nextLong()),
                kind,
                event.id(),
                event.meter(),
                event.quantity(),
                event.eventTime(),
                event.offset(),
                request.reason(),
                request.requester().actor(),
                request.requester().requestId().orElse(null),
                fingerprint);
    }

    private static UsageReport report(Request request, List<SubjectBatch> records) {
        return new UsageReport(
                BatchId.timeOrdered(request.now(), request.random()), request.zone(), request.now(), records);
    }

    private LogPosition written(Request request, Settled.Logged logged) {
        writes.written(request.organizationId(), logged.position());
        return logged.position();
    }

    private static Optional<EventId> parsed(String id) {
        try {
            EventId parsed = new EventId(id);
            // What has the form may still not stand for 16 bytes.
            parsed.bytes();
            return Optional.of(parsed);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Answer one(CorrectionOutcome outcome) {
        return new Answer(List.of(outcome), LogPosition.START);
    }

    private static Answer all(List<String> ids, CorrectionOutcome outcome) {
        return new Answer(ids.stream().map(id -> outcome).toList(), LogPosition.START);
    }

    private static Unavailable notStored(String what) {
        return new Unavailable(Missing.STORE, what + " is not stored yet.", SOON_SECONDS);
    }

    private static Unavailable notLogged() {
        return new Unavailable(
                Missing.LOG, "The event log does not acknowledge corrections now.", LOG_RETRY_AFTER_SECONDS);
    }
}
