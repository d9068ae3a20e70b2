CREATE TABLE organizations (
    id                  text COLLATE "C" NOT NULL PRIMARY KEY,
    name                text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    email               text NOT NULL,
    time_zone           text NOT NULL,
    currency            text NOT NULL,
    mode                text NOT NULL CHECK (mode IN ('live', 'test')),
    plan_type           text NOT NULL,
    subscription_status text NOT NULL,
    created_at          timestamptz NOT NULL,
    deleted_at          timestamptz
);

COMMENT ON TABLE organizations IS 'Who holds an account: owner of keys, tenants, meters and usage.';
COMMENT ON COLUMN organizations.id IS 'biz_ and a UUID, made by the server.';
COMMENT ON COLUMN organizations.name IS 'Display name, 1 to 200 characters.';
COMMENT ON COLUMN organizations.email IS 'Address of the people responsible for the account; not verified.';
COMMENT ON COLUMN organizations.time_zone IS 'IANA zone in which the organization''s days and months are counted.';
COMMENT ON COLUMN organizations.currency IS 'ISO 4217 code in which the organization bills its tenants.';
COMMENT ON COLUMN organizations.mode IS 'live, or test for an organization that is tried out and never billed.';
COMMENT ON COLUMN organizations.plan_type IS 'Edition that the organization has bought from the operator; free at first.';
COMMENT ON COLUMN organizations.subscription_status IS 'State of that purchase; free at first.';
COMMENT ON COLUMN organizations.created_at IS 'When the organization was made.';
COMMENT ON COLUMN organizations.deleted_at IS 'When it was deleted; null while it exists. Its keys stop with it.';

CREATE TABLE tenants (
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    name            text NOT NULL,
    status          text NOT NULL CHECK (status IN ('ACTIVE', 'SUSPENDED', 'DELETED')),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, tenant_id)
) PARTITION BY HASH (organization_id);

-- No foreign key to organizations: a tenant comes into being with its first event, on a path that must not wait for,
-- lock or fail on another table.
CREATE TABLE tenants_0 PARTITION OF tenants FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE tenants_1 PARTITION OF tenants FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE tenants_2 PARTITION OF tenants FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE tenants_3 PARTITION OF tenants FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE tenants_4 PARTITION OF tenants FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE tenants_5 PARTITION OF tenants FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE tenants_6 PARTITION OF tenants FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE tenants_7 PARTITION OF tenants FOR VALUES WITH (MODULUS 8, REMAINDER 7);

COMMENT ON TABLE tenants IS 'Customers of organizations. A row is made with the first event of a tenant, by the sink, in the transaction that stores that event.';
COMMENT ON COLUMN tenants.organization_id IS 'The organization whose customer it is.';
COMMENT ON COLUMN tenants.tenant_id IS 'Id given by the organization, unique within it, compared exactly.';
COMMENT ON COLUMN tenants.name IS 'Display name; the id until somebody names it.';
COMMENT ON COLUMN tenants.status IS 'ACTIVE, SUSPENDED or DELETED; ACTIVE when made by an event.';
COMMENT ON COLUMN tenants.created_at IS 'When it was made; for a tenant made by an event, when that event arrived.';
