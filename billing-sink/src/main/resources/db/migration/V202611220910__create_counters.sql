CREATE TABLE counters (
    organization_id  text COLLATE "C" NOT NULL,
    subject          text COLLATE "C" NOT NULL,
    meter            text COLLATE "C" NOT NULL,
    window_kind      text COLLATE "C" NOT NULL,
    window_start     timestamptz NOT NULL,
    window_end       timestamptz NOT NULL,
    event_count      bigint NOT NULL,
    quantity_sum     numeric(38, 6) NOT NULL,
    quantity_min     numeric(20, 6),
    quantity_max     numeric(20, 6),
    duplicate_count  bigint NOT NULL,
    rejected_count   bigint NOT NULL,
    source_partition integer NOT NULL,
    source_offset    bigint NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (organization_id, subject, meter, window_kind, window_start)
) PARTITION BY HASH (organization_id, subject);

-- Half-full pages: a counter is rewritten with every commit that changes it, and stays on its page.
DO $$
BEGIN
    FOR i IN 0..15 LOOP
        EXECUTE format('CREATE TABLE counters_%s PARTITION OF counters FOR VALUES WITH (MODULUS 16, REMAINDER %s) WITH (fillfactor = 50)', i, i);
    END LOOP;
END $$;

CREATE INDEX counters_by_hour ON counters (organization_id, window_start) WHERE window_kind = 'HOUR';

COMMENT ON TABLE counters IS 'Running value of each counter: one meter of one subject in one window, from usage-windows. Partitioned by hash of organization and subject.';
COMMENT ON COLUMN counters.organization_id IS 'The organization.';
COMMENT ON COLUMN counters.subject IS 'What the usage is attributed to: tenant:<id>, organization, or site:<id>.';
COMMENT ON COLUMN counters.meter IS 'What is counted.';
COMMENT ON COLUMN counters.window_kind IS 'HOUR (multiples since 1970-01-01T00:00:00Z), DAY or MONTH (calendar spans in the organization''s zone).';
COMMENT ON COLUMN counters.window_start IS 'First instant of the window, inclusive.';
COMMENT ON COLUMN counters.window_end IS 'End of the window, exclusive.';
COMMENT ON COLUMN counters.event_count IS 'Events counted.';
COMMENT ON COLUMN counters.quantity_sum IS 'Sum of the quantities counted.';
COMMENT ON COLUMN counters.quantity_min IS 'Smallest quantity counted; null while no event is.';
COMMENT ON COLUMN counters.quantity_max IS 'Largest quantity counted; null while no event is.';
COMMENT ON COLUMN counters.duplicate_count IS 'Logged events of the window that were dropped as duplicates; kept on DAY windows.';
COMMENT ON COLUMN counters.rejected_count IS 'Logged events of the window that were rejected; kept on DAY windows.';
COMMENT ON COLUMN counters.source_partition IS 'Partition of usage-events that the counter is counted from.';
COMMENT ON COLUMN counters.source_offset IS 'Offset of the last source record that changed it; a value with a lower one never replaces it.';
COMMENT ON COLUMN counters.updated_at IS 'Append time of that source record.';

CREATE TABLE usage_snapshots (
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    snapshot_date   date NOT NULL,
    event_type      text COLLATE "C" NOT NULL,
    total_quantity  numeric(38, 6) NOT NULL,
    event_count     bigint NOT NULL,
    PRIMARY KEY (organization_id, tenant_id, snapshot_date, event_type)
) PARTITION BY RANGE (snapshot_date);

-- Years from 2000 to 2100 are made when their first row comes.
CREATE TABLE usage_snapshots_before_2000 PARTITION OF usage_snapshots FOR VALUES FROM (MINVALUE) TO ('2000-01-01');
CREATE TABLE usage_snapshots_after_2100 PARTITION OF usage_snapshots FOR VALUES FROM ('2101-01-01') TO (MAXVALUE);

COMMENT ON TABLE usage_snapshots IS 'Usage of each tenant and meter in each UTC day: the sum of its hour counters, kept in step with them. Partitioned by year.';
COMMENT ON COLUMN usage_snapshots.organization_id IS 'The organization.';
COMMENT ON COLUMN usage_snapshots.tenant_id IS 'The tenant.';
COMMENT ON COLUMN usage_snapshots.snapshot_date IS 'The UTC day.';
COMMENT ON COLUMN usage_snapshots.event_type IS 'The meter.';
COMMENT ON COLUMN usage_snapshots.total_quantity IS 'Sum of the quantities of the day.';
COMMENT ON COLUMN usage_snapshots.event_count IS 'Events of the day.';
