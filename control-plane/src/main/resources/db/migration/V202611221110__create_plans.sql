CREATE TABLE plans (
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    id              text COLLATE "C" NOT NULL CHECK (id ~ '^[A-Za-z0-9_.-]{1,100}$'),
    plan_name       text COLLATE "C" NOT NULL CHECK (char_length(plan_name) BETWEEN 1 AND 100),
    stripe_price_id text COLLATE "C",
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    CONSTRAINT plans_name UNIQUE (organization_id, plan_name),
    CONSTRAINT plans_price UNIQUE (organization_id, stripe_price_id)
);
CREATE UNIQUE INDEX plans_free ON plans (organization_id) WHERE stripe_price_id IS NULL;
COMMENT ON TABLE plans IS 'Sets of limits that tenants of an organization are on.';
COMMENT ON COLUMN plans.organization_id IS 'The organization whose plan it is.';
COMMENT ON COLUMN plans.id IS 'A UUID made by the server, or an id that the organization brought.';
COMMENT ON COLUMN plans.plan_name IS 'Name, unique within the organization; tenants may refer to the plan by it.';
COMMENT ON COLUMN plans.stripe_price_id IS 'Price at Stripe; null for the free plan, of which an organization has at most one.';
COMMENT ON COLUMN plans.created_at IS 'When the plan was made.';
COMMENT ON COLUMN plans.updated_at IS 'When it was last changed.';
CREATE TRIGGER plans_published AFTER INSERT OR UPDATE OR DELETE ON plans
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.plans', 'organization_id', 'id');

CREATE TABLE plan_limits (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    plan_id         text COLLATE "C",
    tenant_id       text COLLATE "C" CHECK (char_length(tenant_id) BETWEEN 1 AND 100),
    metric_name     text COLLATE "C" NOT NULL CHECK (char_length(metric_name) BETWEEN 1 AND 100),
    limit_value     numeric(20, 6) NOT NULL CHECK (limit_value >= 0),
    limit_period    text NOT NULL CHECK (limit_period IN ('daily', 'monthly', 'yearly', 'realtime')),
    breach_operator text NOT NULL CHECK (breach_operator IN ('gt', 'gte', 'lt', 'lte', 'eq')),
    breach_action   text NOT NULL CHECK (breach_action IN ('deny', 'allow_overage', 'webhook', 'scale', 'allow')),
    webhook_urls    text[] NOT NULL DEFAULT '{}',
    metric_type     text NOT NULL CHECK (metric_type IN ('reset', 'checkpoint', 'stripe_billing')),
    operation       text NOT NULL CHECK (operation IN ('SUM', 'COUNT', 'AVG', 'MIN', 'MAX', 'LAST')),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    FOREIGN KEY (organization_id, plan_id) REFERENCES plans (organization_id, id) ON DELETE CASCADE,
    CHECK (plan_id IS NULL OR tenant_id IS NULL),
    CONSTRAINT plan_limits_target UNIQUE NULLS NOT DISTINCT (organization_id, plan_id, tenant_id, metric_name, limit_period)
);
COMMENT ON TABLE plan_limits IS 'Limits tested by proxy and check; they never stop recording.';
COMMENT ON COLUMN plan_limits.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN plan_limits.organization_id IS 'The organization whose limit it is.';
COMMENT ON COLUMN plan_limits.plan_id IS 'The plan it belongs to; null, with a null tenant, means a default for every tenant.';
COMMENT ON COLUMN plan_limits.tenant_id IS 'The one tenant it overrides a plan for.';
COMMENT ON COLUMN plan_limits.metric_name IS 'The meter that it limits.';
COMMENT ON COLUMN plan_limits.limit_value IS 'What usage is compared with, in the meter''s unit; 0 is a real limit.';
COMMENT ON COLUMN plan_limits.limit_period IS 'The usage that is compared: of the day, month or year since the last billing reset, or the metric''s current value (realtime).';
COMMENT ON COLUMN plan_limits.breach_operator IS 'The comparison that is a breach: gt, gte, lt, lte, eq.';
COMMENT ON COLUMN plan_limits.breach_action IS 'What a breach does: deny, allow_overage, webhook, scale or allow.';
COMMENT ON COLUMN plan_limits.webhook_urls IS 'Where breach and recovery are told, beside the organization''s endpoints.';
COMMENT ON COLUMN plan_limits.metric_type IS 'Type of the metric that it materialises.';
COMMENT ON COLUMN plan_limits.operation IS 'Operation of the metric that it materialises.';
COMMENT ON COLUMN plan_limits.created_at IS 'When the limit was made.';
COMMENT ON COLUMN plan_limits.updated_at IS 'When it was last changed.';
CREATE TRIGGER plan_limits_published AFTER INSERT OR UPDATE OR DELETE ON plan_limits
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.plan-limits', 'id');

