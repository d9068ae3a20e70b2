CREATE TABLE api_key_uses (
    key_id       text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,
    last_used_at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE api_key_uses IS 'When keys were last used. Apart from api_keys, whose changes are published; written in batches, at most once a minute per key and instance.';
COMMENT ON COLUMN api_key_uses.key_id IS 'The key; one without a row was never used.';
COMMENT ON COLUMN api_key_uses.last_used_at IS 'When a request with the key last passed authentication, to the minute.';
