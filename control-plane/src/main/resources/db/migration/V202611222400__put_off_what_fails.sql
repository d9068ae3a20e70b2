ALTER TABLE stripe_cycles ADD COLUMN failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0);
COMMENT ON COLUMN stripe_cycles.failures IS 'How often in succession its use could not be measured: each time it waits longer for the next, and the others do not wait with it.';

ALTER TABLE stripe_overages ADD COLUMN failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0);
COMMENT ON COLUMN stripe_overages.failures IS 'How often in succession a look failed: each time it waits longer for the next, and the others do not wait with it.';