CREATE TABLE metrics (
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    subject         text COLLATE "C" NOT NULL,
    name            text COLLATE "C" NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    operation       text NOT NULL CHECK (operation IN ('SUM', 'COUNT', 'AVG', 'MIN', 'MAX', 'LAST')),
    metric_type     text NOT NULL CHECK (metric_type IN ('reset', 'checkpoint', 'stripe_billing')),
    flush_seconds   integer NOT NULL CHECK (flush_seconds BETWEEN 1 AND 86400),
    batch_seconds   integer NOT NULL CHECK (batch_seconds BETWEEN 1 AND 86400),
    cleanup_seconds bigint CHECK (cleanup_seconds >= 1),
    initial_value   numeric(20, 6) NOT NULL,
    limit_value     numeric(20, 6) CHECK (limit_value >= 0),
    limit_operator  text NOT NULL CHECK (limit_operator IN ('gt', 'gte', 'lt', 'lte', 'eq')),
    breach_action   text NOT NULL CHECK (breach_action IN ('deny', 'allow_overage', 'webhook', 'scale', 'allow', 'disabled')),
    limit_period    text NOT NULL CHECK (limit_period IN ('daily', 'monthly', 'yearly', 'realtime')),
    tags            jsonb NOT NULL DEFAULT '{}',
    metadata        jsonb NOT NULL DEFAULT '{}',
    retention_days  integer CHECK (retention_days >= 1),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, subject, name)
);
COMMENT ON TABLE metrics IS 'Meters of one subject with settings of their own. Meters that events or plan limits made have no row.';
COMMENT ON COLUMN metrics.organization_id IS 'The organization whose metric it is.';
COMMENT ON COLUMN metrics.subject IS 'Whose usage it counts: organization, or tenant:<id>.';
COMMENT ON COLUMN metrics.name IS 'The meter.';
COMMENT ON COLUMN metrics.operation IS 'How its value comes from quantities.';
COMMENT ON COLUMN metrics.metric_type IS 'When its value goes back to the initial one.';
COMMENT ON COLUMN metrics.flush_seconds IS 'Length of a flush window in seconds.';
COMMENT ON COLUMN metrics.batch_seconds IS 'How often its snapshots are written, in seconds.';
COMMENT ON COLUMN metrics.cleanup_seconds IS 'After so many seconds without an update it is left out of lists; null means never.';
COMMENT ON COLUMN metrics.initial_value IS 'Value of a window before its first event; never usage.';
COMMENT ON COLUMN metrics.limit_value IS 'The metric''s own limit; null or 0 means none.';
COMMENT ON COLUMN metrics.limit_operator IS 'The comparison that is a breach of it.';
COMMENT ON COLUMN metrics.breach_action IS 'What a breach of it does.';
COMMENT ON COLUMN metrics.limit_period IS 'The usage that it is compared with.';
COMMENT ON COLUMN metrics.tags IS 'JSON object of strings, at most 50.';
COMMENT ON COLUMN metrics.metadata IS 'JSON object as it was given; integrations and billing are read from it.';
COMMENT ON COLUMN metrics.retention_days IS 'How long its snapshots are kept; null means 400 days.';
COMMENT ON COLUMN metrics.created_at IS 'When the settings were given.';
CREATE TRIGGER metrics_published AFTER INSERT OR UPDATE OR DELETE ON metrics
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.metrics', 'organization_id', 'subject', 'name');

