CREATE TABLE quotas (
    id                 text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id    text COLLATE "C" NOT NULL REFERENCES organizations (id),
    tenant_id          text COLLATE "C" CHECK (char_length(tenant_id) BETWEEN 1 AND 100),
    event_type         text COLLATE "C" NOT NULL CHECK (char_length(event_type) BETWEEN 1 AND 100),
    version            bigint NOT NULL CHECK (version >= 1),
    limit_value        numeric(20, 6) NOT NULL CHECK (limit_value >= 0),
    limit_type         text NOT NULL
        CHECK (limit_type IN ('DAILY', 'MONTHLY', 'YEARLY', 'LIFETIME', 'ROLLING_30D', 'CUSTOM')),
    window_start       timestamptz,
    window_minutes     integer CHECK (window_minutes BETWEEN 60 AND 527040),
    enforcement_mode   text NOT NULL CHECK (enforcement_mode IN ('HARD', 'SOFT', 'DISABLED')),
    soft_limit_value   numeric(20, 6) CHECK (soft_limit_value >= 0),
    soft_limit_percent integer CHECK (soft_limit_percent BETWEEN 1 AND 100),
    overage_allowed    numeric(20, 6) NOT NULL CHECK (overage_allowed >= 0),
    grace_period_hours integer CHECK (grace_period_hours BETWEEN 0 AND 8760),
    grace_period_end   timestamptz,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT quotas_target UNIQUE NULLS NOT DISTINCT (organization_id, tenant_id, event_type),
    CONSTRAINT quotas_window CHECK (
        (limit_type = 'CUSTOM') = (window_start IS NOT NULL) AND (limit_type = 'CUSTOM') = (window_minutes IS NOT NULL))
);

CREATE INDEX quotas_newest_first ON quotas (organization_id, created_at DESC, id DESC);

COMMENT ON TABLE quotas IS 'Limits on a meter that are enforced when an event is admitted. Owners of counters learn them from the log, through the outbox.';
COMMENT ON COLUMN quotas.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN quotas.organization_id IS 'The organization whose quota it is.';
COMMENT ON COLUMN quotas.tenant_id IS 'The tenant that it limits, which need not exist yet; null means every tenant without a quota of its own for the meter.';
COMMENT ON COLUMN quotas.event_type IS 'The meter that it limits.';
COMMENT ON COLUMN quotas.version IS '1 when made, 1 more with every change.';
COMMENT ON COLUMN quotas.limit_value IS 'What a window may hold, inclusive, in the meter''s unit.';
COMMENT ON COLUMN quotas.limit_type IS 'Over what span usage accumulates: a calendar day, month or year of the organization''s zone, for ever, 30 rolling days, or a window of its own.';
COMMENT ON COLUMN quotas.window_start IS 'Start of one window, a whole minute; for CUSTOM only.';
COMMENT ON COLUMN quotas.window_minutes IS 'Length of a window in minutes, 1 hour to 366 days; for CUSTOM only.';
COMMENT ON COLUMN quotas.enforcement_mode IS 'HARD: denied past the limit. SOFT: denied past limit and overage_allowed. DISABLED: never denied.';
COMMENT ON COLUMN quotas.soft_limit_value IS 'Beyond it callers are warned; null means that the percentage decides.';
COMMENT ON COLUMN quotas.soft_limit_percent IS 'The soft limit as a share of limit_value; null, with a null value, means none.';
COMMENT ON COLUMN quotas.overage_allowed IS 'How far past the limit SOFT goes; not used by other modes.';
COMMENT ON COLUMN quotas.grace_period_hours IS 'How long everything passes from the first event of a window on that would be denied; null means no such grace.';
COMMENT ON COLUMN quotas.grace_period_end IS 'Until then everything passes; null means no such grace.';
COMMENT ON COLUMN quotas.created_at IS 'When the quota was made.';
COMMENT ON COLUMN quotas.updated_at IS 'When it was last changed.';
