CREATE TABLE stripe_cycles (
    organization_id  text COLLATE "C" NOT NULL,
    tenant_id        text COLLATE "C" NOT NULL,
    meter            text COLLATE "C" NOT NULL,
    operation        text NOT NULL,
    target           jsonb NOT NULL,
    first_started_at timestamptz NOT NULL,
    started_at       timestamptz NOT NULL,
    known_end        timestamptz CHECK (known_end > started_at),
    awaits_invoice   boolean NOT NULL DEFAULT false,
    ended            boolean NOT NULL DEFAULT false,
    carry            numeric(38, 6) NOT NULL DEFAULT 0,
    accounted_offset bigint NOT NULL DEFAULT 0,
    account_at       timestamptz NOT NULL,
    PRIMARY KEY (organization_id, tenant_id, meter)
);
CREATE INDEX stripe_cycles_end ON stripe_cycles (known_end) WHERE known_end IS NOT NULL;
CREATE INDEX stripe_cycles_account ON stripe_cycles (account_at);
COMMENT ON TABLE stripe_cycles IS 'The running billing cycle of each stripe_billing metric of a tenant that says what it is at Stripe.';
COMMENT ON COLUMN stripe_cycles.organization_id IS 'The organization.';
COMMENT ON COLUMN stripe_cycles.tenant_id IS 'The tenant whose use is billed.';
COMMENT ON COLUMN stripe_cycles.meter IS 'What is counted.';
COMMENT ON COLUMN stripe_cycles.operation IS 'How the value of a cycle comes from quantities.';
COMMENT ON COLUMN stripe_cycles.target IS 'integrations.stripe of the metric: what its units are reported to.';
COMMENT ON COLUMN stripe_cycles.first_started_at IS 'When the metric was made: what was used before is in no cycle.';
COMMENT ON COLUMN stripe_cycles.started_at IS 'Begin of the running cycle, inclusive, in event time.';
COMMENT ON COLUMN stripe_cycles.known_end IS 'Its end, exclusive, as the provider told it first; null while it told none. It stays when the provider tells of a later one: that is the end of the next cycle.';
COMMENT ON COLUMN stripe_cycles.awaits_invoice IS 'The cycle before was closed by its known end, and its invoice is still to come: that invoice closes nothing more.';
COMMENT ON COLUMN stripe_cycles.ended IS 'The metric is deleted: no cycle follows the running one.';
COMMENT ON COLUMN stripe_cycles.carry IS 'What is left of closed cycles for the next report, because Stripe takes whole units.';
COMMENT ON COLUMN stripe_cycles.accounted_offset IS 'Offset in the tenant''s partition of usage-events: of the closed cycles, everything before it is reported, or about to be.';
COMMENT ON COLUMN stripe_cycles.account_at IS 'When events of closed cycles are looked for next.';

