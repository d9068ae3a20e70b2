CREATE TABLE webhook_deliveries (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    sequence        bigint GENERATED ALWAYS AS IDENTITY,
    message_id      text COLLATE "C" NOT NULL,
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text,
    endpoint_id     text COLLATE "C",
    url             text CHECK (char_length(url) BETWEEN 1 AND 2000),
    credential_type text,
    message_type    text NOT NULL,
    data            jsonb NOT NULL,
    status          text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'dead')),
    attempts        integer NOT NULL,
    due_at          timestamptz,
    claimed_until   timestamptz,
    attempted_at    timestamptz,
    response_status integer,
    response_body   text,
    error           text,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    handled_at      timestamptz,
    destination     text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (coalesce(endpoint_id, md5(organization_id || ' ' || url))) STORED,
    lane            text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (md5(coalesce(endpoint_id, organization_id || ' ' || url) || ' ' || coalesce(tenant_id, ''))) STORED,
    CHECK ((endpoint_id IS NULL) <> (url IS NULL)),
    CHECK ((status IN ('pending', 'failed')) = (due_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_lanes ON webhook_deliveries (lane, sequence) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (organization_id, created_at, id);
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (created_at, id) WHERE status = 'dead' AND handled_at IS NULL;
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;

COMMENT ON TABLE webhook_deliveries IS 'Outbound webhook messages, one row per destination: made in the transaction that makes or consumes the cause, sent from here, and kept for 90 days after that. Dead ones stay until they are handled.';
COMMENT ON COLUMN webhook_deliveries.id IS 'msg_ and 26 base32 digits, derived from message and destination, so that one cause is stored once.';
COMMENT ON COLUMN webhook_deliveries.sequence IS 'Order in which rows were made.';
COMMENT ON COLUMN webhook_deliveries.message_id IS 'What receivers know the message by (webhook-id): msg_ and 26 base32 digits, derived from organization, type and cause; the same for all destinations.';
COMMENT ON COLUMN webhook_deliveries.organization_id IS 'The organization that is told.';
COMMENT ON COLUMN webhook_deliveries.tenant_id IS 'The tenant it is about; null if it is about none. Messages about one tenant go in order as far as retries allow.';
COMMENT ON COLUMN webhook_deliveries.endpoint_id IS 'The endpoint it goes to; null for one that goes to a bare URL.';
COMMENT ON COLUMN webhook_deliveries.url IS 'The URL it goes to; null for one that goes to an endpoint.';
COMMENT ON COLUMN webhook_deliveries.credential_type IS 'Type of the integration credential that signs what goes to a bare URL; without such a credential it goes unsigned.';
COMMENT ON COLUMN webhook_deliveries.message_type IS 'What it tells of, such as quota.exceeded.';
COMMENT ON COLUMN webhook_deliveries.data IS 'The member data of the body.';
COMMENT ON COLUMN webhook_deliveries.status IS 'pending: not tried yet; failed: tried in vain, and tried again when due; delivered: answered with 2xx; dead: given up.';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'Attempts that came to an end since it was made or last sent anew by hand.';
COMMENT ON COLUMN webhook_deliveries.due_at IS 'When it is tried next; null when it is not.';
COMMENT ON COLUMN webhook_deliveries.claimed_until IS 'Until when a sender has it in hand; later it is anybody''s again.';
COMMENT ON COLUMN webhook_deliveries.attempted_at IS 'When the last attempt came to an end.';
COMMENT ON COLUMN webhook_deliveries.response_status IS 'HTTP status of the last attempt; null if there was no answer.';
COMMENT ON COLUMN webhook_deliveries.response_body IS 'First 1 KiB of the last answer as text.';
COMMENT ON COLUMN webhook_deliveries.error IS 'Why the last attempt failed; null if it did not.';
COMMENT ON COLUMN webhook_deliveries.created_at IS 'When the message was raised.';
COMMENT ON COLUMN webhook_deliveries.finished_at IS 'When it was delivered, or given up.';
COMMENT ON COLUMN webhook_deliveries.handled_at IS 'When the operator put a dead one aside; null before.';
COMMENT ON COLUMN webhook_deliveries.destination IS 'Endpoint or URL as one short key: bounds what goes there at a time.';
COMMENT ON COLUMN webhook_deliveries.lane IS 'Destination and tenant as one short key: of a lane one row at a time is sent.';

CREATE FUNCTION webhook_message_id(VARIADIC parts text[]) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT 'msg_' || string_agg(
               substr('0123456789abcdefghjkmnpqrstvwxyz', substring(bits FROM 5 * place + 1 FOR 5)::bit(5)::integer + 1, 1),
               '' ORDER BY place)
    FROM (SELECT B'00'
                 || ('x' || encode(substring(sha256(convert_to(to_json(parts)::text, 'UTF8')) FOR 16), 'hex'))::bit(128)
          AS bits) AS digest,
         generate_series(0, 25) AS place
$$;
COMMENT ON FUNCTION webhook_message_id(text[]) IS 'msg_ and the first 128 bits of SHA-256 of the parts, as a JSON list, in Crockford base 32.';

CREATE FUNCTION raise_webhook_message(
    organization text, tenant text, type text, cause text, data jsonb, raised_at timestamptz DEFAULT clock_timestamp())
    RETURNS bigint LANGUAGE sql AS $$
    WITH stored AS (
        INSERT INTO webhook_deliveries
            (id, message_id, organization_id, tenant_id, endpoint_id, message_type, data, status, attempts, due_at, created_at)
        SELECT webhook_message_id(organization, type, cause, endpoint.id), webhook_message_id(organization, type, cause),
               organization, tenant, endpoint.id, type, data, 'pending', 0, raised_at, raised_at
        FROM webhook_endpoints AS endpoint
        WHERE endpoint.organization_id = organization AND endpoint.enabled AND endpoint.event_types && ARRAY[type, '*']
        ORDER BY endpoint.id
        ON CONFLICT (id) DO NOTHING
        RETURNING 1)
    SELECT count(*) FROM stored
$$;
COMMENT ON FUNCTION raise_webhook_message(text, text, text, text, jsonb, timestamptz) IS 'Stores a message for every enabled endpoint of the organization that wants its type, in the caller''s transaction. The same organization, type and cause again store nothing. tenant may be null. Answers how many rows were stored.';

CREATE FUNCTION raise_webhook_message_at_urls(
    organization text, tenant text, type text, cause text, data jsonb, urls text[],
    raised_at timestamptz DEFAULT clock_timestamp())
    RETURNS bigint LANGUAGE sql AS $$
    WITH stored AS (
        INSERT INTO webhook_deliveries
            (id, message_id, organization_id, tenant_id, url, credential_type, message_type, data, status, attempts, due_at,
             created_at)
        SELECT webhook_message_id(organization, type, cause, target), webhook_message_id(organization, type, cause),
               organization, tenant, target, 'webhook_secret', type, data, 'pending', 0, raised_at, raised_at
        FROM (SELECT DISTINCT target FROM unnest(urls) AS target WHERE char_length(target) BETWEEN 1 AND 2000 ORDER BY target) AS targets
        ON CONFLICT (id) DO NOTHING
        RETURNING 1)
    SELECT count(*) FROM stored
$$;
COMMENT ON FUNCTION raise_webhook_message_at_urls(text, text, text, text, jsonb, text[], timestamptz) IS 'As raise_webhook_message, for bare URLs instead of endpoints, signed with the organization''s webhook_secret credential.';

CREATE FUNCTION raise_webhook_test(
    organization text, endpoint text, cause text, data jsonb, raised_at timestamptz DEFAULT clock_timestamp())
    RETURNS text LANGUAGE sql AS $$
    INSERT INTO webhook_deliveries
        (id, message_id, organization_id, endpoint_id, message_type, data, status, attempts, due_at, created_at)
    VALUES
        (webhook_message_id(organization, 'webhook.test', cause, endpoint),
         webhook_message_id(organization, 'webhook.test', cause),
         organization, endpoint, 'webhook.test', data, 'pending', 0, raised_at, raised_at)
    RETURNING id
$$;
COMMENT ON FUNCTION raise_webhook_test(text, text, text, jsonb, timestamptz) IS 'Stores a webhook.test message for one endpoint, whatever types it wants; answers the delivery''s id.';
