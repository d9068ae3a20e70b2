CREATE TABLE simulations (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL REFERENCES organizations (id),
    status          text NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    period_from     timestamptz NOT NULL,
    period_to       timestamptz NOT NULL CHECK (period_to > period_from),
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    candidates      jsonb NOT NULL,
    tenant_ids      text[] NOT NULL,
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    held_until      timestamptz CHECK ((held_until IS NOT NULL) = (status = 'running')),
    tenants_done    integer NOT NULL DEFAULT 0 CHECK (tenants_done >= 0),
    error           text CHECK ((error IS NOT NULL) = (status = 'failed')),
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed')))
);
-- One at a time per organization, whatever workers believe.
CREATE UNIQUE INDEX simulations_running ON simulations (organization_id) WHERE status = 'running';
CREATE INDEX simulations_open ON simulations (created_at, id) WHERE status IN ('pending', 'running');
CREATE INDEX simulations_finished ON simulations (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX simulations_of_organization ON simulations (organization_id, status);
COMMENT ON TABLE simulations IS 'Questions what a past period would have cost under other prices, and how far their answers are.';
COMMENT ON COLUMN simulations.id IS 'sim_ and 26 base32 digits.';
COMMENT ON COLUMN simulations.organization_id IS 'The organization that asks.';
COMMENT ON COLUMN simulations.status IS 'pending, running, completed or failed.';
COMMENT ON COLUMN simulations.period_from IS 'First instant of the period.';
COMMENT ON COLUMN simulations.period_to IS 'End of the period, exclusive.';
COMMENT ON COLUMN simulations.currency IS 'ISO 4217: what all totals are in.';
COMMENT ON COLUMN simulations.candidates IS 'List of {name, prices}, prices with the columns of price_models and price_tiers.';
COMMENT ON COLUMN simulations.tenant_ids IS 'Only these tenants; empty: whoever used something that is priced.';
COMMENT ON COLUMN simulations.attempts IS 'How often a worker has taken it up.';
COMMENT ON COLUMN simulations.held_until IS 'While running: until when its worker holds it unless it says that it still lives. Tells holds apart.';
COMMENT ON COLUMN simulations.tenants_done IS 'How many tenants are priced.';
COMMENT ON COLUMN simulations.error IS 'Why it failed, a sentence for whoever asked.';
COMMENT ON COLUMN simulations.created_at IS 'When it was asked for.';
COMMENT ON COLUMN simulations.finished_at IS 'When it was completed or failed.';

CREATE TABLE simulation_totals (
    simulation_id   text COLLATE "C" NOT NULL REFERENCES simulations (id) ON DELETE CASCADE,
    candidate       integer NOT NULL CHECK (candidate >= 0),
    tenant_id       text COLLATE "C" NOT NULL,
    current_total   numeric(38, 6) NOT NULL,
    candidate_total numeric(38, 6) NOT NULL,
    PRIMARY KEY (simulation_id, tenant_id, candidate)
);
COMMENT ON TABLE simulation_totals IS 'Answers of completed simulations: what each tenant paid and would have paid, without tax.';
COMMENT ON COLUMN simulation_totals.simulation_id IS 'The simulation.';
COMMENT ON COLUMN simulation_totals.candidate IS 'Place of the candidate in the list of the simulation, from 0.';
COMMENT ON COLUMN simulation_totals.tenant_id IS 'The tenant.';
COMMENT ON COLUMN simulation_totals.current_total IS 'Under the prices in force when it was simulated.';
COMMENT ON COLUMN simulation_totals.candidate_total IS 'Under those of the candidate.';
