ALTER TABLE plans
    ADD COLUMN machines integer NOT NULL DEFAULT 0 CHECK (machines BETWEEN 0 AND 100),
    ADD COLUMN docker_image text CHECK (char_length(docker_image) BETWEEN 1 AND 500),
    ADD CONSTRAINT plans_machines CHECK (machines = 0 OR docker_image IS NOT NULL);
COMMENT ON COLUMN plans.machines IS 'Machines that are made for a tenant on the plan with each payment.';
COMMENT ON COLUMN plans.docker_image IS 'What machines of tenants on the plan run; null where the plan does not say.';

CREATE TABLE scale_crossings (
    crossing_key    text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    meter           text COLLATE "C" NOT NULL,
    crossed_at      timestamptz NOT NULL
);
CREATE INDEX scale_crossings_next ON scale_crossings (crossed_at, crossing_key);
COMMENT ON TABLE scale_crossings IS 'Crossings of plan limits whose action is scale, until a machine task is made of them or refused; made by note_scale_crossing in the transaction that consumes the alert. A row goes within a minute while the role control runs.';
COMMENT ON COLUMN scale_crossings.crossing_key IS 'SHA-256 of organization and cause: with it a task is made once, however often the alert comes.';
COMMENT ON COLUMN scale_crossings.organization_id IS 'The organization.';
COMMENT ON COLUMN scale_crossings.tenant_id IS 'The tenant that crossed the limit.';
COMMENT ON COLUMN scale_crossings.meter IS 'What is limited.';
COMMENT ON COLUMN scale_crossings.crossed_at IS 'When it was crossed.';

CREATE FUNCTION note_scale_crossing(
    organization text, tenant text, meter text, cause text, crossed_at timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO scale_crossings (crossing_key, organization_id, tenant_id, meter, crossed_at)
    VALUES (
        encode(sha256(convert_to(to_json(ARRAY[organization, cause])::text, 'UTF8')), 'hex'),
        organization, tenant, meter, crossed_at)
    ON CONFLICT (crossing_key) DO NOTHING
$$;
COMMENT ON FUNCTION note_scale_crossing(text, text, text, text, timestamptz) IS 'Notes, in the caller''s transaction, that a tenant has crossed a limit whose action is scale. The same organization and cause again make no second task.';
