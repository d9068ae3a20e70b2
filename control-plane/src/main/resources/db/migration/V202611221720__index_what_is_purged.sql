CREATE INDEX provider_objects_purge ON provider_objects (created);
CREATE INDEX stripe_resets_purge ON stripe_resets (created_at);
CREATE INDEX counter_cuts_purge ON counter_cuts (created_at);
CREATE INDEX provider_events_open ON provider_events (provider, source, created) WHERE status IN ('pending', 'failed');

COMMENT ON TABLE provider_objects IS 'How far each object of a provider has been followed, so that an event that comes late does not undo a newer one. Kept for 90 days after its newest event, and longer while an event of that age has failed and is not handled.';
COMMENT ON TABLE stripe_resets IS 'Invoices of Stripe that have reset the counters of a tenant: each does so once. Kept for 90 days, which is longer than Stripe sends an event anew.';
COMMENT ON TABLE counter_cuts IS 'Moments from which counters of a subject begin anew: billing resets and deleted metrics, each once by its cause. Published to usage-events, which is where they count; kept here for 400 days for their causes.';
