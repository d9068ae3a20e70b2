CREATE TABLE sink_offsets (
    topic       text COLLATE "C" NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

COMMENT ON TABLE sink_offsets IS 'How far each partition of a consumed topic is stored. Moved in the transaction that stores the rows, and only from the value that the writer knows, so two writers of one partition cannot both succeed.';
COMMENT ON COLUMN sink_offsets.topic IS 'Full name of the consumed topic.';
COMMENT ON COLUMN sink_offsets.partition IS 'Its partition.';
COMMENT ON COLUMN sink_offsets.next_offset IS 'Everything before this offset is stored.';
