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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/// Deliveries in PostgreSQL.
public final class PostgresDeliveries implements Deliveries, DeliveryQueue, DeadLetterShelf {
    /// Claims take turns, over all processes, so that the bound per destination holds.
    private static final long CLAIMS = 0x746f6c6c77656268L;

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

    @Override
    public List<DueDelivery> claim(Instant now, Instant until, int max, int perDestinationMax) {
        return jdbi.inTransaction(handle -> {
            handle.execute("SELECT pg_advisory_xact_lock(?)", CLAIMS);
            List<Claimed> claimed = handle.createQuery("""
                            WITH heads AS (
                                SELECT DISTINCT ON (lane) id, destination, endpoint_id, due_at, sequence, claimed_until
                                FROM webhook_deliveries
                                WHERE due_at IS NOT NULL AND (due_at <= :now OR claimed_until > :now)
                                ORDER BY lane, sequence),
                            busy AS (
                                SELECT destination, count(*) AS requests FROM webhook_deliveries
                                WHERE due_at IS NOT NULL AND claimed_until > :now GROUP BY destination),
                            ready AS (
                                SELECT heads.id, coalesce(busy.requests, 0) + row_number() OVER (
                                    PARTITION BY heads.destination ORDER BY heads.due_at, heads.sequence) AS place
                                FROM heads LEFT JOIN busy USING (destination)
                                LEFT JOIN webhook_endpoints AS endpoint ON endpoint.id = heads.endpoint_id
                                WHERE (heads.claimed_until IS NULL OR heads.claimed_until <= :now)
                                  AND coalesce(endpoint.enabled, true)),
                            chosen AS (
                                SELECT delivery.id FROM webhook_deliveries AS delivery JOIN ready USING (id)
                                WHERE ready.place <= :perDestinationMax
                                ORDER BY delivery.due_at, delivery.sequence LIMIT :max FOR UPDATE OF delivery SKIP LOCKED),
                            taken AS (
                                UPDATE webhook_deliveries AS delivery SET claimed_until = :until
                                FROM chosen WHERE delivery.id = chosen.id
                                RETURNING delivery.id, delivery.message_id, delivery.organization_id, delivery.endpoint_id,
                                          delivery.url, delivery.credential_type, delivery.message_type, delivery.data,
                                          delivery.attempts, delivery.created_at, delivery.due_at, delivery.sequence)
                            SELECT taken.id, taken.message_id, taken.organization_id, taken.endpoint_id,
                                   coalesce(endpoint.url, taken.url) AS target, taken.message_type, taken.data,
                                   taken.attempts, taken.created_at, endpoint.secret,
                                   CASE WHEN endpoint.previous_secret_until > :now THEN endpoint.previous_secret END AS previous,
                                   coalesce(taken.credential_type, '') AS credential_type, credential.key_name,
                                   credential.ciphertext
                            FROM taken LEFT JOIN webhook_endpoints AS endpoint ON endpoint.id = taken.endpoint_id
                            LEFT JOIN LATERAL (
                                SELECT key_name, ciphertext FROM integration_credentials
                                WHERE organization_id = taken.organization_id AND key_type = taken.credential_type
                                  AND deleted_at IS NULL
                                ORDER BY updated_at DESC, id LIMIT 1) AS credential ON true
                            ORDER BY taken.due_at, taken.sequence
                            """)
                    .bind("now", utc(now))
                    .bind("until", utc(until))
                    .bind("max", max)
                    .bind("perDestinationMax", perDestinationMax)
                    .map((row, context) -> claimed(row, until))
                    .list();
            return withoutGone(handle, claimed, now);
        });
    }

    /// @param delivery absent if the endpoint is gone
    private record Claimed(String id, Optional<DueDelivery> delivery) {}

    private Claimed claimed(ResultSet row, Instant until) throws SQLException {
        String id = row.getString("id");
        String target = row.getString("target");
        if (target == null) {
            return new Claimed(id, Optional.empty());
        }
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
        return new Claimed(
                id,
                Optional.of(new DueDelivery(
                        id, messageId, organizationId, type, target, row.getInt("attempts"), body, signing, until)));
    }

    // Who deletes an endpoint wants no more of it, and there is nothing to do about what was under way.
    private static List<DueDelivery> withoutGone(Handle handle, List<Claimed> claimed, Instant now) {
        List<DueDelivery> due = new ArrayList<>();
        for (Claimed one : claimed) {
            one.delivery()
                    .ifPresentOrElse(
                            due::add,
                            () -> handle.createUpdate("""
                            UPDATE webhook_deliveries
                            SET status = 'dead', due_at = NULL, claimed_until = NULL, error = 'the endpoint was deleted',
                                finished_at = :now, handled_at = :now
                            WHERE id = :id
                            """)
                                    .bind("now", utc(now))
                                    .bind("id", one.id())
                                    .execute());
        }
        return due;
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
        jdbi.useHandle(handle -> handle.createUpdate("""
                        UPDATE webhook_deliveries
                        SET status = :status, attempts = :attempts, due_at = :next, claimed_until = NULL,
                            attempted_at = :now, response_status = :responseStatus, response_body = :responseBody,
                            error = :error, finished_at = :finished, handled_at = NULL
                        WHERE id = :id AND claimed_until = :claimedUntil AND due_at IS NOT NULL
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
                .bind("claimedUntil", utc(delivery.claimedUntil()))
                .execute());
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
                            WHERE finished_at < :before AND (status = 'delivered' OR handled_at < :before)
                            ORDER BY finished_at LIMIT :max)
                        """)
                .bind("before", utc(before))
                .bind("max", max)
                .execute());
    }

    @Override
    public Backlog backlog() {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT (SELECT count(*) FROM webhook_deliveries WHERE due_at IS NOT NULL),
                               (SELECT count(*) FROM webhook_deliveries WHERE status = 'dead' AND handled_at IS NULL)
                        """)
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
        return jdbi.withHandle(handle -> handle.createQuery("""
                        UPDATE webhook_deliveries
                        SET status = 'pending', attempts = 0, due_at = :now, claimed_until = NULL, finished_at = NULL,
                            handled_at = NULL
                        WHERE organization_id = :organizationId AND id = :id
                        RETURNING\s""" + COLUMNS)
                .bind("now", utc(clock.instant()))
                .bind("organizationId", organizationId.value())
                .bind("id", id)
                .map((row, context) -> stored(row))
                .findOne());
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
                SET status = 'pending', attempts = 0, due_at = :now, claimed_until = NULL, finished_at = NULL
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
