package io.tollgate.billing.delivery.postgres;

import io.tollgate.billing.delivery.Attempt;
import io.tollgate.billing.delivery.Deliveries;
import io.tollgate.billing.delivery.DeliveryQueue;
import io.tollgate.billing.delivery.DeliveryStatus;
import io.tollgate.billing.delivery.DueDelivery;
import io.tollgate.billing.delivery.Settlement;
import io.tollgate.billing.delivery.Signing;
import io.tollgate.billing.delivery.StoredDelivery;
import io.tollgate.billing.delivery.WebhookBody;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.deadletter.DeadLetter;
import io.tollgate.contract.deadletter.DeadLetterShelf;
import io.tollgate.contract.secret.SecretBox;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/// Deliveries in PostgreSQL.
public final class PostgresDeliveries implements Deliveries, DeliveryQueue, DeadLetterShelf {
    /// New rows that one transaction tells their lanes, and how often a claim does that.
    private static final int ARRIVED_MAX = 1_000;

    private static final int ARRIVED_ROUNDS_MAX = 10;

    /// Rows of deleted endpoints that one claim puts aside.
    private static final int RETIRED_MAX = 1_000;

    /// As far as a backlog is counted; it is looked at every few seconds.
    private static final int COUNTED_MAX = 100_000;

    private static final String KIND = "webhook_out";
    private static final String COLUMNS = "id, message_id, organization_id, tenant_id, endpoint_id, url, message_type,"
            + " status, attempts, created_at, due_at, attempted_at, response_status, response_body, error";

    private final Jdbi jdbi;
    private final SigningSecrets secrets;
    private final InstantSource clock;

    /// @param jdbi with the PostgreSQL plugin
    /// @param box absent where no encryption key is set; then nothing that is signed can be sent
    public PostgresDeliveries(Jdbi jdbi, Optional<SecretBox> box, InstantSource clock) {
        this.jdbi = jdbi;
        this.secrets = new SigningSecrets(box);
        this.clock = clock;
    }

    // What was made due since is told to its lanes first. After that only lanes are looked at, and of each its first
    // deliveries: what a claim costs does not depend on how much waits.
    @Override
    public List<DueDelivery> claim(Instant now, Instant until, int max) {
        int round = 0;
        while (queueArrived(now) == ARRIVED_MAX && ++round < ARRIVED_ROUNDS_MAX) {}
        return jdbi.inTransaction(handle -> {
            // Locked in a statement of its own: the ones after it see everything that whoever held a lane before did.
            Lanes lanes = Lanes.lockDue(handle, now, max);
            if (lanes.isEmpty()) {
                return List.of();
            }
            lanes.parkDisabled(handle);
            retireDeleted(handle, lanes, now);
            List<DueDelivery> due = take(handle, lanes, now, until);
            lanes.rest(handle, now);
            return due;
        });
    }

    // Rows before lanes, here and wherever both are locked, so that nobody waits in a circle.
    private int queueArrived(Instant now) {
        return jdbi.inTransaction(handle -> handle.createQuery("""
                        WITH arrived AS (
                            SELECT id FROM webhook_deliveries WHERE NOT queued ORDER BY sequence LIMIT :max
                            FOR UPDATE SKIP LOCKED),
                        known AS (
                            UPDATE webhook_deliveries AS delivery SET queued = true FROM arrived WHERE delivery.id = arrived.id
                            RETURNING delivery.destination, delivery.slot, delivery.endpoint_id, delivery.due_at),
                        woken AS (
                            INSERT INTO webhook_lanes AS lane (destination, slot, endpoint_id, next_at)
                            SELECT destination, slot, min(endpoint_id), :now FROM known WHERE due_at IS NOT NULL
                            GROUP BY destination, slot ORDER BY destination, slot
                            ON CONFLICT (destination, slot) DO UPDATE SET next_at = CASE
                                WHEN lane.delivery_id IS NULL THEN least(lane.next_at, excluded.next_at)
                                ELSE lane.next_at END)
                        SELECT count(*) FROM known
                        """)
                .bind("now", utc(now))
                .bind("max", ARRIVED_MAX)
                .mapTo(int.class)
                .one());
    }

