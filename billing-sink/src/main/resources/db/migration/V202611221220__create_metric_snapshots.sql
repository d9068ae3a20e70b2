CREATE TABLE metric_snapshots (
    organization_id text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    meter           text COLLATE "C" NOT NULL,
    window_start    timestamptz NOT NULL,
    window_end      timestamptz NOT NULL,
    value           numeric(38, 6) NOT NULL,
    delta           numeric(38, 6),
    metric_type     text NOT NULL CHECK (metric_type IN ('reset', 'checkpoint', 'stripe_billing')),
    flushed_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, subject, meter, window_start)
);
CREATE INDEX metric_snapshots_by_time ON metric_snapshots USING brin (window_start);

COMMENT ON TABLE metric_snapshots IS 'Readings of metrics at the end of their flush windows, from metric-snapshots. A later reading of a window replaces the one before.';
COMMENT ON COLUMN metric_snapshots.organization_id IS 'The organization.';
COMMENT ON COLUMN metric_snapshots.subject IS 'What the usage is attributed to: tenant:<id> or organization.';
COMMENT ON COLUMN metric_snapshots.meter IS 'What is counted.';
COMMENT ON COLUMN metric_snapshots.window_start IS 'First instant of the flush window, inclusive; multiples of its length since 1970-01-01T00:00:00Z.';
COMMENT ON COLUMN metric_snapshots.window_end IS 'End of the flush window, exclusive.';
COMMENT ON COLUMN metric_snapshots.value IS 'The metric''s value by its operation at the window''s end.';
COMMENT ON COLUMN metric_snapshots.delta IS 'The window''s own change from the initial value, for reset metrics; null means the change since the row before, whatever that is when somebody asks.';
COMMENT ON COLUMN metric_snapshots.metric_type IS 'Type of the metric when the window closed.';
COMMENT ON COLUMN metric_snapshots.flushed_at IS 'When the reading was written to the log.';
