CREATE FUNCTION webhook_slot(tenant text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (('x' || substr(md5(coalesce(tenant, '')), 1, 8))::bit(32)::integer & 3)::smallint
$$;
COMMENT ON FUNCTION webhook_slot(text) IS 'Which of the four lanes of a destination a tenant''s messages go in: 0 to 3.';

DROP INDEX webhook_deliveries_lanes;
DROP INDEX webhook_deliveries_finished;
ALTER TABLE webhook_deliveries
    DROP COLUMN lane,
    DROP COLUMN claimed_until,
    ADD COLUMN slot smallint NOT NULL GENERATED ALWAYS AS (webhook_slot(tenant_id)) STORED,
    ADD COLUMN queued boolean NOT NULL DEFAULT true;
-- The lanes of all rows there are made below.
ALTER TABLE webhook_deliveries ALTER COLUMN queued SET DEFAULT false;

CREATE INDEX webhook_deliveries_arrived ON webhook_deliveries (sequence) WHERE NOT queued;
CREATE INDEX webhook_deliveries_new ON webhook_deliveries (destination, slot, sequence) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_again ON webhook_deliveries (destination, slot, due_at) WHERE status = 'failed';
CREATE INDEX webhook_deliveries_done ON webhook_deliveries (coalesce(handled_at, finished_at))
    WHERE status = 'delivered' OR handled_at IS NOT NULL;

COMMENT ON COLUMN webhook_deliveries.slot IS 'The lane of the destination it goes in, by tenant: of a lane one message is under way at a time.';
COMMENT ON COLUMN webhook_deliveries.queued IS 'Whether its lane knows of it. Whoever makes a row due leaves it false; a sender tells the lane and sets it.';
COMMENT ON COLUMN webhook_deliveries.destination IS 'Endpoint or URL as one short key.';
COMMENT ON COLUMN webhook_deliveries.status IS 'pending: not tried yet, and due; failed: tried in vain, and tried again when due; delivered: answered with 2xx; dead: given up.';

CREATE TABLE webhook_lanes (
    destination   text COLLATE "C" NOT NULL,
    slot          smallint NOT NULL CHECK (slot BETWEEN 0 AND 3),
    endpoint_id   text COLLATE "C",
    next_at       timestamptz NOT NULL,
    parked        boolean NOT NULL DEFAULT false,
    delivery_id   text COLLATE "C",
    claimed_until timestamptz,
    PRIMARY KEY (destination, slot),
    CHECK ((delivery_id IS NULL) = (claimed_until IS NULL)),
    CHECK (delivery_id IS NULL OR NOT parked)
);
CREATE INDEX webhook_lanes_next ON webhook_lanes (next_at) WHERE NOT parked;
CREATE INDEX webhook_lanes_endpoint ON webhook_lanes (endpoint_id) WHERE endpoint_id IS NOT NULL;
CREATE UNIQUE INDEX webhook_lanes_in_hand ON webhook_lanes (delivery_id) WHERE delivery_id IS NOT NULL;

COMMENT ON TABLE webhook_lanes IS 'What senders of webhooks look at instead of the deliveries: one row per destination and slot that has something to send, and none where nothing waits. At most one delivery of a lane is under way, so at most four go to a destination at a time.';
COMMENT ON COLUMN webhook_lanes.destination IS 'webhook_deliveries.destination of what waits.';
COMMENT ON COLUMN webhook_lanes.slot IS 'webhook_deliveries.slot of what waits.';
COMMENT ON COLUMN webhook_lanes.endpoint_id IS 'The endpoint; null for a bare URL.';
COMMENT ON COLUMN webhook_lanes.next_at IS 'When a sender has to look at it. Lanes have their turns in this order: after an attempt a lane that has more goes to the end.';
COMMENT ON COLUMN webhook_lanes.parked IS 'The endpoint is disabled: nobody looks until it is enabled or deleted.';
COMMENT ON COLUMN webhook_lanes.delivery_id IS 'What a sender has in hand of it.';
COMMENT ON COLUMN webhook_lanes.claimed_until IS 'Until when; later it is anybody''s again.';

INSERT INTO webhook_lanes (destination, slot, endpoint_id, next_at)
SELECT destination, slot, min(endpoint_id), min(due_at) FROM webhook_deliveries WHERE due_at IS NOT NULL
GROUP BY destination, slot;

-- All lanes of the endpoint are locked first, parked or not: a sender that is about to park one holds it, and the second
-- statement then sees what that sender did.
CREATE FUNCTION wake_webhook_lanes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM webhook_lanes WHERE endpoint_id = OLD.id ORDER BY slot FOR UPDATE;
    UPDATE webhook_lanes SET parked = false WHERE endpoint_id = OLD.id AND parked;
    IF TG_OP = 'DELETE' THEN
        UPDATE webhook_lanes SET next_at = '-infinity' WHERE endpoint_id = OLD.id AND delivery_id IS NULL;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION wake_webhook_lanes() IS 'Lets senders look again at the lanes of an endpoint that was enabled, disabled or deleted.';
CREATE TRIGGER wake_webhook_lanes AFTER UPDATE OF enabled OR DELETE ON webhook_endpoints
    FOR EACH ROW EXECUTE FUNCTION wake_webhook_lanes();