    // Who deletes an endpoint wants no more of it, and there is nothing to do about what was under way. Here and below,
    // ORDER BY with LIMIT per lane makes PostgreSQL read the lane's own index entries, whatever it believes of the
    // table.
    private static void retireDeleted(Handle handle, Lanes lanes, Instant now) {
        lanes.bound(handle.createUpdate("""
                        WITH gone AS (
                            SELECT lane.destination, lane.slot FROM webhook_lanes AS lane
                            WHERE (lane.destination, lane.slot) IN (SELECT * FROM unnest(:destinations, :slots))
                              AND lane.endpoint_id IS NOT NULL
                              AND NOT EXISTS (SELECT FROM webhook_endpoints WHERE id = lane.endpoint_id)),
                        unwanted AS (
                            SELECT delivery.id FROM gone CROSS JOIN LATERAL (
                                (SELECT id FROM webhook_deliveries
                                 WHERE status = 'pending' AND destination = gone.destination AND slot = gone.slot
                                 ORDER BY sequence LIMIT :max)
                                UNION ALL
                                (SELECT id FROM webhook_deliveries
                                 WHERE status = 'failed' AND destination = gone.destination AND slot = gone.slot
                                 ORDER BY due_at LIMIT :max)) AS delivery
                            LIMIT :max),
                        free AS (
                            SELECT id FROM webhook_deliveries WHERE id IN (SELECT id FROM unwanted)
                              AND status IN ('pending', 'failed')
                            FOR UPDATE SKIP LOCKED)
                        UPDATE webhook_deliveries AS delivery
                        SET status = 'dead', due_at = NULL, queued = true, error = 'the endpoint was deleted',
                            finished_at = :now, handled_at = :now
                        FROM free WHERE delivery.id = free.id
                        """))
                .bind("now", utc(now))
                .bind("max", RETIRED_MAX)
                .execute();
    }

    /// Takes the oldest of each lane: of those that were never tried, and of those whose pause is over.
    private List<DueDelivery> take(Handle handle, Lanes lanes, Instant now, Instant until) {
        return lanes.bound(handle.createQuery("""
                        WITH heads AS (
                            SELECT lane.destination, lane.slot, head.id FROM webhook_lanes AS lane
                            CROSS JOIN LATERAL (
                                SELECT id FROM (
                                    (SELECT id, sequence FROM webhook_deliveries AS delivery
                                     WHERE status = 'pending' AND delivery.destination = lane.destination
                                       AND delivery.slot = lane.slot
                                     ORDER BY sequence LIMIT 1)
                                    UNION ALL
                                    (SELECT id, sequence FROM webhook_deliveries AS delivery
                                     WHERE status = 'failed' AND delivery.destination = lane.destination
                                       AND delivery.slot = lane.slot AND due_at <= :now
                                     ORDER BY due_at LIMIT 1)) AS first
                                ORDER BY sequence LIMIT 1) AS head
                            WHERE (lane.destination, lane.slot) IN (SELECT * FROM unnest(:destinations, :slots))
                              AND NOT lane.parked
                              AND (lane.endpoint_id IS NULL
                                   OR EXISTS (SELECT FROM webhook_endpoints WHERE id = lane.endpoint_id))),
                        taken AS (
                            UPDATE webhook_lanes AS lane
                            SET delivery_id = heads.id, claimed_until = :until, next_at = :until
                            FROM heads WHERE lane.destination = heads.destination AND lane.slot = heads.slot
                            RETURNING lane.delivery_id)
                        SELECT delivery.id, delivery.message_id, delivery.organization_id, delivery.endpoint_id,
                               coalesce(endpoint.url, delivery.url) AS target, delivery.message_type, delivery.data,
                               delivery.attempts, delivery.created_at, endpoint.secret,
                               CASE WHEN endpoint.previous_secret_until > :now THEN endpoint.previous_secret END AS previous,
                               coalesce(delivery.credential_type, '') AS credential_type, credential.key_name,
                               credential.ciphertext
                        FROM taken JOIN webhook_deliveries AS delivery ON delivery.id = taken.delivery_id
                        LEFT JOIN webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
                        LEFT JOIN LATERAL (
                            SELECT key_name, ciphertext FROM integration_credentials
                            WHERE organization_id = delivery.organization_id AND key_type = delivery.credential_type
                              AND deleted_at IS NULL
                            ORDER BY updated_at DESC, id LIMIT 1) AS credential ON true
                        ORDER BY delivery.sequence
                        """))
                .bind("now", utc(now))
                .bind("until", utc(until))
                .map((row, context) -> due(row, until))
                .list();
    }

