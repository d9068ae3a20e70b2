CREATE TABLE invoiced_prices (
    organization_id text COLLATE "C" NOT NULL,
    event_type      text COLLATE "C" NOT NULL,
    until           timestamptz NOT NULL,
    PRIMARY KEY (organization_id, event_type)
);
COMMENT ON TABLE invoiced_prices IS 'Up to when the prices of a meter are on finalized invoices and must stay as they are: a late event of that time is billed by them.';
COMMENT ON COLUMN invoiced_prices.organization_id IS 'Whose prices.';
COMMENT ON COLUMN invoiced_prices.event_type IS 'The meter.';
COMMENT ON COLUMN invoiced_prices.until IS 'Event times before it are invoiced.';

CREATE FUNCTION hold_prices(organization text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock_shared(hashtextextended('prices/' || organization, 0))
$$;
COMMENT ON FUNCTION hold_prices IS 'Keeps the prices of the organization as they are until the calling transaction ends. For whoever rates; any number at once.';

CREATE FUNCTION change_prices(organization text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('prices/' || organization, 0))
$$;
COMMENT ON FUNCTION change_prices IS 'Waits until nobody rates by the prices of the organization, and keeps everybody from it until the calling transaction ends. For whoever changes them.';

CREATE FUNCTION note_invoiced_price(organization text, meter text, invoiced_until timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO invoiced_prices AS p (organization_id, event_type, until) VALUES (organization, meter, invoiced_until)
    ON CONFLICT (organization_id, event_type) DO UPDATE SET until = greatest(p.until, excluded.until)
$$;
COMMENT ON FUNCTION note_invoiced_price IS 'Says that the prices of a meter are on a finalized invoice up to a time. For whoever finalizes, holding the prices.';

CREATE FUNCTION release_invoiced_price(organization text, meter text, invoiced_until timestamptz) RETURNS void LANGUAGE sql AS $$
    UPDATE invoiced_prices SET until = invoiced_until
    WHERE organization_id = organization AND event_type = meter AND invoiced_until IS NOT NULL;
    DELETE FROM invoiced_prices
    WHERE organization_id = organization AND event_type = meter AND invoiced_until IS NULL
$$;
COMMENT ON FUNCTION release_invoiced_price IS 'Says up to when the prices of a meter are on the finalized invoices that are left; null: on none. For whoever makes one void, holding the prices.';

CREATE FUNCTION record_change(
    change_id uuid, organization text, actor text, change text, resource text, resource_id text, more jsonb,
    request text, at timestamptz)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit_logs
        (id, organization_id, actor_id, action, resource_type, resource_id, details, request_id, created_at)
    VALUES (change_id, organization, actor, change, resource, record_change.resource_id, more, request, at)
$$;
COMMENT ON FUNCTION record_change IS 'Writes an entry of the audit trail in the transaction of the change. For every module.';
