CREATE TABLE stripe_overages (
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    meter           text COLLATE "C" NOT NULL,
    target          jsonb NOT NULL,
    threshold       numeric(20, 0) NOT NULL CHECK (threshold >= 1),
    look_seconds    integer NOT NULL CHECK (look_seconds >= 1),
    look_at         timestamptz NOT NULL,
    window_start    timestamptz,
    window_end      timestamptz,
    reported        numeric(38, 0) NOT NULL DEFAULT 0 CHECK (reported >= 0),
    PRIMARY KEY (organization_id, tenant_id, meter),
    CHECK (window_end IS NULL OR window_start IS NOT NULL)
);
CREATE INDEX stripe_overages_look ON stripe_overages (look_at);
COMMENT ON TABLE stripe_overages IS 'Metrics whose use beyond a limit is billed in units at Stripe, and how many units of the running window have been reported.';
COMMENT ON COLUMN stripe_overages.organization_id IS 'The organization.';
COMMENT ON COLUMN stripe_overages.tenant_id IS 'The tenant that is billed.';
COMMENT ON COLUMN stripe_overages.meter IS 'What is counted.';
COMMENT ON COLUMN stripe_overages.target IS 'integrations.stripe of the metric.';
COMMENT ON COLUMN stripe_overages.threshold IS 'Size of a unit.';
COMMENT ON COLUMN stripe_overages.look_seconds IS 'How often it is looked at: the metric''s flush interval, and at most once a minute.';
COMMENT ON COLUMN stripe_overages.look_at IS 'When it is looked at next.';
COMMENT ON COLUMN stripe_overages.window_start IS 'Begin of the window that was looked at last; null if none was.';
COMMENT ON COLUMN stripe_overages.window_end IS 'Its end, exclusive; null if it has none.';
COMMENT ON COLUMN stripe_overages.reported IS 'Units of that window that are reported, or about to be. It never falls.';

CREATE FUNCTION watch_stripe_overage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stripe_overages (organization_id, tenant_id, meter, target, threshold, look_seconds, look_at)
    SELECT NEW.organization_id, substr(NEW.subject, 8), NEW.name, NEW.metadata #> '{integrations,stripe}',
           (NEW.metadata #>> '{integrations,stripe,overage_threshold}')::numeric, greatest(60, NEW.flush_seconds), NEW.created_at
    ON CONFLICT (organization_id, tenant_id, meter)
    DO UPDATE SET target = EXCLUDED.target, threshold = EXCLUDED.threshold, look_seconds = EXCLUDED.look_seconds;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION watch_stripe_overage() IS 'Has a metric that says how use beyond its limit is billed looked at.';
CREATE TRIGGER metrics_watch_overage AFTER INSERT ON metrics FOR EACH ROW
    WHEN (NEW.subject LIKE 'tenant:%' AND jsonb_typeof(NEW.metadata #> '{integrations,stripe,overage_threshold}') = 'number'
          AND coalesce(NEW.metadata #>> '{integrations,stripe,enabled}', 'true') = 'true'
          AND coalesce(NEW.metadata #>> '{integrations,stripe,overage_item_id}',
                       NEW.metadata #>> '{integrations,stripe,overage_product_id}', '') <> '')
    EXECUTE FUNCTION watch_stripe_overage();

CREATE FUNCTION forget_stripe_overage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM stripe_overages
    WHERE organization_id = OLD.organization_id AND tenant_id = substr(OLD.subject, 8) AND meter = OLD.name;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION forget_stripe_overage() IS 'No more looks at a deleted metric.';
CREATE TRIGGER metrics_forget_overage AFTER DELETE ON metrics FOR EACH ROW
    WHEN (OLD.subject LIKE 'tenant:%') EXECUTE FUNCTION forget_stripe_overage();

INSERT INTO stripe_overages (organization_id, tenant_id, meter, target, threshold, look_seconds, look_at)
SELECT organization_id, substr(subject, 8), name, metadata #> '{integrations,stripe}',
       (metadata #>> '{integrations,stripe,overage_threshold}')::numeric, greatest(60, flush_seconds), created_at
FROM metrics
WHERE subject LIKE 'tenant:%' AND jsonb_typeof(metadata #> '{integrations,stripe,overage_threshold}') = 'number'
  AND coalesce(metadata #>> '{integrations,stripe,enabled}', 'true') = 'true'
  AND coalesce(metadata #>> '{integrations,stripe,overage_item_id}', metadata #>> '{integrations,stripe,overage_product_id}', '') <> '';