    private DueDelivery due(ResultSet row, Instant until) throws SQLException {
        String id = row.getString("id");
        OrganizationId organizationId = new OrganizationId(row.getString("organization_id"));
        String messageId = row.getString("message_id");
        String type = row.getString("message_type");
        String endpointId = row.getString("endpoint_id");
        byte[] secret = row.getBytes("secret");
        Signing signing = endpointId == null || secret == null
                ? secrets.ofCredential(
                        organizationId,
                        row.getString("credential_type"),
                        row.getString("key_name"),
                        row.getBytes("ciphertext"))
                : secrets.ofEndpoint(organizationId, endpointId, secret, row.getBytes("previous"));
        Instant raisedAt = row.getObject("created_at", OffsetDateTime.class).toInstant();
        byte[] body = WebhookBody.of(messageId, type, raisedAt, organizationId, row.getString("data"));
        return new DueDelivery(
                id,
                messageId,
                organizationId,
                type,
                row.getString("target"),
                row.getInt("attempts"),
                body,
                signing,
                until);
    }

    @Override
    public void settle(DueDelivery delivery, Attempt attempt, Settlement settlement, Instant now) {
        Outcome outcome = Outcome.of(attempt);
        String status = switch (settlement) {
            case Settlement.Delivered delivered -> DeliveryStatus.DELIVERED.word();
            case Settlement.TryAgain again -> DeliveryStatus.FAILED.word();
            case Settlement.Dead dead -> DeliveryStatus.DEAD.word();
        };
        Optional<Instant> next =
                settlement instanceof Settlement.TryAgain again ? Optional.of(again.at()) : Optional.empty();
        jdbi.useTransaction(handle -> {
            handle.execute("SELECT 1 FROM webhook_deliveries WHERE id = ? FOR UPDATE", delivery.id());
            Lanes lanes = Lanes.lockHolding(handle, delivery.id(), delivery.claimedUntil());
            if (lanes.isEmpty()) {
                return;
            }
            handle.createUpdate("""
                            UPDATE webhook_deliveries
                            SET status = :status, attempts = :attempts, due_at = :next, queued = true,
                                attempted_at = :now, response_status = :responseStatus, response_body = :responseBody,
                                error = :error, finished_at = :finished, handled_at = NULL
                            WHERE id = :id
                            """)
                    .bind("status", status)
                    .bind("attempts", delivery.attempts() + 1)
                    .bind("next", next.map(PostgresDeliveries::utc).orElse(null))
                    .bind("now", utc(now))
                    .bind("responseStatus", outcome.status())
                    .bind("responseBody", outcome.answer())
                    .bind("error", outcome.error())
                    .bind("finished", next.isPresent() ? null : utc(now))
                    .bind("id", delivery.id())
                    .execute();
            lanes.release(handle);
            lanes.rest(handle, now);
        });
    }

    private record Outcome(
            @Nullable Integer status,
            @Nullable String answer,
            @Nullable String error) {
        static Outcome of(Attempt attempt) {
            return switch (attempt) {
                case Attempt.Taken taken -> new Outcome(taken.status(), taken.answer(), null);
                case Attempt.Failed failed ->
                    failed.status().isPresent()
                            ? new Outcome(failed.status().getAsInt(), failed.answer(), failed.why())
                            : new Outcome(null, null, failed.why());
            };
        }
    }

    @Override
    public int purge(Instant before, int max) {
        return jdbi.withHandle(handle -> handle.createUpdate("""
                        DELETE FROM webhook_deliveries WHERE id IN (
                            SELECT id FROM webhook_deliveries
                            WHERE (status = 'delivered' OR handled_at IS NOT NULL)
                              AND coalesce(handled_at, finished_at) < :before
                            ORDER BY coalesce(handled_at, finished_at) LIMIT :max)
                        """)
                .bind("before", utc(before))
                .bind("max", max)
                .execute());
    }

