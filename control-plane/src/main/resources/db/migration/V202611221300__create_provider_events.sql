CREATE TABLE provider_events (
    provider        text COLLATE "C" NOT NULL CHECK (provider IN ('stripe', 'paystack', 'polar')),
    source          text COLLATE "C" NOT NULL CHECK (char_length(source) BETWEEN 1 AND 100),
    event_id        text COLLATE "C" NOT NULL CHECK (char_length(event_id) BETWEEN 1 AND 255),
    type            text NOT NULL CHECK (char_length(type) BETWEEN 1 AND 255),
    payload         jsonb NOT NULL,
    created         timestamptz NOT NULL,
    status          text NOT NULL CHECK (status IN ('pending', 'completed', 'failed', 'discarded')),
    retry_count     integer NOT NULL DEFAULT 0,
    error           text,
    next_attempt_at timestamptz,
    received_at     timestamptz NOT NULL,
    processed_at    timestamptz,
    PRIMARY KEY (provider, source, event_id),
    CHECK (status <> 'completed' OR next_attempt_at IS NULL),
    CHECK (status <> 'pending' OR next_attempt_at IS NOT NULL)
);
CREATE INDEX provider_events_due ON provider_events (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX provider_events_failed ON provider_events (received_at DESC, event_id DESC) WHERE status = 'failed';
CREATE INDEX provider_events_by_id ON provider_events (event_id);
CREATE INDEX provider_events_purge ON provider_events (received_at) WHERE status IN ('completed', 'discarded');
COMMENT ON TABLE provider_events IS 'Events that payment providers have sent and whose signature was right. Each is stored before it is answered, and processed afterwards.';
COMMENT ON COLUMN provider_events.provider IS 'Who sent it: stripe, paystack or polar.';
COMMENT ON COLUMN provider_events.source IS 'Whose endpoint it came to: platform, or the id of an organization.';
COMMENT ON COLUMN provider_events.event_id IS 'Id given by the provider; the same again is a repetition.';
COMMENT ON COLUMN provider_events.type IS 'What happened, in the provider''s words.';
COMMENT ON COLUMN provider_events.payload IS 'The event as it was sent.';
COMMENT ON COLUMN provider_events.created IS 'When the provider says that it happened; where it says nothing, when the event arrived.';
COMMENT ON COLUMN provider_events.status IS 'pending until it is processed; completed with its effects; failed with a reason; discarded by the operator.';
COMMENT ON COLUMN provider_events.retry_count IS 'Attempts that failed.';
COMMENT ON COLUMN provider_events.error IS 'Why the last attempt failed; null while none did.';
COMMENT ON COLUMN provider_events.next_attempt_at IS 'When it is processed next; null means never again by itself. A failed event may still have attempts left.';
COMMENT ON COLUMN provider_events.received_at IS 'When it arrived.';
COMMENT ON COLUMN provider_events.processed_at IS 'When it was last processed; null while it was not.';

CREATE TABLE provider_objects (
    provider  text COLLATE "C" NOT NULL,
    source    text COLLATE "C" NOT NULL,
    object_id text COLLATE "C" NOT NULL,
    created   timestamptz NOT NULL,
    rank      smallint NOT NULL,
    PRIMARY KEY (provider, source, object_id)
);
COMMENT ON TABLE provider_objects IS 'How far each object of a provider has been followed, so that an event that comes late does not undo a newer one.';
COMMENT ON COLUMN provider_objects.provider IS 'Whose object it is.';
COMMENT ON COLUMN provider_objects.source IS 'Whose endpoint told of it: platform, or the id of an organization.';
COMMENT ON COLUMN provider_objects.object_id IS 'Id given by the provider.';
COMMENT ON COLUMN provider_objects.created IS 'Provider''s time of the newest event that was applied.';
COMMENT ON COLUMN provider_objects.rank IS 'Place of that event''s type in the life of the object: it orders events of the same second.';

CREATE TABLE stripe_resets (
    organization_id   text COLLATE "C" NOT NULL,
    stripe_invoice_id text COLLATE "C" NOT NULL,
    event_id          text COLLATE "C" NOT NULL,
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (organization_id, stripe_invoice_id)
);
COMMENT ON TABLE stripe_resets IS 'Invoices of Stripe that have reset the counters of a tenant: each does so once.';
COMMENT ON COLUMN stripe_resets.organization_id IS 'The organization of the tenant.';
COMMENT ON COLUMN stripe_resets.stripe_invoice_id IS 'The invoice.';
COMMENT ON COLUMN stripe_resets.event_id IS 'The event that told of it first.';
COMMENT ON COLUMN stripe_resets.created_at IS 'When the reset was asked for.';

CREATE TABLE subscription_overrides (
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    tenant_id       text COLLATE "C" NOT NULL,
    told            jsonb NOT NULL,
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, tenant_id)
);
CREATE INDEX subscription_overrides_due ON subscription_overrides (expires_at);
COMMENT ON TABLE subscription_overrides IS 'Subscriptions that an operator has overridden for a time, and what holds again afterwards.';
COMMENT ON COLUMN subscription_overrides.organization_id IS 'The organization whose subscription, or whose tenant''s, it is.';
COMMENT ON COLUMN subscription_overrides.tenant_id IS 'The tenant; empty for the subscription of the organization itself.';
COMMENT ON COLUMN subscription_overrides.told IS 'The subscription as the provider tells it: as it was before the override, and as events have changed it since.';
COMMENT ON COLUMN subscription_overrides.expires_at IS 'From then on the told subscription holds again.';
COMMENT ON COLUMN subscription_overrides.created_at IS 'When the override began.';
