CREATE TABLE mails (
    id              uuid PRIMARY KEY,
    sealed          bytea NOT NULL,
    status          text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'dead')),
    attempts        integer NOT NULL,
    next_attempt_at timestamptz,
    error           text,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX mails_due ON mails (next_attempt_at) WHERE status = 'pending';
CREATE INDEX mails_expired ON mails (expires_at);
COMMENT ON TABLE mails IS 'Mails that wait to be sent, put here in the transaction of what they tell. A sent one is deleted.';
COMMENT ON COLUMN mails.id IS 'Id; the Message-ID of every attempt is made of it.';
COMMENT ON COLUMN mails.sealed IS 'To whom, subject and text, AES-256-GCM under the installation''s encryption key; associated data is mail/id. Mails can hold links that sign somebody in.';
COMMENT ON COLUMN mails.status IS 'pending until it is sent; dead after its last attempt failed.';
COMMENT ON COLUMN mails.attempts IS 'Attempts that failed.';
COMMENT ON COLUMN mails.next_attempt_at IS 'When it is attempted next; while somebody is at it, when others may take it over. Null unless pending.';
COMMENT ON COLUMN mails.error IS 'Why the last attempt failed; null while none did.';
COMMENT ON COLUMN mails.created_at IS 'When it was put here.';
COMMENT ON COLUMN mails.expires_at IS 'When it is of no use any more and is deleted, sent or not.';

CREATE FUNCTION queue_mail(mail_id uuid, mail_sealed bytea, mail_at timestamptz, mail_expires_at timestamptz)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO mails (id, sealed, status, attempts, next_attempt_at, created_at, expires_at)
    VALUES (mail_id, mail_sealed, 'pending', 0, mail_at, mail_at, mail_expires_at)
$$;
COMMENT ON FUNCTION queue_mail IS 'Has a mail sent, if the transaction that calls it commits. For every module: its first three arguments are an id, what io.tollgate.contract.mail.Mail seals under it, and the present.';
