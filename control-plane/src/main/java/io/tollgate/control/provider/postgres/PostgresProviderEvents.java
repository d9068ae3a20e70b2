package io.tollgate.control.provider.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.deadletter.DeadLetter;
import io.tollgate.contract.deadletter.DeadLetterShelf;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.provider.Editions;
import io.tollgate.control.provider.EventQueue;
import io.tollgate.control.provider.EventSource;
import io.tollgate.control.provider.FactReader;
import io.tollgate.control.provider.Processing;
import io.tollgate.control.provider.ProviderEvents;
import io.tollgate.control.provider.ProviderFact;
import io.tollgate.control.provider.ReceivedEvent;
import io.tollgate.control.provider.RetryPlan;
import io.tollgate.control.provider.StoredEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The events of Stripe in PostgreSQL.
public final class PostgresProviderEvents implements ProviderEvents, EventQueue, DeadLetterShelf {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresProviderEvents.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PROVIDER = "stripe";
    private static final String KIND = "provider";

    /// Longest reason that is kept, in characters.
    private static final int ERROR_LENGTH_MAX = 500;

    private static final int OVERRIDES_AT_ONCE = 100;

    // Whatever is older than an object's newest event is gone then, or done with. Only what has failed can still be
    // processed at any time, and must not undo what is newer.
    private static final String FORGET_OBJECTS = """
            DELETE FROM provider_objects WHERE (provider, source, object_id) IN (
                SELECT provider, source, object_id FROM provider_objects AS object
                WHERE created < :before
                  AND NOT EXISTS (
                      SELECT FROM provider_events AS event
                      WHERE event.provider = object.provider AND event.source = object.source
                        AND event.status IN ('pending', 'failed') AND event.created < :before)
                ORDER BY created LIMIT :limit)
            """;

    private final DefinitionChanges changes;
    private final FactReader facts;
    private final Editions editions;

    public PostgresProviderEvents(DefinitionChanges changes, FactReader facts, Editions editions) {
        this.changes = changes;
        this.facts = facts;
        this.editions = editions;
    }

    @Override
    public boolean store(ReceivedEvent event) {
        Instant now = changes.now();
        return changes.make(handle -> handle.createUpdate("""
                                INSERT INTO provider_events
                                    (provider, source, event_id, type, payload, created, status, next_attempt_at, received_at)
                                VALUES
                                    (:provider, :source, :eventId, :type, :payload::jsonb, :created, 'pending', :now, :now)
                                ON CONFLICT (provider, source, event_id) DO NOTHING
                                """)
                        .bind("provider", PROVIDER)
                        .bind("source", event.source().word())
                        .bind("eventId", event.id())
                        .bind("type", event.type())
                        .bind("payload", event.payload().toString())
                        .bind("created", DefinitionChanges.utc(event.created().orElse(now)))
                        .bind("now", DefinitionChanges.utc(now))
                        .execute()
                == 1);
    }

    /// An event that is locked.
    private record Locked(
            EventSource source, String id, String type, String payload, Instant created, String status, int retries) {}

    private static final String LOCKED =
            "SELECT source, event_id, type, payload::text AS payload, created, status, retry_count FROM provider_events"
                    + " WHERE provider = 'stripe' AND ";

    @Override
    public Optional<Processing> processNext() {
        Instant now = changes.now();
        return attempt(handle -> handle.createQuery(
                        LOCKED
                                + "next_attempt_at <= :now ORDER BY next_attempt_at, received_at LIMIT 1 FOR UPDATE SKIP LOCKED")
                .bind("now", DefinitionChanges.utc(now))
                .map((row, context) -> locked(row))
                .findOne());
    }

    /// Finds and locks an event.
    private interface Finder {
        Optional<Locked> find(Handle handle);
    }

    // One transaction for the effect and the end of the event. What fails in it is undone, and the failure noted in
    // another; a process that dies between them has changed nothing, and the event is processed anew.
    private Optional<Processing> attempt(Finder finder) {
        List<Locked> tried = new ArrayList<>();
        try {
            return changes.make(handle -> {
                Optional<Locked> found = finder.find(handle);
                if (found.isEmpty()) {
                    return Optional.<Processing>empty();
                }
                tried.add(found.get());
                Processing result = apply(handle, found.get());
                end(handle, found.get(), result);
                return Optional.of(result);
            });
        } catch (RuntimeException e) {
            if (tried.isEmpty()) {
                throw e;
            }
            Locked event = tried.getFirst();
            LOG.warn(
                    "The event {} of {} could not be processed",
                    event.id(),
                    event.source().word(),
                    e);
            changes.make(handle -> {
                fail(handle, event, "it could not be processed: " + e.getClass().getSimpleName(), false);
                return true;
            });
            return Optional.of(new Processing.Failed("it could not be processed"));
        }
    }

