package io.tollgate.control.mail.postgres;

import io.tollgate.contract.mail.Mail;
import io.tollgate.contract.secret.CannotOpenException;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.mail.MailQueue;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Mails in PostgreSQL, sealed until they are sent.
public final class PostgresMails implements MailQueue {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresMails.class);
    private static final int ERROR_LENGTH_MAX = 500;

    private final DefinitionChanges changes;
    private final Optional<SecretBox> box;
    private final AtomicBoolean skipped = new AtomicBoolean();

    /// @param box empty: nobody sends mails here, and none is kept
    public PostgresMails(DefinitionChanges changes, Optional<SecretBox> box) {
        this.changes = changes;
        this.box = box;
    }

    /// Has a mail sent if the transaction of `handle` commits. Answers false where no mails are sent, which is said in
    /// the log once.
    ///
    /// @param expiresAt when it is of no use any more
    public boolean queue(Handle handle, Mail mail, Instant expiresAt) {
        if (box.isEmpty()) {
            if (skipped.compareAndSet(false, true)) {
                LOG.warn("No mails are sent, because SMTP_URL is not set: links of invitations are in the answers only,"
                        + " and nobody gets a new password.");
            }
            return false;
        }
        UUID id = UUID.randomUUID();
        handle.createQuery("SELECT queue_mail(:id, :sealed, :now, :expiresAt)")
                .bind("id", id)
                .bind("sealed", mail.seal(box.get(), id))
                .bind("now", DefinitionChanges.utc(changes.now()))
                .bind("expiresAt", DefinitionChanges.utc(expiresAt))
                .mapTo(String.class)
                .list();
        return true;
    }

    @Override
    public Optional<Due> take() {
        Instant until = changes.now().plus(HELD);
        return changes.make(handle -> handle.createQuery("""
                        UPDATE mails SET next_attempt_at = :until
                        WHERE id = (SELECT id FROM mails
                                    WHERE status = 'pending' AND next_attempt_at <= :now AND expires_at > :now
                                    ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
                        RETURNING id, sealed, attempts
                        """)
                .bind("until", DefinitionChanges.utc(until))
                .bind("now", now())
                .map((row, context) -> due(row, until))
                .findOne());
    }

    private Due due(ResultSet row, Instant until) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        return new Due(id, opened(id, row.getBytes("sealed")), row.getInt("attempts"), until);
    }

    private Optional<Mail> opened(UUID id, byte[] sealed) {
        try {
            return box.map(open -> Mail.open(open, id, sealed));
        } catch (CannotOpenException e) {
            return Optional.empty();
        }
    }

    @Override
    public void sent(Due due) {
        changes.make(handle -> handle.createUpdate("DELETE FROM mails WHERE id = :id")
                .bind("id", due.id())
                .execute());
    }

    // Nothing changes if it was held too long and is another's by now.
    @Override
    public void failed(Due due, String reason, Optional<Instant> next) {
        changes.make(handle -> handle.createUpdate("""
                        UPDATE mails
                        SET attempts = attempts + 1, error = :error, status = :status, next_attempt_at = :next
                        WHERE id = :id AND status = 'pending' AND next_attempt_at = :until
                        """)
                .bind("id", due.id())
                .bind("until", DefinitionChanges.utc(due.until()))
                .bind("error", reason.substring(0, Math.min(reason.length(), ERROR_LENGTH_MAX)))
                .bind("status", next.isPresent() ? "pending" : "dead")
                .bind("next", next.map(DefinitionChanges::utc).orElse(null))
                .execute());
    }

    /// Forgets mails that are of no use any more.
    public void purge() {
        OffsetDateTime now = now();
        long unsent = changes.purge(handle -> handle.createUpdate(
                        "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE expires_at <= :now LIMIT :limit)")
                .bind("now", now));
        if (unsent > 0) {
            LOG.warn("{} mails were not sent in time and are forgotten", unsent);
        }
    }

    private OffsetDateTime now() {
        return DefinitionChanges.utc(changes.now());
    }
}