CREATE TABLE stripe_reports (
    id              text COLLATE "C" NOT NULL PRIMARY KEY CHECK (id ~ '^tg_[0-9a-z]{26}$'),
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    meter           text COLLATE "C" NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('cycle', 'late', 'overage')),
    cycle_start     timestamptz NOT NULL,
    cycle_end       timestamptz NOT NULL,
    event_id        text COLLATE "C",
    operation       text NOT NULL,
    target          jsonb NOT NULL,
    value           numeric(38, 6),
    carry           numeric(38, 6),
    units           numeric(38, 0) CHECK (units >= 0),
    stamped_at      timestamptz NOT NULL,
    state           text NOT NULL CHECK (state IN ('pending', 'sent', 'unknown', 'failed')),
    way             jsonb,
    customer        text COLLATE "C",
    attempts        integer NOT NULL DEFAULT 0,
    due_at          timestamptz,
    unsure_since    timestamptz,
    error           text,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    handled_at      timestamptz,
    CHECK ((event_id IS NOT NULL) = (kind = 'late')),
    CHECK (due_at IS NULL OR units IS NOT NULL),
    CHECK (state NOT IN ('sent', 'failed') OR due_at IS NULL),
    CHECK (state <> 'unknown' OR unsure_since IS NOT NULL)
);
CREATE INDEX stripe_reports_due ON stripe_reports (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX stripe_reports_unmeasured ON stripe_reports (organization_id, tenant_id, meter, cycle_start) WHERE units IS NULL;
CREATE INDEX stripe_reports_listed ON stripe_reports (organization_id, cycle_end DESC, id DESC) WHERE kind = 'cycle';
CREATE INDEX stripe_reports_stamped ON stripe_reports (organization_id, customer, stamped_at) WHERE customer IS NOT NULL;
CREATE INDEX stripe_reports_failed ON stripe_reports (created_at, id) WHERE state = 'failed' AND handled_at IS NULL;
CREATE INDEX stripe_reports_open ON stripe_reports (state) WHERE state IN ('pending', 'unknown');
COMMENT ON TABLE stripe_reports IS 'What is reported to Stripe: one row per closed cycle, per event that came late for a closed cycle, and per rise of overage units.';
COMMENT ON COLUMN stripe_reports.id IS 'tg_ and 26 base32 digits of the SHA-256 of what the report is about; Stripe knows the report by it, so that one that comes twice counts once.';
COMMENT ON COLUMN stripe_reports.organization_id IS 'The organization whose Stripe account it goes to.';
COMMENT ON COLUMN stripe_reports.tenant_id IS 'The tenant that is billed.';
COMMENT ON COLUMN stripe_reports.meter IS 'What was counted.';
COMMENT ON COLUMN stripe_reports.kind IS 'cycle, late or overage.';
COMMENT ON COLUMN stripe_reports.cycle_start IS 'Begin of what it is about, inclusive.';
COMMENT ON COLUMN stripe_reports.cycle_end IS 'Its end, exclusive.';
COMMENT ON COLUMN stripe_reports.event_id IS 'The late event; null for other kinds.';
COMMENT ON COLUMN stripe_reports.operation IS 'How value comes from quantities.';
COMMENT ON COLUMN stripe_reports.target IS 'integrations.stripe of the metric when the report was made.';
COMMENT ON COLUMN stripe_reports.value IS 'What was used; null until everything that was in the log then is stored.';
COMMENT ON COLUMN stripe_reports.carry IS 'What of value and the carry before was not a whole unit, and is left for the next report.';
COMMENT ON COLUMN stripe_reports.units IS 'What Stripe is told; null until it is measured.';
COMMENT ON COLUMN stripe_reports.stamped_at IS 'The time that Stripe is told, which decides in which of its periods it counts.';
COMMENT ON COLUMN stripe_reports.state IS 'pending: to be sent; sent: Stripe has it; unknown: sent, and no answer told whether it arrived; failed: Stripe refused it, with the reason in error.';
COMMENT ON COLUMN stripe_reports.way IS 'How it is told: as a meter event or as a usage record, and of what. Fixed with the first attempt; null before.';
COMMENT ON COLUMN stripe_reports.customer IS 'The tenant at Stripe, fixed with the first attempt; null before.';
COMMENT ON COLUMN stripe_reports.attempts IS 'Attempts that were begun.';
COMMENT ON COLUMN stripe_reports.due_at IS 'When it is tried next; while an attempt is under way, when somebody else may take it up. Null when it is not tried.';
COMMENT ON COLUMN stripe_reports.unsure_since IS 'Begin of the first attempt that may have reached Stripe unknown to us; null while there is none. Stripe knows identifiers for a day only.';
COMMENT ON COLUMN stripe_reports.error IS 'Why the last attempt failed; null if it did not.';
COMMENT ON COLUMN stripe_reports.created_at IS 'When it was made.';
COMMENT ON COLUMN stripe_reports.finished_at IS 'When it was sent, or failed.';
COMMENT ON COLUMN stripe_reports.handled_at IS 'When the operator put a failed one aside; null before.';

-- A metric is made once and never changed, so its cycle can have its settings.
CREATE FUNCTION begin_stripe_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stripe_cycles (organization_id, tenant_id, meter, operation, target, first_started_at, started_at, known_end, account_at)
    SELECT NEW.organization_id, substr(NEW.subject, 8), NEW.name, NEW.operation, NEW.metadata #> '{integrations,stripe}',
           NEW.created_at, NEW.created_at,
           (SELECT cycle_end FROM tenants
            WHERE organization_id = NEW.organization_id AND tenant_id = substr(NEW.subject, 8) AND cycle_end > NEW.created_at),
           NEW.created_at
    ON CONFLICT (organization_id, tenant_id, meter)
    DO UPDATE SET operation = EXCLUDED.operation, target = EXCLUDED.target, ended = false;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION begin_stripe_cycle() IS 'Begins the first cycle of a stripe_billing metric. One that is made anew goes on with the cycle that was running.';
CREATE TRIGGER metrics_begin_cycle AFTER INSERT ON metrics FOR EACH ROW
    WHEN (NEW.metric_type = 'stripe_billing' AND NEW.subject LIKE 'tenant:%'
          AND jsonb_typeof(NEW.metadata #> '{integrations,stripe}') = 'object'
          AND coalesce(NEW.metadata #>> '{integrations,stripe,enabled}', 'true') = 'true'
          AND coalesce(NEW.metadata #>> '{integrations,stripe,meter_event_name}', NEW.metadata #>> '{integrations,stripe,price_id}', '') <> '')
    EXECUTE FUNCTION begin_stripe_cycle();

CREATE FUNCTION end_stripe_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stripe_cycles SET ended = true
    WHERE organization_id = OLD.organization_id AND tenant_id = substr(OLD.subject, 8) AND meter = OLD.name;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION end_stripe_cycle() IS 'Lets the running cycle of a deleted metric be the last.';
CREATE TRIGGER metrics_end_cycle AFTER DELETE ON metrics FOR EACH ROW
    WHEN (OLD.metric_type = 'stripe_billing' AND OLD.subject LIKE 'tenant:%') EXECUTE FUNCTION end_stripe_cycle();

CREATE FUNCTION tell_stripe_cycle_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stripe_cycles SET known_end = NEW.cycle_end
    WHERE organization_id = NEW.organization_id AND tenant_id = NEW.tenant_id
      AND known_end IS NULL AND started_at < NEW.cycle_end;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION tell_stripe_cycle_end() IS 'Gives cycles without a known end the end that the provider has told.';
CREATE TRIGGER tenants_tell_cycle_end AFTER UPDATE OF cycle_end ON tenants FOR EACH ROW
    WHEN (NEW.cycle_end IS NOT NULL AND NEW.cycle_end IS DISTINCT FROM OLD.cycle_end) EXECUTE FUNCTION tell_stripe_cycle_end();

INSERT INTO stripe_cycles (organization_id, tenant_id, meter, operation, target, first_started_at, started_at, known_end, account_at)
SELECT m.organization_id, substr(m.subject, 8), m.name, m.operation, m.metadata #> '{integrations,stripe}', m.created_at, m.created_at,
       t.cycle_end, m.created_at
FROM metrics m LEFT JOIN tenants t
    ON t.organization_id = m.organization_id AND t.tenant_id = substr(m.subject, 8) AND t.cycle_end > m.created_at
WHERE m.metric_type = 'stripe_billing' AND m.subject LIKE 'tenant:%'
  AND jsonb_typeof(m.metadata #> '{integrations,stripe}') = 'object'
  AND coalesce(m.metadata #>> '{integrations,stripe,enabled}', 'true') = 'true'
  AND coalesce(m.metadata #>> '{integrations,stripe,meter_event_name}', m.metadata #>> '{integrations,stripe,price_id}', '') <> '';
