CREATE TABLE invitation_mails (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    email           text COLLATE "C" NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    mailed_at       timestamptz NOT NULL
);
CREATE INDEX invitation_mails_to_address ON invitation_mails (email, mailed_at);
CREATE INDEX invitation_mails_of_organization ON invitation_mails (organization_id, mailed_at);
CREATE INDEX invitation_mails_old ON invitation_mails (mailed_at);
COMMENT ON TABLE invitation_mails IS 'Invitations that were mailed within the last hour, those that were taken back too, so that nobody''s mailbox is filled.';
COMMENT ON COLUMN invitation_mails.id IS 'Key of the row.';
COMMENT ON COLUMN invitation_mails.organization_id IS 'The organization that invites.';
COMMENT ON COLUMN invitation_mails.email IS 'Whom, in lower case.';
COMMENT ON COLUMN invitation_mails.mailed_at IS 'When the mail was queued.';

COMMENT ON COLUMN sign_in_failures.place IS 'SHA-256 of the e-mail address that was tried and the network it was tried from, which is an IPv4 address or 64 bits of an IPv6 address: people type passwords into the wrong field.';
