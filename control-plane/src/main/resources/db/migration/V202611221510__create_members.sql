CREATE TABLE members (
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    user_id         text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role            text COLLATE "C" NOT NULL CHECK (role IN ('VIEWER', 'MEMBER', 'ADMIN', 'OWNER')),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX members_of_user ON members (user_id, created_at);
COMMENT ON TABLE members IS 'Which users act in which organizations. An organization that once had an owner keeps one: changes take turns on its row.';
COMMENT ON COLUMN members.organization_id IS 'The organization.';
COMMENT ON COLUMN members.user_id IS 'The user; also the member''s id on the wire, for a user is a member once.';
COMMENT ON COLUMN members.role IS 'What the user may do there.';
COMMENT ON COLUMN members.created_at IS 'When the user joined.';
COMMENT ON COLUMN members.updated_at IS 'When the role was last set.';

CREATE TABLE invitations (
    id              uuid PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    email           text COLLATE "C" NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    role            text COLLATE "C" NOT NULL CHECK (role IN ('VIEWER', 'MEMBER', 'ADMIN', 'OWNER')),
    token_hash      bytea NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    UNIQUE (organization_id, email)
);
CREATE INDEX invitations_expired ON invitations (expires_at);
COMMENT ON TABLE invitations IS 'Who may become a member. An accepted one is deleted with the row of members that it made.';
COMMENT ON COLUMN invitations.id IS 'Public id.';
COMMENT ON COLUMN invitations.organization_id IS 'The organization that invites.';
COMMENT ON COLUMN invitations.email IS 'Whom, in lower case: nobody else can accept.';
COMMENT ON COLUMN invitations.role IS 'What the user will be.';
COMMENT ON COLUMN invitations.token_hash IS 'SHA-256 of the token in the link.';
COMMENT ON COLUMN invitations.created_at IS 'When it was made, or made anew.';
COMMENT ON COLUMN invitations.expires_at IS 'From then on, inclusive, it is refused.';
