CREATE TABLE outbox (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic            text NOT NULL,
    record_key       text NOT NULL,
    payload          jsonb,
    created_at       timestamptz NOT NULL,
    published_at     timestamptz,
    published_offset bigint,
    CHECK ((published_at IS NULL) = (published_offset IS NULL))
);

CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

COMMENT ON TABLE outbox IS 'Changes of definitions on their way to the log. A row is written in the transaction that makes the change and is published at least once, in order of id for each record key.';
COMMENT ON COLUMN outbox.id IS 'Order of the changes. Changes of one record key exclude each other by row locks, so their ids are in the order of their commits.';
COMMENT ON COLUMN outbox.topic IS 'Full name of the compacted topic that carries the definition; it has one partition.';
COMMENT ON COLUMN outbox.record_key IS 'Key of the record.';
COMMENT ON COLUMN outbox.payload IS 'The definition as JSON; null means it is gone, and a tombstone is published.';
COMMENT ON COLUMN outbox.created_at IS 'When the change was made.';
COMMENT ON COLUMN outbox.published_at IS 'When the broker acknowledged the record; null while it has not.';
COMMENT ON COLUMN outbox.published_offset IS 'Offset of the record in the topic; null while it is not published.';
