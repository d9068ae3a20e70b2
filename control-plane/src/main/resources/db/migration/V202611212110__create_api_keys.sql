CREATE TABLE api_keys (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    kind            text NOT NULL CHECK (kind IN ('organization')),
    key_type        text NOT NULL CHECK (key_type IN ('business')),
    key_name        text NOT NULL CHECK (char_length(key_name) BETWEEN 1 AND 50),
    key_hash        text COLLATE "C" NOT NULL UNIQUE CHECK (key_hash ~ '^[0-9a-f]{64}$'),
    key_prefix      text NOT NULL CHECK (char_length(key_prefix) = 12),
    created_at      timestamptz NOT NULL,
    revoked_at      timestamptz
);

CREATE UNIQUE INDEX api_keys_active_name ON api_keys (organization_id, kind, key_type, key_name) WHERE revoked_at IS NULL;

COMMENT ON TABLE api_keys IS 'API keys. The text of a key is shown once and stored nowhere.';
COMMENT ON COLUMN api_keys.id IS 'Public id of the key, a UUID; used in audit and metrics.';
COMMENT ON COLUMN api_keys.organization_id IS 'The organization the key belongs to.';
COMMENT ON COLUMN api_keys.kind IS 'What kind of principal the key makes: organization.';
COMMENT ON COLUMN api_keys.key_type IS 'Type in the wire words of the business dialect: business.';
COMMENT ON COLUMN api_keys.key_name IS 'Name given by its maker, unique among the active keys of an organization and type.';
COMMENT ON COLUMN api_keys.key_hash IS 'SHA-256 of the full text, 64 lower-case hex digits; the key is found by it.';
COMMENT ON COLUMN api_keys.key_prefix IS 'First 12 characters of the text, so that a person can tell keys apart.';
COMMENT ON COLUMN api_keys.created_at IS 'When the key was made.';
COMMENT ON COLUMN api_keys.revoked_at IS 'When the key was deleted; null while it is active.';
