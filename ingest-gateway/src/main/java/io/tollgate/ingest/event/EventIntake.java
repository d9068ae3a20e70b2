package io.tollgate.ingest.event;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Decides over the events of one request of one organization: all or nothing where one is invalid, unless invalid ones
/// may fail alone; events of deleted tenants refused alone; duplicates of a key inside the request answered with the
/// first, other payloads under it refused
/// alone; the rest grouped into one batch per subject. Holds the state of one decision; use once.
public final class EventIntake {
    /// Most errors that are answered: enough to see what is wrong with a batch, and an answer of bounded size.
    public static final int ERRORS_MAX = 100;

    private final OrganizationId organizationId;
    private final DeletedTenants deleted;
    private final Instant now;
    private final RandomGenerator random;
    private final MessageDigest digest = Fingerprint.sha256();
    private final Map<@Nullable TenantId, Subject> subjects = new LinkedHashMap<>();

    private EventIntake(OrganizationId organizationId, DeletedTenants deleted, Instant now, RandomGenerator random) {
        this.organizationId = organizationId;
        this.deleted = deleted;
        this.now = now;
        this.random = random;
    }

    /// @param deleted which tenants take no events any more
    /// @param partial whether invalid events fail alone
    /// @param now arrival of the request
    /// @param random for the ids of events without a key
    public static Intake decide(
            OrganizationId organizationId,
            DeletedTenants deleted,
            ZoneId zone,
            List<Reported> events,
            boolean partial,
            Instant now,
            RandomGenerator random) {
        if (!partial) {
            Intake.Refused refused = refusedOrNull(events);
            if (refused != null) {
                return refused;
            }
        }
        return new EventIntake(organizationId, deleted, now, random).take(zone, events);
    }

    private static Intake.@Nullable Refused refusedOrNull(List<Reported> events) {
        ErrorCode code = null;
        List<Problem.FieldError> errors = new ArrayList<>(0);
        for (Reported event : events) {
            if (event instanceof Reported.Invalid invalid) {
                code = code == null || code == invalid.code() ? invalid.code() : ErrorCode.VALIDATION_FAILED;
                for (Problem.FieldError error : invalid.errors()) {
                    if (errors.size() < ERRORS_MAX) {
                        errors.add(error);
                    }
                }
            }
        }
        return code == null ? null : new Intake.Refused(code, errors);
    }

    private Intake.Taken take(ZoneId zone, List<Reported> events) {
        List<IntakeOutcome> outcomes = new ArrayList<>(events.size());
        for (Reported reported : events) {
            outcomes.add(
                    switch (reported) {
                        case Reported.Invalid invalid -> new IntakeOutcome.Rejected(invalid);
                        case ReportedEvent event -> outcomeOf(event);
                    });
        }
        List<SubjectBatch> batches = new ArrayList<>(subjects.size());
        for (Subject subject : subjects.values()) {
            batches.add(new SubjectBatch(subject.key, subject.events));
        }
        return new Intake.Taken(new UsageReport(BatchId.timeOrdered(now, random), zone, now, batches), outcomes);
    }

    private IntakeOutcome outcomeOf(ReportedEvent event) {
        TenantId tenantId = event.tenantId();
        if (tenantId != null && deleted.deleted(organizationId, tenantId)) {
            return new IntakeOutcome.TenantDeleted(event);
        }
        Subject subject = subjects.computeIfAbsent(event.tenantId(), tenant -> subjectOf(event));
        String key = event.idempotencyKey();
        if (key == null) {
            return record(subject, new NewEvent(EventId.timeOrdered(now, random), event));
        }
        NewEvent first = subject.byKey.get(key);
        if (first == null) {
            NewEvent fresh = new NewEvent(subject.derivedId(key, digest), event);
            subject.byKey.put(key, fresh);
            return record(subject, fresh);
        }
        return first.event().fingerprint().equals(event.fingerprint())
                ? new IntakeOutcome.Duplicate(first.id(), event)
                : new IntakeOutcome.Conflict(event, first.id(), now);
    }

    private static IntakeOutcome record(Subject subject, NewEvent event) {
        subject.events.add(event);
        return new IntakeOutcome.Recorded(event.id(), event.event());
    }

    private Subject subjectOf(ReportedEvent event) {
        return new Subject(new SubjectKey(organizationId, event.subject()));
    }

    /// What the request says about one subject so far.
    private static final class Subject {
        private final SubjectKey key;
        private final byte[] idPrefix;
        private final List<NewEvent> events = new ArrayList<>();
        private final Map<String, NewEvent> byKey = new HashMap<>();

        private Subject(SubjectKey key) {
            this.key = key;
            this.idPrefix = (key.organizationId().value() + '\0' + key.subject().value() + '\0')
                    .getBytes(StandardCharsets.UTF_8);
        }

        /// As [EventId#derived], with one digest and one prefix for many keys.
        private EventId derivedId(String idempotencyKey, MessageDigest digest) {
            digest.update(idPrefix);
            return EventId.fromBytes(digest.digest(idempotencyKey.getBytes(StandardCharsets.UTF_8)));
        }
    }
}
