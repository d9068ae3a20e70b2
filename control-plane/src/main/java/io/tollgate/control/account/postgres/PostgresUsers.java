package io.tollgate.control.account.postgres;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Networks;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.account.EmailAddress;
import io.tollgate.control.account.ResetMail;
import io.tollgate.control.account.SignInFailures;
import io.tollgate.control.account.User;
import io.tollgate.control.account.Users;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.mail.postgres.PostgresMails;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.session.postgres.PostgresSessions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/// Users and their accounts in PostgreSQL.
public final class PostgresUsers implements Users {
    private static final String COLUMNS = "id, email, name, image, email_verified, created_at, updated_at";
    private static final String RESET = "reset-password";

    private static final Duration FAILURES_KEPT = SignInFailures.WITHIN;

    private final DefinitionChanges changes;
    private final PostgresMails mails;
    private final SecureRandom random = new SecureRandom();

    public PostgresUsers(DefinitionChanges changes, PostgresMails mails) {
        this.changes = changes;
        this.mails = mails;
    }

    @Override
    public Optional<User> create(
            EmailAddress email, String name, String passwordHash, RandomToken token, Optional<String> requestId) {
        Instant now = changes.now();
        UserId id = UserId.timeOrdered(now, random);
        return changes.make(handle -> {
            int made = handle.createUpdate("""
                            INSERT INTO users (id, email, name, email_verified, created_at, updated_at)
                            VALUES (:id, :email, :name, false, :now, :now) ON CONFLICT (email) DO NOTHING
                            """)
                    .bind("id", id.value())
                    .bind("email", email.value())
                    .bind("name", name)
                    .bind("now", DefinitionChanges.utc(now))
                    .execute();
            if (made == 0) {
                return Optional.empty();
            }
            setPassword(handle, id, passwordHash, now);
            PostgresSessions.open(handle, id, token, now);
            audit(handle, id, "sign_up", requestId, now);
            return Optional.of(new User(id, email, name, Optional.empty(), false, now, now));
        });
    }

    private static void setPassword(Handle handle, UserId id, String passwordHash, Instant now) {
        handle.createUpdate("""
                        INSERT INTO accounts
                            (user_id, provider, provider_account_id, password_hash, created_at, updated_at)
                        VALUES (:id, 'email', :id, :hash, :now, :now)
                        ON CONFLICT (user_id, provider) DO UPDATE SET password_hash = :hash, updated_at = :now
                        """)
                .bind("id", id.value())
                .bind("hash", passwordHash)
                .bind("now", DefinitionChanges.utc(now))
                .execute();
    }

    @Override
    public Optional<User> find(UserId id) {
        return changes.read(handle -> handle.createQuery("SELECT " + COLUMNS + " FROM users WHERE id = :id")
                .bind("id", id.value())
                .map((row, context) -> user(row))
                .findOne());
    }

    @Override
    public Optional<Known> find(EmailAddress email) {
        return changes.read(handle -> find(handle, email));
    }

    private static Optional<Known> find(Handle handle, EmailAddress email) {
        return handle.createQuery("SELECT " + COLUMNS + """
                        , (SELECT password_hash FROM accounts a WHERE a.user_id = users.id AND provider = 'email') AS hash
                        FROM users WHERE email = :email
                        """)
                .bind("email", email.value())
                .map((row, context) -> new Known(user(row), Optional.ofNullable(row.getString("hash"))))
                .findOne();
    }

