CREATE TABLE integration_credentials (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    key_type        text NOT NULL CHECK (key_type IN ('stripe', 'supabase', 'fly', 'webhook_secret', 'stripe_frontend')),
    key_name        text NOT NULL CHECK (char_length(key_name) BETWEEN 1 AND 50),
    ciphertext      bytea NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    deleted_at      timestamptz
);
CREATE UNIQUE INDEX integration_credentials_active_name ON integration_credentials (organization_id, key_type, key_name)
    WHERE deleted_at IS NULL;
COMMENT ON TABLE integration_credentials IS 'Secrets of other systems that an organization has entrusted to this one, encrypted.';
COMMENT ON COLUMN integration_credentials.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN integration_credentials.organization_id IS 'The organization whose credential it is.';
COMMENT ON COLUMN integration_credentials.key_type IS 'The system it is for: stripe, supabase, fly, webhook_secret or stripe_frontend.';
COMMENT ON COLUMN integration_credentials.key_name IS 'Name given by its maker, unique among the active ones of an organization and type.';
COMMENT ON COLUMN integration_credentials.ciphertext IS 'A JSON object of strings, AES-256-GCM under the installation''s encryption key; associated data is organization/type/name.';
COMMENT ON COLUMN integration_credentials.created_at IS 'When it was entrusted.';
COMMENT ON COLUMN integration_credentials.updated_at IS 'When it was last changed, or encrypted anew.';
COMMENT ON COLUMN integration_credentials.deleted_at IS 'When it was deleted; null while it is active.';
-- Gateways need the secrets that the proxy passes on, and no others.
CREATE TRIGGER integration_credentials_created AFTER INSERT ON integration_credentials
    FOR EACH ROW WHEN (NEW.key_type = 'webhook_secret')
    EXECUTE FUNCTION publish_definition('definitions.credentials', 'organization_id', 'key_type', 'key_name');
CREATE TRIGGER integration_credentials_changed AFTER UPDATE ON integration_credentials
    FOR EACH ROW WHEN (NEW.key_type = 'webhook_secret')
    EXECUTE FUNCTION publish_definition('definitions.credentials', 'organization_id', 'key_type', 'key_name');
CREATE TRIGGER integration_credentials_erased AFTER DELETE ON integration_credentials
    FOR EACH ROW WHEN (OLD.key_type = 'webhook_secret' AND OLD.deleted_at IS NULL)
    EXECUTE FUNCTION publish_definition('definitions.credentials', 'organization_id', 'key_type', 'key_name');