    private Processing apply(Handle handle, Locked event) {
        JsonNode payload;
        try {
            payload = JSON.readTree(event.payload());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL keeps no JSON that is none", e);
        }
        ProviderFact fact = facts.read(event.id(), event.type(), payload, event.created());
        return new Effects(handle, editions, changes.now())
                .apply(new Effects.Event(PROVIDER, event.source(), event.id(), event.created(), fact));
    }

    private void end(Handle handle, Locked event, Processing result) {
        switch (result) {
            case Processing.Done done -> update(handle, event, "completed", event.retries(), null, null);
            case Processing.Failed failed -> fail(handle, event, failed.reason(), true);
        }
    }

    /// @param known whether the event itself is the cause: then it is shown as failed from the first attempt on
    private void fail(Handle handle, Locked event, String reason, boolean known) {
        int failures = event.retries() + 1;
        Optional<Instant> next = RetryPlan.next(failures, changes.now());
        update(
                handle,
                event,
                known || next.isEmpty() ? "failed" : "pending",
                failures,
                reason.substring(0, Math.min(reason.length(), ERROR_LENGTH_MAX)),
                next.map(DefinitionChanges::utc).orElse(null));
    }

    private void update(
            Handle handle,
            Locked event,
            String status,
            int retries,
            @Nullable String error,
            @Nullable OffsetDateTime nextAttempt) {
        handle.createUpdate("""
                        UPDATE provider_events SET status = :status, retry_count = :retries, error = :error,
                            next_attempt_at = :nextAttempt, processed_at = :now
                        WHERE provider = :provider AND source = :source AND event_id = :eventId
                        """)
                .bind("status", status)
                .bind("retries", retries)
                .bind("error", error)
                .bind("nextAttempt", nextAttempt)
                .bind("now", DefinitionChanges.utc(changes.now()))
                .bind("provider", PROVIDER)
                .bind("source", event.source().word())
                .bind("eventId", event.id())
                .execute();
    }

    @Override
    public List<StoredEvent> failed(Optional<OrganizationId> organizationId, int limit) {
        return changes.read(handle -> handle.createQuery("""
                        SELECT source, event_id, type, status, retry_count, coalesce(error, '') AS error, received_at
                        FROM provider_events
                        WHERE status = 'failed' AND (:source::text IS NULL OR source = :source)
                        ORDER BY received_at DESC, event_id DESC LIMIT :limit
                        """)
                .bind("source", organizationId.map(OrganizationId::value).orElse(null))
                .bind("limit", limit)
                .map((row, context) -> new StoredEvent(
                        EventSource.ofWord(row.getString("source")),
                        row.getString("event_id"),
                        row.getString("type"),
                        row.getString("status"),
                        row.getInt("retry_count"),
                        row.getString("error"),
                        row.getObject("received_at", OffsetDateTime.class).toInstant()))
                .list());
    }

    @Override
    public Optional<Processing> retry(Actor actor, String eventId) {
        List<EventSource> sources = changes.make(handle -> {
            List<EventSource> found = handle.createQuery(
                            "SELECT source FROM provider_events WHERE provider = :provider AND event_id = :eventId")
                    .bind("provider", PROVIDER)
                    .bind("eventId", eventId)
                    .map((row, context) -> EventSource.ofWord(row.getString("source")))
                    .list();
            found.forEach(source -> audit(handle, actor, "retry_webhook", source, eventId));
            return found;
        });
        Optional<Processing> worst = Optional.empty();
        for (EventSource source : sources) {
            Processing result = retry(source, eventId);
            if (worst.isEmpty() || result instanceof Processing.Failed) {
                worst = Optional.of(result);
            }
        }
        return worst;
    }

    private Processing retry(EventSource source, String eventId) {
        return attempt(handle -> lock(handle, source, eventId)
                        .filter(event -> !event.status().equals("completed")))
                .orElseGet(Processing.Done::new);
    }

    @Override
    public Optional<Processing> replay(Actor actor, EventSource source, String eventId) {
        boolean known = changes.make(handle -> {
            Optional<Locked> found = lock(handle, source, eventId);
            found.ifPresent(event -> audit(handle, actor, "replay_webhook", source, eventId));
            return found.isPresent();
        });
        return known ? attempt(handle -> lock(handle, source, eventId)) : Optional.empty();
    }

    private static Optional<Locked> lock(Handle handle, EventSource source, String eventId) {
        return handle.createQuery(LOCKED + "source = :source AND event_id = :eventId FOR UPDATE")
                .bind("source", source.word())
                .bind("eventId", eventId)
                .map((row, context) -> locked(row))
                .findOne();
    }

