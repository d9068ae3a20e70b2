CREATE INDEX stripe_reports_late ON stripe_reports (organization_id, tenant_id, meter, cycle_start) WHERE kind = 'late';

COMMENT ON TABLE stripe_reports IS 'What is reported to Stripe: one row per closed cycle, per event that came late for a closed cycle or was taken out of one after its report, and per rise of overage units.';
COMMENT ON COLUMN stripe_reports.event_id IS 'The late event, or the one that was taken out; null for other kinds.';
COMMENT ON COLUMN stripe_reports.value IS 'What was used, less than 0 for what was taken out; null until everything that was in the log then is stored.';
