-- Equality beside overlap in one exclusion constraint.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE price_models (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    event_type      text COLLATE "C" NOT NULL CHECK (char_length(event_type) BETWEEN 1 AND 100),
    model           text NOT NULL CHECK (model IN ('graduated', 'volume', 'package', 'per_unit', 'flat', 'percentage')),
    plan_id         text COLLATE "C",
    tenant_id       text COLLATE "C" CHECK (char_length(tenant_id) BETWEEN 1 AND 100),
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    unit_price      numeric(26, 12) CHECK (unit_price >= 0),
    package_size    numeric(26, 12) CHECK (package_size > 0),
    package_price   numeric(26, 12) CHECK (package_price >= 0),
    percentage      numeric(26, 12) CHECK (percentage >= 0),
    flat_fee        numeric(26, 12) NOT NULL CHECK (flat_fee >= 0),
    included_units  numeric(26, 12) NOT NULL CHECK (included_units >= 0),
    minimum_charge  numeric(26, 12) CHECK (minimum_charge >= 0),
    maximum_charge  numeric(26, 12) CHECK (maximum_charge >= minimum_charge AND maximum_charge >= 0),
    effective_from  timestamptz NOT NULL,
    effective_to    timestamptz CHECK (effective_to > effective_from),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CHECK (plan_id IS NULL OR tenant_id IS NULL),
    CHECK ((model = 'per_unit') = (unit_price IS NOT NULL)),
    CHECK ((model = 'package') = (package_size IS NOT NULL AND package_price IS NOT NULL)),
    CHECK ((model = 'percentage') = (percentage IS NOT NULL)),
    CONSTRAINT price_models_one_at_a_time EXCLUDE USING gist (
        organization_id WITH =, event_type WITH =, coalesce(plan_id, '') WITH =, coalesce(tenant_id, '') WITH =,
        tstzrange(effective_from, effective_to) WITH &&)
);
CREATE INDEX price_models_listed ON price_models (organization_id, created_at DESC, id DESC);
COMMENT ON TABLE price_models IS 'What units of a meter cost, for whom and for events of which time.';
COMMENT ON COLUMN price_models.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN price_models.organization_id IS 'The organization whose price it is.';
COMMENT ON COLUMN price_models.event_type IS 'The meter that it prices.';
COMMENT ON COLUMN price_models.model IS 'graduated, volume, package, per_unit, flat or percentage.';
COMMENT ON COLUMN price_models.plan_id IS 'The plan whose tenants it is for. No foreign key: a price outlives its plan, for the invoices it explains.';
COMMENT ON COLUMN price_models.tenant_id IS 'The one tenant it is for; null with a null plan means every tenant.';
COMMENT ON COLUMN price_models.currency IS 'ISO 4217.';
COMMENT ON COLUMN price_models.unit_price IS 'Of per_unit: price of a unit.';
COMMENT ON COLUMN price_models.package_size IS 'Of package: units in one.';
COMMENT ON COLUMN price_models.package_price IS 'Of package: price of one, begun ones included.';
COMMENT ON COLUMN price_models.percentage IS 'Of percentage: 2.9 for 2.9 % of the quantity, which is money.';
COMMENT ON COLUMN price_models.flat_fee IS 'Once a period in which anything is used; of flat always.';
COMMENT ON COLUMN price_models.included_units IS 'Units that cost nothing at the start of a period.';
COMMENT ON COLUMN price_models.minimum_charge IS 'What a period costs at least.';
COMMENT ON COLUMN price_models.maximum_charge IS 'What a period costs at most.';
COMMENT ON COLUMN price_models.effective_from IS 'Event time from which on it is in force, inclusive.';
COMMENT ON COLUMN price_models.effective_to IS 'Event time until which it is in force, exclusive; null while none takes its place.';
COMMENT ON COLUMN price_models.created_at IS 'When it was made.';
COMMENT ON COLUMN price_models.updated_at IS 'When it was last changed.';

CREATE TABLE price_tiers (
    model_id     text COLLATE "C" NOT NULL REFERENCES price_models (id) ON DELETE CASCADE,
    tier_level   integer NOT NULL CHECK (tier_level BETWEEN 1 AND 100),
    min_quantity numeric(26, 12) NOT NULL CHECK (min_quantity >= 0),
    max_quantity numeric(26, 12) CHECK (max_quantity > min_quantity),
    unit_price   numeric(26, 12) NOT NULL CHECK (unit_price >= 0),
    flat_fee     numeric(26, 12) NOT NULL CHECK (flat_fee >= 0),
    PRIMARY KEY (model_id, tier_level)
);
COMMENT ON TABLE price_tiers IS 'Tiers of graduated and volume prices, without gap from 0 to no end.';
COMMENT ON COLUMN price_tiers.model_id IS 'The price model.';
COMMENT ON COLUMN price_tiers.tier_level IS 'From 1 upward.';
COMMENT ON COLUMN price_tiers.min_quantity IS 'Position where the tier starts, inclusive.';
COMMENT ON COLUMN price_tiers.max_quantity IS 'Position where it ends, exclusive; null for the last.';
COMMENT ON COLUMN price_tiers.unit_price IS 'Price of a unit in it.';
COMMENT ON COLUMN price_tiers.flat_fee IS 'Once a period in which it is entered.';
