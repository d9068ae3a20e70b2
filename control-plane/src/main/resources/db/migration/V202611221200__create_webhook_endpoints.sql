CREATE TABLE webhook_endpoints (
    id                    text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id       text COLLATE "C" NOT NULL REFERENCES organizations (id),
    url                   text NOT NULL CHECK (char_length(url) BETWEEN 1 AND 2000),
    event_types           text[] NOT NULL CHECK (cardinality(event_types) BETWEEN 1 AND 50),
    description           text CHECK (char_length(description) <= 500),
    enabled               boolean NOT NULL,
    secret                bytea NOT NULL,
    previous_secret       bytea,
    previous_secret_until timestamptz,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL))
);
CREATE INDEX webhook_endpoints_organization ON webhook_endpoints (organization_id, created_at);

COMMENT ON TABLE webhook_endpoints IS 'Where organizations want to be told of things. A message is raised for every enabled endpoint that lists its type.';
COMMENT ON COLUMN webhook_endpoints.id IS 'we_ and 26 base32 digits, made by the server.';
COMMENT ON COLUMN webhook_endpoints.organization_id IS 'The organization that is told.';
COMMENT ON COLUMN webhook_endpoints.url IS 'Where messages are posted to; its address is checked again with every attempt.';
COMMENT ON COLUMN webhook_endpoints.event_types IS 'Types of message that are wanted; * stands for all.';
COMMENT ON COLUMN webhook_endpoints.description IS 'Words of its maker; null for none.';
COMMENT ON COLUMN webhook_endpoints.enabled IS 'Whether messages are raised and sent; what was raised before waits while it is not.';
COMMENT ON COLUMN webhook_endpoints.secret IS 'Signing secret (whsec_ and base64), AES-256-GCM under the installation''s encryption key; associated data is organization/webhook_endpoint/id.';
COMMENT ON COLUMN webhook_endpoints.previous_secret IS 'The secret before the last rotation, in the same form; signs too until previous_secret_until.';
COMMENT ON COLUMN webhook_endpoints.previous_secret_until IS 'Until when the previous secret signs too.';
COMMENT ON COLUMN webhook_endpoints.created_at IS 'When it was made.';
COMMENT ON COLUMN webhook_endpoints.updated_at IS 'When it was last changed.';
