CREATE TABLE metric_creations (
    organization_id text COLLATE "C" NOT NULL PRIMARY KEY,
    day             date NOT NULL,
    creations       integer NOT NULL CHECK (creations >= 1)
);
COMMENT ON TABLE metric_creations IS 'How many metrics each organization whose edition bounds that made on the last day (UTC) on which it made any. Deleting a metric does not give a creation back.';
COMMENT ON COLUMN metric_creations.organization_id IS 'The organization.';
COMMENT ON COLUMN metric_creations.day IS 'The UTC day that is counted.';
COMMENT ON COLUMN metric_creations.creations IS 'Metrics made on that day.';
