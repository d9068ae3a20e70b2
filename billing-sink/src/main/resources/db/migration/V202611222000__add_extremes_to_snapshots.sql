-- With these, a day of a meter that is counted by its smallest or largest quantity is told without its hours.
ALTER TABLE usage_snapshots ADD COLUMN quantity_min numeric(20, 6), ADD COLUMN quantity_max numeric(20, 6);

COMMENT ON COLUMN usage_snapshots.quantity_min IS 'Smallest quantity of the day; null where it was not noted when the row was written, until the day is made anew.';
COMMENT ON COLUMN usage_snapshots.quantity_max IS 'Largest quantity of the day; null as the smallest.';

CREATE INDEX usage_snapshots_by_date ON usage_snapshots (organization_id, snapshot_date, tenant_id, event_type);

-- Days that were stored before: from the hours that they are the sums of.
UPDATE usage_snapshots s SET quantity_min = h.smallest, quantity_max = h.largest
FROM (SELECT organization_id, substr(subject, 8) AS tenant_id, (window_start AT TIME ZONE 'UTC')::date AS day, meter,
             min(quantity_min) AS smallest, max(quantity_max) AS largest
      FROM counters WHERE window_kind = 'HOUR' AND starts_with(subject, 'tenant:')
      GROUP BY organization_id, subject, (window_start AT TIME ZONE 'UTC')::date, meter) h
WHERE s.organization_id = h.organization_id AND s.tenant_id = h.tenant_id AND s.snapshot_date = h.day
  AND s.event_type = h.meter;