CREATE TABLE counter_cuts (
    id              uuid NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('BILLING_RESET', 'METER_DELETED')),
    meter           text COLLATE "C",
    cause           text NOT NULL,
    time_zone       text NOT NULL,
    created_at      timestamptz NOT NULL,
    CHECK ((kind = 'METER_DELETED') = (meter IS NOT NULL))
);
CREATE UNIQUE INDEX counter_cuts_cause ON counter_cuts (organization_id, subject, kind, cause);
COMMENT ON TABLE counter_cuts IS 'Where counters begin anew: commands that are written into the log of events, whose order is what decides. Rows are added, never changed.';
COMMENT ON COLUMN counter_cuts.id IS 'Id of the cut; one that was made is not made again.';
COMMENT ON COLUMN counter_cuts.organization_id IS 'The organization of the subject.';
COMMENT ON COLUMN counter_cuts.subject IS 'Whose counters.';
COMMENT ON COLUMN counter_cuts.kind IS 'BILLING_RESET or METER_DELETED.';
COMMENT ON COLUMN counter_cuts.meter IS 'The deleted meter; null for a billing reset.';
COMMENT ON COLUMN counter_cuts.cause IS 'What caused it, such as the id of an invoice or of a request; the same cause cuts once.';
COMMENT ON COLUMN counter_cuts.time_zone IS 'Zone of the organization''s days and months when it was asked for; filled in by a trigger.';
COMMENT ON COLUMN counter_cuts.created_at IS 'When it was asked for; what counts is its place in the log.';
CREATE FUNCTION fill_time_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.time_zone := coalesce(
        NEW.time_zone, (SELECT time_zone FROM organizations WHERE id = NEW.organization_id), 'UTC');
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION fill_time_zone() IS 'Writes the zone of the row''s organization into the row.';
CREATE TRIGGER counter_cuts_zoned BEFORE INSERT ON counter_cuts
    FOR EACH ROW EXECUTE FUNCTION fill_time_zone();
CREATE TRIGGER counter_cuts_published AFTER INSERT ON counter_cuts
    FOR EACH ROW EXECUTE FUNCTION publish_definition('usage-events', 'organization_id', 'subject');

CREATE TABLE rate_limits (
    id                  text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id     text COLLATE "C" NOT NULL REFERENCES organizations (id),
    api_key_id          text COLLATE "C" REFERENCES api_keys (id),
    requests_per_second integer CHECK (requests_per_second >= 1),
    requests_per_minute integer CHECK (requests_per_minute >= 1),
    requests_per_hour   integer CHECK (requests_per_hour >= 1),
    burst_limit         integer CHECK (burst_limit >= 1),
    applies_to          text[] NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    CHECK (num_nonnulls(requests_per_second, requests_per_minute, requests_per_hour) >= 1),
    CONSTRAINT rate_limits_target UNIQUE NULLS NOT DISTINCT (organization_id, api_key_id)
);
COMMENT ON TABLE rate_limits IS 'How many requests an organization or one of its keys may make.';
COMMENT ON COLUMN rate_limits.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN rate_limits.organization_id IS 'The organization whose requests are counted.';
COMMENT ON COLUMN rate_limits.api_key_id IS 'The one key whose requests are counted; null means all of the organization together.';
COMMENT ON COLUMN rate_limits.requests_per_second IS 'Most requests in any span of 1 second; null means no such bound.';
COMMENT ON COLUMN rate_limits.requests_per_minute IS 'Most requests in any span of 60 seconds; null means no such bound.';
COMMENT ON COLUMN rate_limits.requests_per_hour IS 'Most requests in any span of 3,600 seconds; null means no such bound.';
COMMENT ON COLUMN rate_limits.burst_limit IS 'Most requests in any span of 100 milliseconds; null means no such bound.';
COMMENT ON COLUMN rate_limits.applies_to IS 'Kinds of routes that are counted: events, metrics, proxy, reads, management, or all.';
COMMENT ON COLUMN rate_limits.created_at IS 'When the rate limit was made.';
COMMENT ON COLUMN rate_limits.updated_at IS 'When it was last changed.';
CREATE TRIGGER rate_limits_published AFTER INSERT OR UPDATE OR DELETE ON rate_limits
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.rate-limits', 'id');
