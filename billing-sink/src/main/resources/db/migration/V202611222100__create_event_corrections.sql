CREATE TABLE event_corrections (
    id              uuid NOT NULL PRIMARY KEY,
    event_id        text COLLATE "C" NOT NULL UNIQUE,
    organization_id text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C",
    meter           text COLLATE "C" NOT NULL,
    quantity        numeric(20, 6) NOT NULL,
    occurred_at     timestamptz NOT NULL,
    kind            text COLLATE "C" NOT NULL CHECK (kind IN ('VOID', 'AMEND')),
    replacement_id  text COLLATE "C",
    reason          text NOT NULL,
    actor           text COLLATE "C" NOT NULL,
    request_id      text,
    fingerprint     bytea NOT NULL,
    received_at     timestamptz NOT NULL,
    log_partition   integer NOT NULL,
    log_offset      bigint NOT NULL,
    CHECK ((kind = 'AMEND') = (replacement_id IS NOT NULL))
);

CREATE UNIQUE INDEX event_corrections_by_replacement ON event_corrections (replacement_id);
CREATE INDEX event_corrections_by_meter ON event_corrections (organization_id, subject, meter, occurred_at);
CREATE INDEX event_corrections_by_place ON event_corrections (log_partition, log_offset);

COMMENT ON TABLE event_corrections IS 'Events that were counted and count no longer, one row per event, from event-corrections. The status of the event in usage_events changes in the same transaction. Rows are added, never changed.';
COMMENT ON COLUMN event_corrections.id IS 'Id of the command that took effect, a UUID; also that of its entry in audit_logs.';
COMMENT ON COLUMN event_corrections.event_id IS 'The event.';
COMMENT ON COLUMN event_corrections.organization_id IS 'The organization that reported it.';
COMMENT ON COLUMN event_corrections.subject IS 'What the usage was attributed to: tenant:<id>, organization, or site:<id>.';
COMMENT ON COLUMN event_corrections.tenant_id IS 'The tenant, where the subject is one; else null.';
COMMENT ON COLUMN event_corrections.meter IS 'What it was counted as.';
COMMENT ON COLUMN event_corrections.quantity IS 'How much was taken out, in the meter''s unit.';
COMMENT ON COLUMN event_corrections.occurred_at IS 'Event time of the event: decided the windows that it was taken out of.';
COMMENT ON COLUMN event_corrections.kind IS 'VOID: it was taken out. AMEND: it was taken out and replaced.';
COMMENT ON COLUMN event_corrections.replacement_id IS 'The event that counts in its place; null for VOID.';
COMMENT ON COLUMN event_corrections.reason IS 'Why, in the words of who asked.';
COMMENT ON COLUMN event_corrections.actor IS 'Who asked: user:<id>, or key:<id> of the key that was used.';
COMMENT ON COLUMN event_corrections.request_id IS 'Id of the request.';
COMMENT ON COLUMN event_corrections.fingerprint IS 'SHA-256 of kind, reason and replacement: the same request sent again has the same.';
COMMENT ON COLUMN event_corrections.received_at IS 'When the request was taken.';
COMMENT ON COLUMN event_corrections.log_partition IS 'Partition of usage-events that holds the command, and the event.';
COMMENT ON COLUMN event_corrections.log_offset IS 'Offset of the command in that partition: what was read up to an offset before it counts the event.';

COMMENT ON COLUMN usage_events.status IS 'ACCEPTED while the event counts, then VOIDED or AMENDED: see event_corrections.';
