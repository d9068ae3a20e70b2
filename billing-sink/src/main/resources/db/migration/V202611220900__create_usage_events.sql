CREATE TABLE usage_events (
    event_id        text COLLATE "C" NOT NULL,
    occurred_at     timestamptz NOT NULL,
    organization_id text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C",
    meter           text COLLATE "C" NOT NULL,
    quantity        numeric(20, 6) NOT NULL,
    metadata        jsonb,
    idempotency_key text COLLATE "C",
    fingerprint     bytea NOT NULL,
    received_at     timestamptz NOT NULL,
    status          text COLLATE "C" NOT NULL,
    log_partition   integer NOT NULL,
    log_offset      bigint NOT NULL,
    log_index       integer NOT NULL,
    PRIMARY KEY (event_id, occurred_at)
) PARTITION BY RANGE (occurred_at);

CREATE INDEX usage_events_by_meter ON usage_events (organization_id, subject, meter, occurred_at);
CREATE INDEX usage_events_by_time ON usage_events (organization_id, occurred_at, event_id);

-- Months from 2000 to 2100 are made when their first event comes; these two hold the rest of time.
CREATE TABLE usage_events_before_2000 PARTITION OF usage_events FOR VALUES FROM (MINVALUE) TO ('2000-01-01 00:00:00+00');
CREATE TABLE usage_events_after_2100 PARTITION OF usage_events FOR VALUES FROM ('2101-01-01 00:00:00+00') TO (MAXVALUE);

COMMENT ON TABLE usage_events IS 'Events that were counted, one row per event, from accepted-events. Partitioned by month (UTC) of event time.';
COMMENT ON COLUMN usage_events.event_id IS 'evt_ and 26 base32 digits; the same for every repetition of an idempotency key.';
COMMENT ON COLUMN usage_events.occurred_at IS 'Event time: when the use happened; decides the window.';
COMMENT ON COLUMN usage_events.organization_id IS 'The organization that reported the event.';
COMMENT ON COLUMN usage_events.subject IS 'What the usage is attributed to: tenant:<id>, organization, or site:<id>.';
COMMENT ON COLUMN usage_events.tenant_id IS 'The tenant, where the subject is one; else null.';
COMMENT ON COLUMN usage_events.meter IS 'What is counted.';
COMMENT ON COLUMN usage_events.quantity IS 'How much was used, in the meter''s unit.';
COMMENT ON COLUMN usage_events.metadata IS 'JSON object given by the reporter; null means empty. Where PostgreSQL cannot hold it (for example U+0000 in a string), a JSON string with its text.';
COMMENT ON COLUMN usage_events.idempotency_key IS 'Key given by the reporter; null where none was. U+0000 is stored as U+FFFD.';
COMMENT ON COLUMN usage_events.fingerprint IS 'SHA-256 of the canonical payload.';
COMMENT ON COLUMN usage_events.received_at IS 'When a gateway took the request.';
COMMENT ON COLUMN usage_events.status IS 'ACCEPTED while the event counts.';
COMMENT ON COLUMN usage_events.log_partition IS 'Partition of usage-events that holds the event.';
COMMENT ON COLUMN usage_events.log_offset IS 'Offset of its record in that partition.';
COMMENT ON COLUMN usage_events.log_index IS 'Its place in that record, from 0.';

CREATE TABLE rejected_events (
    event_id        text COLLATE "C" NOT NULL,
    rejected_at     timestamptz NOT NULL,
    log_partition   integer NOT NULL,
    log_offset      bigint NOT NULL,
    log_index       integer NOT NULL,
    reason          text COLLATE "C" NOT NULL,
    detail          text NOT NULL,
    organization_id text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    meter           text COLLATE "C" NOT NULL,
    quantity        numeric(20, 6) NOT NULL,
    occurred_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    idempotency_key text COLLATE "C",
    metadata        jsonb,
    PRIMARY KEY (event_id, rejected_at, log_partition, log_offset, log_index)
) PARTITION BY RANGE (rejected_at);

CREATE INDEX rejected_events_by_time ON rejected_events (organization_id, rejected_at, event_id);

CREATE TABLE rejected_events_before_2000 PARTITION OF rejected_events FOR VALUES FROM (MINVALUE) TO ('2000-01-01 00:00:00+00');
CREATE TABLE rejected_events_after_2100 PARTITION OF rejected_events FOR VALUES FROM ('2101-01-01 00:00:00+00') TO (MAXVALUE);

COMMENT ON TABLE rejected_events IS 'Logged events that do not count, with the reason: from rejected-events, and those that the sink itself found stored already. Partitioned by month (UTC) of rejected_at.';
COMMENT ON COLUMN rejected_events.event_id IS 'The event''s id as its record states it; several rejected events may share it.';
COMMENT ON COLUMN rejected_events.rejected_at IS 'When its record was appended to the log; for DUPLICATE_LATE, when the sink found it.';
COMMENT ON COLUMN rejected_events.log_partition IS 'Partition of usage-events that holds the event.';
COMMENT ON COLUMN rejected_events.log_offset IS 'Offset of its record in that partition.';
COMMENT ON COLUMN rejected_events.log_index IS 'Its place in that record, from 0.';
COMMENT ON COLUMN rejected_events.reason IS 'Why it does not count: a word of the contract of rejected-events, or DUPLICATE_LATE.';
COMMENT ON COLUMN rejected_events.detail IS 'One sentence for a person.';
COMMENT ON COLUMN rejected_events.organization_id IS 'The organization that reported the event.';
COMMENT ON COLUMN rejected_events.subject IS 'What the usage would have been attributed to.';
COMMENT ON COLUMN rejected_events.meter IS 'What would have been counted.';
COMMENT ON COLUMN rejected_events.quantity IS 'How much was reported, in the meter''s unit.';
COMMENT ON COLUMN rejected_events.occurred_at IS 'Event time.';
COMMENT ON COLUMN rejected_events.received_at IS 'When a gateway took the request.';
COMMENT ON COLUMN rejected_events.idempotency_key IS 'Key given by the reporter; null where none was. U+0000 is stored as U+FFFD.';
COMMENT ON COLUMN rejected_events.metadata IS 'As in usage_events.';
