package io.tollgate.control.idempotency.postgres;

import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.idempotency.Attempt;
import io.tollgate.control.idempotency.IdempotentRequests;
import io.tollgate.control.idempotency.RequestKey;
import io.tollgate.control.idempotency.StoredAnswer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/// The table `idempotent_requests`. A row is inserted before its request is carried out, so that of several instances
/// one does so. Whether an attempt that died had changed something is in the audit trail, which is written in the
/// transaction of every change.
public final class PostgresIdempotentRequests implements IdempotentRequests {
    private final Jdbi jdbi;
    private final Optional<SecretBox> box;
    private final InstantSource clock;

    /// @param jdbi with the PostgreSQL plugin
    /// @param box seals answers that hold secrets; without it they are not kept
    public PostgresIdempotentRequests(Jdbi jdbi, Optional<SecretBox> box, InstantSource clock) {
        this.jdbi = jdbi;
        this.box = box;
        this.clock = clock;
    }

    @Override
    public Attempt attempt(RequestKey key, byte[] fingerprint, Optional<String> requestId) {
        Instant now = clock.instant();
        return jdbi.inTransaction(handle -> {
            boolean first = of(handle.createUpdate("""
                                    INSERT INTO idempotent_requests AS before
                                        (scope, path, request_key, fingerprint, started_at, request_id)
                                    VALUES (:scope, :path, :key, :fingerprint, :now, :requestId)
                                    ON CONFLICT (scope, path, request_key) DO UPDATE
                                        SET fingerprint = excluded.fingerprint, started_at = excluded.started_at,
                                            request_id = excluded.request_id, answered_at = NULL, status = NULL, content_type = NULL, body = NULL,
                                            sealed = false
                                        WHERE before.started_at < :oldest
                                           OR (before.answered_at IS NULL AND before.started_at < :died
                                               AND NOT EXISTS (
                                                   SELECT FROM audit_logs AS audit
                                                   WHERE audit.request_id = before.request_id
                                                     AND audit.created_at >= before.started_at))
                                    """), key)
                            .bind("fingerprint", fingerprint)
                            .bind("now", utc(now))
                            .bind("requestId", requestId.orElse(null))
                            .bind("oldest", utc(now.minus(KEPT)))
                            .bind("died", utc(now.minus(RUNNING_MAX)))
                            .execute()
                    > 0;
            if (first) {
                return new Attempt.First();
            }
            return of(handle.createQuery("""
                                    SELECT fingerprint, started_at, answered_at, status, content_type, body, sealed
                                    FROM idempotent_requests
                                    WHERE scope = :scope AND path = :path AND request_key = :key
                                    """), key)
                    .map((row, context) -> fromRow(key, fingerprint, row, now.minus(RUNNING_MAX)))
                    // Forgotten between the two statements: what was there has changed nothing.
                    .findOne()
                    .orElseGet(Attempt.Running::new);
        });
    }

    private Attempt fromRow(RequestKey key, byte[] fingerprint, ResultSet row, Instant died) throws SQLException {
        if (!Arrays.equals(row.getBytes("fingerprint"), fingerprint)) {
            return new Attempt.Reused();
        }
        if (row.getObject("answered_at", OffsetDateTime.class) == null) {
            Instant started = row.getObject("started_at", OffsetDateTime.class).toInstant();
            return started.isBefore(died) ? new Attempt.Unanswered() : new Attempt.Running();
        }
        byte[] body = row.getBytes("body");
        boolean sealed = row.getBoolean("sealed");
        if (body == null || (sealed && box.isEmpty())) {
            return new Attempt.AnsweredSecretly();
        }
        byte[] plain = sealed ? Base64.getDecoder().decode(box.orElseThrow().open(body, place(key))) : body;
        return new Attempt.Answered(
                new StoredAnswer(row.getInt("status"), row.getString("content_type"), plain, sealed));
    }

    @Override
    public void keep(RequestKey key, StoredAnswer answer) {
        jdbi.useHandle(handle -> of(handle.createUpdate("""
                                UPDATE idempotent_requests
                                SET answered_at = :now, status = :status, content_type = :contentType, body = :body,
                                    sealed = :sealed
                                WHERE scope = :scope AND path = :path AND request_key = :key
                                """), key)
                .bind("now", utc(clock.instant()))
                .bind("status", answer.status())
                .bind("contentType", answer.contentType())
                .bind("body", stored(key, answer))
                .bind("sealed", answer.secret())
                .execute());
    }

    private byte @Nullable [] stored(RequestKey key, StoredAnswer answer) {
        if (!answer.secret()) {
            return answer.body();
        }
        String text = Base64.getEncoder().encodeToString(answer.body());
        return box.filter(sealing -> text.length() <= SecretBox.PLAIN_BYTES_MAX)
                .map(sealing -> sealing.seal(text, place(key)))
                .orElse(null);
    }

    private static String place(RequestKey key) {
        return "idempotent request/" + key.scope() + key.path() + " " + key.key();
    }

    @Override
    public void forget(RequestKey key) {
        jdbi.useHandle(handle -> of(handle.createUpdate("""
                        DELETE FROM idempotent_requests
                        WHERE scope = :scope AND path = :path AND request_key = :key AND answered_at IS NULL
                        """), key).execute());
    }

    @Override
    public void forgetOld() {
        jdbi.useHandle(handle -> handle.createUpdate("DELETE FROM idempotent_requests WHERE started_at < :oldest")
                .bind("oldest", utc(clock.instant().minus(KEPT)))
                .execute());
    }

    private static <S extends SqlStatement<S>> S of(S statement, RequestKey key) {
        return statement.bind("scope", key.scope()).bind("path", key.path()).bind("key", key.key());
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
