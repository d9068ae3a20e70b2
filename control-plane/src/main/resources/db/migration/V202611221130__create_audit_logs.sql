CREATE TABLE audit_logs (
    id              uuid NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C",
    actor_id        text COLLATE "C" NOT NULL,
    action          text NOT NULL,
    resource_type   text NOT NULL,
    resource_id     text NOT NULL,
    details         jsonb NOT NULL DEFAULT '{}',
    request_id      text,
    created_at      timestamptz NOT NULL
);
CREATE INDEX audit_logs_newest_first ON audit_logs (created_at DESC, id DESC);
CREATE INDEX audit_logs_of_organization ON audit_logs (organization_id, created_at DESC, id DESC);
COMMENT ON TABLE audit_logs IS 'Who changed what: one row per change by admin, key or person, in the transaction of the change. Rows are added, never changed.';
COMMENT ON COLUMN audit_logs.id IS 'Id of the entry, a UUID.';
COMMENT ON COLUMN audit_logs.organization_id IS 'The organization that was changed; null for changes of the installation.';
COMMENT ON COLUMN audit_logs.actor_id IS 'admin, cron, system, provider:<name>, user:<id>, or key:<id> of the key that was used.';
COMMENT ON COLUMN audit_logs.action IS 'What was done, such as delete_key.';
COMMENT ON COLUMN audit_logs.resource_type IS 'The kind of thing that was changed.';
COMMENT ON COLUMN audit_logs.resource_id IS 'Which thing.';
COMMENT ON COLUMN audit_logs.details IS 'What was changed, before and after; never a secret.';
COMMENT ON COLUMN audit_logs.request_id IS 'Id of the request that did it.';
COMMENT ON COLUMN audit_logs.created_at IS 'When it was done.';
