package io.tollgate.control.session.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.session.Membership;
import io.tollgate.control.session.Session;
import io.tollgate.control.session.Sessions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// Sessions in PostgreSQL.
public final class PostgresSessions implements Sessions {
    private final DefinitionChanges changes;

    public PostgresSessions(DefinitionChanges changes) {
        this.changes = changes;
    }

    /// Signs a user in, in the transaction of `handle`. Of too many sessions, those unused for longest end.
    ///
    /// @param now with microseconds
    public static Session open(Handle handle, UserId userId, RandomToken token, Instant now) {
        Session session = new Session(UUID.randomUUID(), userId, now, now.plus(Session.LASTS));
        handle.createUpdate("""
                        INSERT INTO sessions (id, token_hash, user_id, created_at, renewed_at, expires_at)
                        VALUES (:id, :hash, :userId, :now, :now, :expiresAt)
                        """)
                .bind("id", session.id())
                .bind("hash", token.hash())
                .bind("userId", userId.value())
                .bind("now", DefinitionChanges.utc(now))
                .bind("expiresAt", DefinitionChanges.utc(session.expiresAt()))
                .execute();
        handle.createUpdate("""
                        DELETE FROM sessions WHERE id IN
                            (SELECT id FROM sessions WHERE user_id = :userId
                             ORDER BY renewed_at DESC, id OFFSET :kept)
                        """)
                .bind("userId", userId.value())
                .bind("kept", Session.COUNT_MAX)
                .execute();
        return session;
    }

    /// Signs a user out everywhere, in the transaction of `handle`.
    public static void endAll(Handle handle, UserId userId) {
        handle.createUpdate("DELETE FROM sessions WHERE user_id = :userId")
                .bind("userId", userId.value())
                .execute();
    }

    @Override
    public Optional<Used> use(RandomToken token) {
        Instant now = changes.now();
        return changes.read(handle -> handle.createQuery("""
                        SELECT id, user_id, renewed_at, expires_at FROM sessions
                        WHERE token_hash = :hash AND expires_at > :now
                        """)
                .bind("hash", token.hash())
                .bind("now", DefinitionChanges.utc(now))
                .map((row, context) -> session(row))
                .findOne()
                .map(session -> used(handle, session, now)));
    }

    private static Used used(Handle handle, Session session, Instant now) {
        Session after = session.usedAt(now);
        if (after.equals(session)) {
            return new Used(session, false);
        }
        handle.createUpdate("UPDATE sessions SET renewed_at = :now, expires_at = :expiresAt WHERE id = :id")
                .bind("now", DefinitionChanges.utc(now))
                .bind("expiresAt", DefinitionChanges.utc(after.expiresAt()))
                .bind("id", session.id())
                .execute();
        return new Used(after, true);
    }

    private static Session session(ResultSet row) throws SQLException {
        return new Session(
                row.getObject("id", UUID.class),
                new UserId(row.getString("user_id")),
                row.getObject("renewed_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }

    @Override
    public void end(RandomToken token) {
        changes.make(handle -> handle.createUpdate("DELETE FROM sessions WHERE token_hash = :hash")
                .bind("hash", token.hash())
                .execute());
    }

    @Override
    public List<Membership> memberships(UserId userId, Optional<OrganizationId> told, int limit) {
        return changes.read(handle -> handle.createQuery("""
                        SELECT m.organization_id, m.role
                        FROM members m JOIN organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
                        WHERE m.user_id = :userId AND (:told::text IS NULL OR m.organization_id = :told)
                        ORDER BY m.created_at, m.organization_id LIMIT :limit
                        """)
                .bind("userId", userId.value())
                .bind("told", told.map(OrganizationId::value).orElse(null))
                .bind("limit", limit)
                .map((row, context) -> new Membership(
                        new OrganizationId(row.getString("organization_id")),
                        MemberRole.valueOf(row.getString("role"))))
                .list());
    }

    /// Forgets what has ended; who asks for it again gets the same answer without it.
    public void purge() {
        OffsetDateTime now = DefinitionChanges.utc(changes.now());
        changes.purge(handle -> handle.createUpdate("""
                        DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= :now LIMIT :limit)
                        """).bind("now", now));
    }
}