    @Override
    public Backlog backlog() {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT (SELECT count(*) FROM (
                                    SELECT FROM webhook_deliveries WHERE status = 'pending' LIMIT :max) AS new)
                               + (SELECT count(*) FROM (
                                    SELECT FROM webhook_deliveries WHERE status = 'failed' LIMIT :max) AS again),
                               (SELECT count(*) FROM (
                                    SELECT FROM webhook_deliveries
                                    WHERE status = 'dead' AND handled_at IS NULL LIMIT :max) AS dead)
                        """)
                .bind("max", COUNTED_MAX)
                .map((row, context) -> new Backlog(row.getLong(1), row.getLong(2)))
                .one());
    }

    @Override
    public Page list(Query query) {
        List<StoredDelivery> found = jdbi.withHandle(handle -> handle.createQuery("SELECT " + COLUMNS + """
                         FROM webhook_deliveries
                        WHERE organization_id = :organizationId
                          AND (CAST(:endpointId AS text) IS NULL OR endpoint_id = :endpointId)
                          AND (CAST(:status AS text) IS NULL OR status = :status)
                          AND (CAST(:afterId AS text) IS NULL
                               OR (created_at, id) < (CAST(:afterAt AS timestamptz), CAST(:afterId AS text)))
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """)
                .bind("organizationId", query.organizationId().value())
                .bind("endpointId", query.endpointId().orElse(null))
                .bind("status", query.status().map(DeliveryStatus::word).orElse(null))
                .bind("afterId", query.after().map(TimeCursor::id).orElse(null))
                .bind(
                        "afterAt",
                        query.after()
                                .map(TimeCursor::at)
                                .map(PostgresDeliveries::utc)
                                .orElse(null))
                .bind("limit", query.limit() + 1)
                .map((row, context) -> stored(row))
                .list());
        if (found.size() <= query.limit()) {
            return new Page(found, Optional.empty());
        }
        List<StoredDelivery> shown = found.subList(0, query.limit());
        StoredDelivery last = shown.getLast();
        return new Page(shown, Optional.of(new TimeCursor(last.createdAt(), last.id())));
    }

    @Override
    public Optional<StoredDelivery> retry(OrganizationId organizationId, String id) {
        return jdbi.inTransaction(handle -> {
            Optional<StoredDelivery> made = handle.createQuery("""
                            UPDATE webhook_deliveries
                            SET status = 'pending', attempts = 0, due_at = :now, queued = false, finished_at = NULL,
                                handled_at = NULL
                            WHERE organization_id = :organizationId AND id = :id
                            RETURNING\s""" + COLUMNS)
                    .bind("now", utc(clock.instant()))
                    .bind("organizationId", organizationId.value())
                    .bind("id", id)
                    .map((row, context) -> stored(row))
                    .findOne();
            // An attempt that is under way no longer decides what becomes of it.
            made.ifPresent(delivery -> handle.createUpdate("""
                            UPDATE webhook_lanes SET delivery_id = NULL, claimed_until = NULL, next_at = :now
                            WHERE delivery_id = :id
                            """)
                    .bind("now", utc(clock.instant()))
                    .bind("id", delivery.id())
                    .execute());
            return made;
        });
    }

    private static StoredDelivery stored(ResultSet row) throws SQLException {
        int responseStatus = row.getInt("response_status");
        return new StoredDelivery(
                row.getString("id"),
                row.getString("message_id"),
                new OrganizationId(row.getString("organization_id")),
                Optional.ofNullable(row.getString("tenant_id")),
                Optional.ofNullable(row.getString("endpoint_id")),
                Optional.ofNullable(row.getString("url")),
                row.getString("message_type"),
                DeliveryStatus.ofWord(row.getString("status")).orElseThrow(),
                row.getInt("attempts"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                time(row, "due_at"),
                time(row, "attempted_at"),
                responseStatus == 0 ? OptionalInt.empty() : OptionalInt.of(responseStatus),
                Optional.ofNullable(row.getString("response_body")),
                Optional.ofNullable(row.getString("error")));
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<DeadLetter> list(int limit, Optional<TimeCursor> after) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT id, organization_id, message_type, attempts, coalesce(error, '') AS error, created_at
                        FROM webhook_deliveries
                        WHERE status = 'dead' AND handled_at IS NULL
                          AND (CAST(:afterId AS text) IS NULL
                               OR (created_at, id) < (CAST(:afterAt AS timestamptz), CAST(:afterId AS text)))
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """)
                .bind("afterId", after.map(TimeCursor::id).orElse(null))
                .bind(
                        "afterAt",
                        after.map(TimeCursor::at).map(PostgresDeliveries::utc).orElse(null))
                .bind("limit", limit)
                .map((row, context) -> new DeadLetter(
                        KIND,
                        row.getString("id"),
                        Optional.of(new OrganizationId(row.getString("organization_id"))),
                        row.getString("message_type"),
                        row.getInt("attempts"),
                        row.getString("error"),
                        row.getObject("created_at", OffsetDateTime.class).toInstant()))
                .list());
    }

    @Override
    public boolean retry(String id) {
        return handle(id, """
                UPDATE webhook_deliveries
                SET status = 'pending', attempts = 0, due_at = :now, queued = false, finished_at = NULL
                WHERE id = :id AND status = 'dead' AND handled_at IS NULL
                """);
    }

    @Override
    public boolean discard(String id) {
        return handle(id, """
                UPDATE webhook_deliveries SET handled_at = :now WHERE id = :id AND status = 'dead' AND handled_at IS NULL
                """);
    }

    private boolean handle(String id, String sql) {
        return jdbi.withHandle(handle -> handle.createUpdate(sql)
                        .bind("now", utc(clock.instant()))
                        .bind("id", id)
                        .execute())
                == 1;
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