    /// A user from a row that has the columns of `users`.
    public static User user(ResultSet row) throws SQLException {
        return new User(
                new UserId(row.getString("id")),
                new EmailAddress(row.getString("email")),
                row.getString("name"),
                Optional.ofNullable(row.getString("image")),
                row.getBoolean("email_verified"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("updated_at", OffsetDateTime.class).toInstant());
    }

    @Override
    public Optional<Instant> attempt(EmailAddress email, String address) {
        byte[] place = place(email, address);
        Instant now = changes.now();
        return changes.make(handle -> {
            // In one statement, which holds the row: attempts from the same place take turns on it, and between two
            // statements a success could delete it.
            SignInFailures before = handle.createQuery("""
                            INSERT INTO sign_in_failures (place, failed_at, last_at) VALUES (:place, '{}', :now)
                            ON CONFLICT (place) DO UPDATE SET last_at = sign_in_failures.last_at
                            RETURNING failed_at
                            """)
                    .bind("place", place)
                    .bind("now", DefinitionChanges.utc(now))
                    .map((row, context) -> failures(row.getArray("failed_at")))
                    .one();
            return switch (before.attempt(now)) {
                case SignInFailures.Verdict.Refused refused -> Optional.of(refused.until());
                case SignInFailures.Verdict.Allowed allowed -> {
                    handle.createUpdate("""
                                    UPDATE sign_in_failures SET failed_at = :failedAt::timestamptz[], last_at = :now
                                    WHERE place = :place
                                    """)
                            .bindArray("failedAt", String.class, texts(allowed.after()))
                            .bind("now", DefinitionChanges.utc(now))
                            .bind("place", place)
                            .execute();
                    yield Optional.empty();
                }
            };
        });
    }

    private static SignInFailures failures(Array array) throws SQLException {
        return new SignInFailures(Arrays.stream((Timestamp[]) array.getArray())
                .map(Timestamp::toInstant)
                .toList());
    }

    private static List<String> texts(SignInFailures failures) {
        return failures.at().stream().map(Instant::toString).toList();
    }

    // A host of an IPv6 network has more addresses than anybody has guesses.
    private static byte[] place(EmailAddress email, String address) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest((email.value() + "\n" + Networks.ofClient(address)).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public boolean signedIn(User user, String passwordHash, String address, RandomToken token) {
        Instant now = changes.now();
        return changes.make(handle -> {
            // Held until the session is there: a reset changes this row before it ends all sessions.
            boolean current = handle.createQuery("""
                            SELECT password_hash = :hash FROM accounts
                            WHERE user_id = :userId AND provider = 'email' FOR SHARE
                            """)
                    .bind("hash", passwordHash)
                    .bind("userId", user.id().value())
                    .mapTo(Boolean.class)
                    .findOne()
                    .orElse(false);
            if (!current) {
                return false;
            }
            handle.createUpdate("DELETE FROM sign_in_failures WHERE place = :place")
                    .bind("place", place(user.email(), address))
                    .execute();
            PostgresSessions.open(handle, user.id(), token, now);
            return true;
        });
    }

    @Override
    public void mailReset(EmailAddress email, Function<RandomToken, String> link) {
        Instant now = changes.now();
        RandomToken token = RandomToken.made(random);
        changes.make(handle -> {
            // The row is held, so that links asked for at once are counted one after the other.
            Optional<UserId> id = handle.createQuery("SELECT id FROM users WHERE email = :email FOR UPDATE")
                    .bind("email", email.value())
                    .map((row, context) -> new UserId(row.getString("id")))
                    .findOne();
            Instant expiresAt = now.plus(RESET_LASTS);
            if (id.isPresent()
                    && mailedLately(handle, id.get(), now) < RESETS_MAX
                    && mails.queue(handle, ResetMail.to(email, link.apply(token)), expiresAt)) {
                handle.createUpdate("""
                                INSERT INTO verifications (token_hash, user_id, purpose, created_at, expires_at)
                                VALUES (:hash, :userId, :purpose, :now, :expiresAt)
                                """)
                        .bind("hash", token.hash())
                        .bind("userId", id.get().value())
                        .bind("purpose", RESET)
                        .bind("now", DefinitionChanges.utc(now))
                        .bind("expiresAt", DefinitionChanges.utc(expiresAt))
                        .execute();
            }
            return id;
        });
    }

    private static int mailedLately(Handle handle, UserId id, Instant now) {
        return handle.createQuery("""
                        SELECT count(*) FROM verifications
                        WHERE user_id = :userId AND purpose = :purpose AND created_at > :since
                        """)
                .bind("userId", id.value())
                .bind("purpose", RESET)
                .bind("since", DefinitionChanges.utc(now.minus(RESET_LASTS)))
                .mapTo(Integer.class)
                .one();
    }

    @Override
    public boolean resets(RandomToken token) {
        return changes.read(handle -> handle.createQuery("""
                        SELECT 1 FROM verifications WHERE token_hash = :hash AND purpose = :purpose AND expires_at > :now
                        """)
                .bind("hash", token.hash())
                .bind("purpose", RESET)
                .bind("now", DefinitionChanges.utc(changes.now()))
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
    }

    @Override
    public boolean reset(RandomToken token, String passwordHash, Optional<String> requestId) {
        Instant now = changes.now();
        return changes.make(handle -> {
            Optional<UserId> found = handle.createQuery("""
                            DELETE FROM verifications
                            WHERE token_hash = :hash AND purpose = :purpose AND expires_at > :now RETURNING user_id
                            """)
                    .bind("hash", token.hash())
                    .bind("purpose", RESET)
                    .bind("now", DefinitionChanges.utc(now))
                    .map((row, context) -> new UserId(row.getString("user_id")))
                    .findOne();
            found.ifPresent(id -> {
                // First, so that who is just signing in with the old one either has a session to end or gets none.
                setPassword(handle, id, passwordHash, now);
                PostgresSessions.endAll(handle, id);
                // The other links were mailed to the same person, who has what they are for.
                handle.createUpdate("DELETE FROM verifications WHERE user_id = :id")
                        .bind("id", id.value())
                        .execute();
                handle.createUpdate("UPDATE users SET email_verified = true, updated_at = :now WHERE id = :id")
                        .bind("now", DefinitionChanges.utc(now))
                        .bind("id", id.value())
                        .execute();
                audit(handle, id, RESET.replace('-', '_'), requestId, now);
            });
            return found.isPresent();
        });
    }

    private static void audit(Handle handle, UserId id, String action, Optional<String> requestId, Instant now) {
        PostgresAuditTrail.record(
                handle,
                new AuditEntry(
                        UUID.randomUUID(),
                        Users.actor(id, requestId),
                        Optional.empty(),
                        action,
                        "user",
                        id.value(),
                        JsonNodeFactory.instance.objectNode(),
                        now));
    }

    /// Forgets links that no longer work and failures that no longer count.
    public void purge() {
        Instant now = changes.now();
        changes.purge(handle -> handle.createUpdate("""
                        DELETE FROM verifications WHERE token_hash IN
                            (SELECT token_hash FROM verifications WHERE expires_at <= :now LIMIT :limit)
                        """).bind("now", DefinitionChanges.utc(now)));
        changes.purge(
                handle -> handle.createUpdate("""
                        DELETE FROM sign_in_failures WHERE place IN
                            (SELECT place FROM sign_in_failures WHERE last_at <= :before LIMIT :limit)
                        """).bind("before", DefinitionChanges.utc(now.minus(FAILURES_KEPT))));
    }
}