    private static Locked locked(ResultSet row) throws SQLException {
        return new Locked(
                EventSource.ofWord(row.getString("source")),
                row.getString("event_id"),
                row.getString("type"),
                row.getString("payload"),
                row.getObject("created", OffsetDateTime.class).toInstant(),
                row.getString("status"),
                row.getInt("retry_count"));
    }

    private void audit(Handle handle, Actor actor, String action, EventSource source, String eventId) {
        PostgresAuditTrail.record(
                handle,
                new AuditEntry(
                        UUID.randomUUID(),
                        actor,
                        source.organizationId(),
                        action,
                        "provider_event",
                        eventId,
                        JsonNodeFactory.instance.objectNode().put("source", source.word()),
                        changes.now()));
    }

    @Override
    public int endOverrides() {
        Instant now = changes.now();
        return changes.make(handle -> {
            StandingStore standings = new StandingStore(handle);
            int ended = 0;
            for (StandingStore.Holder holder : standings.expired(now, OVERRIDES_AT_ONCE)) {
                Optional<StandingStore.Held> held = standings
                        .find(holder)
                        .filter(found -> found.overridden().isPresent());
                if (held.isPresent()) {
                    standings.restore(held.get());
                    ended++;
                }
            }
            return ended;
        });
    }

    @Override
    public Backlog backlog() {
        return changes.read(handle -> handle.createQuery("""
                        SELECT count(*) FILTER (WHERE status = 'pending') AS pending,
                               count(*) FILTER (WHERE status = 'failed') AS failed
                        FROM provider_events WHERE status IN ('pending', 'failed')
                        """)
                .map((row, context) -> new Backlog(row.getLong("pending"), row.getLong("failed")))
                .one());
    }

    @Override
    public int purge(Instant before, int limit) {
        return changes.make(handle -> purge(handle, """
                        DELETE FROM provider_events WHERE (provider, source, event_id) IN (
                            SELECT provider, source, event_id FROM provider_events
                            WHERE status IN ('completed', 'discarded') AND received_at < :before
                            ORDER BY received_at LIMIT :limit)
                        """, before, limit)
                + purge(handle, FORGET_OBJECTS, before, limit)
                + purge(handle, """
                        DELETE FROM stripe_resets WHERE (organization_id, stripe_invoice_id) IN (
                            SELECT organization_id, stripe_invoice_id FROM stripe_resets
                            WHERE created_at < :before ORDER BY created_at LIMIT :limit)
                        """, before, limit));
    }

    private static int purge(Handle handle, String sql, Instant before, int limit) {
        return handle.createUpdate(sql)
                .bind("before", DefinitionChanges.utc(before))
                .bind("limit", limit)
                .execute();
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<DeadLetter> list(int limit, Optional<TimeCursor> after) {
        return changes.read(handle -> handle.createQuery("""
                        SELECT provider || ':' || source || ':' || event_id AS id, source, type, retry_count,
                               coalesce(error, '') AS error, received_at
                        FROM provider_events
                        WHERE status = 'failed'
                          AND (:afterAt::timestamptz IS NULL
                               OR (received_at, provider || ':' || source || ':' || event_id) < (:afterAt, :afterId))
                        ORDER BY received_at DESC, provider || ':' || source || ':' || event_id DESC LIMIT :limit
                        """)
                .bind(
                        "afterAt",
                        after.map(TimeCursor::at).map(DefinitionChanges::utc).orElse(null))
                .bind("afterId", after.map(TimeCursor::id).orElse(null))
                .bind("limit", limit)
                .map((row, context) -> new DeadLetter(
                        KIND,
                        row.getString("id"),
                        EventSource.ofWord(row.getString("source")).organizationId(),
                        row.getString("type"),
                        row.getInt("retry_count"),
                        row.getString("error"),
                        row.getObject("received_at", OffsetDateTime.class).toInstant()))
                .list());
    }

    @Override
    public boolean retry(String id) {
        return changeFailed(id, "status = 'pending', retry_count = 0, next_attempt_at = :now");
    }

    @Override
    public boolean discard(String id) {
        return changeFailed(id, "status = 'discarded', next_attempt_at = NULL, processed_at = :now");
    }

    private boolean changeFailed(String id, String assignments) {
        return changes.make(handle -> handle.createUpdate("UPDATE provider_events SET " + assignments
                                + " WHERE status = 'failed' AND provider || ':' || source || ':' || event_id = :id"
                                + " AND event_id = substring(:id FROM '^[^:]*:[^:]*:(.*)$')")
                        .bind("now", DefinitionChanges.utc(changes.now()))
                        .bind("id", id)
                        .execute()
                == 1);
    }
}
