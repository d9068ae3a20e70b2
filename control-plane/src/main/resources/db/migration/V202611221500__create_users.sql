CREATE TABLE users (
    id             text COLLATE "C" NOT NULL PRIMARY KEY,
    email          text COLLATE "C" NOT NULL UNIQUE CHECK (char_length(email) BETWEEN 3 AND 254),
    name           text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    image          text,
    email_verified boolean NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
COMMENT ON TABLE users IS 'People who sign in. They belong to organizations by members.';
COMMENT ON COLUMN users.id IS 'usr_ and 26 base32 digits, made by the server.';
COMMENT ON COLUMN users.email IS 'Address in lower case, in which form addresses are compared.';
COMMENT ON COLUMN users.name IS 'Display name, 1 to 200 characters.';
COMMENT ON COLUMN users.image IS 'Address of a picture, as a provider told it; null for none.';
COMMENT ON COLUMN users.email_verified IS 'Whether the address was shown to be the user''s: by a reset of the password with a link that was mailed there.';
COMMENT ON COLUMN users.created_at IS 'When the user signed up.';
COMMENT ON COLUMN users.updated_at IS 'When something of it was last changed.';

CREATE TABLE accounts (
    user_id             text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider            text COLLATE "C" NOT NULL CHECK (provider IN ('email', 'github', 'google')),
    provider_account_id text COLLATE "C" NOT NULL,
    password_hash       text,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    PRIMARY KEY (user_id, provider),
    UNIQUE (provider, provider_account_id),
    CHECK ((provider = 'email') = (password_hash IS NOT NULL))
);
COMMENT ON TABLE accounts IS 'By what users sign in.';
COMMENT ON COLUMN accounts.user_id IS 'Who signs in by it.';
COMMENT ON COLUMN accounts.provider IS 'email for a password, else who vouches for the user.';
COMMENT ON COLUMN accounts.provider_account_id IS 'Id of the user at the provider; of email the user''s id here.';
COMMENT ON COLUMN accounts.password_hash IS 'Argon2id with its parameters and salt, in the PHC string format; null where a provider vouches.';
COMMENT ON COLUMN accounts.created_at IS 'When the user first signed in by it.';
COMMENT ON COLUMN accounts.updated_at IS 'When the password was last set.';

CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    renewed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_expired ON sessions (expires_at);
COMMENT ON TABLE sessions IS 'Who is signed in.';
COMMENT ON COLUMN sessions.id IS 'Public id.';
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the token, which its holder alone has.';
COMMENT ON COLUMN sessions.user_id IS 'For whom the token speaks.';
COMMENT ON COLUMN sessions.created_at IS 'When the user signed in.';
COMMENT ON COLUMN sessions.renewed_at IS 'When its end was last put off; a session that is used is renewed once a day.';
COMMENT ON COLUMN sessions.expires_at IS 'From then on, inclusive, it is refused.';

CREATE TABLE verifications (
    token_hash bytea NOT NULL PRIMARY KEY,
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    text COLLATE "C" NOT NULL CHECK (purpose IN ('reset-password')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX verifications_of_user ON verifications (user_id, created_at);
CREATE INDEX verifications_expired ON verifications (expires_at);
COMMENT ON TABLE verifications IS 'Links that were mailed to users and work once. A used one is deleted.';
COMMENT ON COLUMN verifications.token_hash IS 'SHA-256 of the token in the link.';
COMMENT ON COLUMN verifications.user_id IS 'Whose link it is.';
COMMENT ON COLUMN verifications.purpose IS 'What it is for.';
COMMENT ON COLUMN verifications.created_at IS 'When it was mailed.';
COMMENT ON COLUMN verifications.expires_at IS 'From then on, inclusive, it is refused.';

CREATE TABLE sign_in_failures (
    place     bytea NOT NULL PRIMARY KEY,
    failed_at timestamptz[] NOT NULL CHECK (cardinality(failed_at) BETWEEN 0 AND 10),
    last_at   timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_old ON sign_in_failures (last_at);
COMMENT ON TABLE sign_in_failures IS 'Failed sign-ins of the last minutes, so that passwords cannot be tried out.';
COMMENT ON COLUMN sign_in_failures.place IS 'SHA-256 of the e-mail address that was tried and the network address it was tried from: people type passwords into the wrong field.';
COMMENT ON COLUMN sign_in_failures.failed_at IS 'When attempts failed or are being checked, oldest first.';
COMMENT ON COLUMN sign_in_failures.last_at IS 'When the last of them was, to forget old rows by.';
