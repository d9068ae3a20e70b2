ALTER TABLE outbox ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX outbox_transaction ON outbox (transaction_id) WHERE published_at IS NULL;
COMMENT ON COLUMN outbox.transaction_id IS 'The transaction that made the change, so that its author can wait for all of its rows.';
COMMENT ON COLUMN outbox.payload IS 'The changed row as JSON; null means it is gone, and a tombstone is published.';

CREATE FUNCTION definition_key(changed jsonb, arguments text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    record_key text := '';
    part text;
BEGIN
    -- Arguments of triggers count from 0; the first is the topic.
    FOR i IN 1 .. array_upper(arguments, 1) LOOP
        part := changed ->> arguments[i];
        -- Two parts cannot be confused: the first is an organization's id. Of more, no two keys may look alike.
        IF array_upper(arguments, 1) > 2 THEN
            part := replace(replace(part, '%', '%25'), '/', '%2F');
        END IF;
        record_key := record_key || CASE WHEN i > 1 THEN '/' ELSE '' END || part;
    END LOOP;
    RETURN record_key;
END
$$;
COMMENT ON FUNCTION definition_key(jsonb, text[]) IS 'Key of the record that carries a row: the columns named by the arguments after the first, joined by slashes.';

CREATE FUNCTION publish_definition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    topic text := 'tollgate.' || TG_ARGV[0];
    changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    record_key text := definition_key(changed, TG_ARGV);
    old_key text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        old_key := definition_key(to_jsonb(OLD), TG_ARGV);
        IF old_key <> record_key THEN
            INSERT INTO outbox (topic, record_key, payload, created_at)
            VALUES (topic, old_key, NULL, clock_timestamp());
        END IF;
    END IF;
    INSERT INTO outbox (topic, record_key, payload, created_at)
    VALUES (topic, record_key, CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE changed END, clock_timestamp());
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION publish_definition() IS 'Puts the changed row of a definition table into the outbox. Arguments: the topic without prefix, then the columns that make the record key, joined by slashes, with % and / in the parts of longer keys written as %25 and %2F. So a change made by hand takes effect like one made through the API.';

ALTER TABLE organizations
    ADD COLUMN slug                      text COLLATE "C",
    ADD COLUMN updated_at                timestamptz,
    ADD COLUMN tax_rate                  numeric(9, 6) NOT NULL DEFAULT 0 CHECK (tax_rate BETWEEN 0 AND 1),
    ADD COLUMN payment_terms_days        integer NOT NULL DEFAULT 30 CHECK (payment_terms_days BETWEEN 0 AND 366),
    ADD COLUMN auto_invoice              text NOT NULL DEFAULT 'off' CHECK (auto_invoice IN ('off', 'draft', 'finalize')),
    ADD COLUMN adjustment_mode           text NOT NULL DEFAULT 'next_invoice' CHECK (adjustment_mode IN ('next_invoice', 'credit_note')),
    ADD COLUMN expired_without_free_plan text NOT NULL DEFAULT 'keep' CHECK (expired_without_free_plan IN ('keep', 'deny')),
    ADD COLUMN deletion_scheduled_for    timestamptz,
    ADD COLUMN stripe_customer_id        text COLLATE "C",
    ADD COLUMN stripe_subscription_id    text COLLATE "C",
    ADD COLUMN stripe_price_id           text COLLATE "C",
    ADD COLUMN subscription_ends_at      timestamptz,
    ADD COLUMN current_period_end        timestamptz,
    ADD COLUMN subscription_override_expires_at timestamptz,
    ADD COLUMN last_provider_event_at    timestamptz;
CREATE UNIQUE INDEX organizations_slug ON organizations (slug) WHERE slug IS NOT NULL;
CREATE UNIQUE INDEX organizations_stripe_customer ON organizations (stripe_customer_id) WHERE stripe_customer_id IS NOT NULL;
COMMENT ON COLUMN organizations.slug IS 'Short name for invoice numbers and links, unique, lower case; null until one is given.';
COMMENT ON COLUMN organizations.updated_at IS 'When it was last changed; null while it never was.';
COMMENT ON COLUMN organizations.tax_rate IS 'Share that is added to invoices as tax, 0 to 1.';
COMMENT ON COLUMN organizations.payment_terms_days IS 'Days from the end of a period until its invoice is due.';
COMMENT ON COLUMN organizations.auto_invoice IS 'Whether invoices are made by themselves when a period ends: off, draft or finalize.';
COMMENT ON COLUMN organizations.adjustment_mode IS 'Where corrections of finalized periods go: next_invoice or credit_note.';
COMMENT ON COLUMN organizations.expired_without_free_plan IS 'What proxy and check do with a tenant whose subscription has ended when there is no free plan: keep its limits, or deny.';
COMMENT ON COLUMN organizations.deletion_scheduled_for IS 'When a deleted organization is erased; null while it exists.';
COMMENT ON COLUMN organizations.stripe_customer_id IS 'The organization as a customer of the operator at Stripe.';
COMMENT ON COLUMN organizations.stripe_subscription_id IS 'Its subscription of the operator''s product at Stripe.';
COMMENT ON COLUMN organizations.stripe_price_id IS 'The price of that subscription.';
COMMENT ON COLUMN organizations.subscription_ends_at IS 'When that subscription ends; null while it goes on.';
COMMENT ON COLUMN organizations.current_period_end IS 'End of the paid period as Stripe told it.';
COMMENT ON COLUMN organizations.subscription_override_expires_at IS 'Until when an operator''s override of the subscription holds; null for none.';
COMMENT ON COLUMN organizations.last_provider_event_at IS 'Time of the newest provider event that was applied; older ones do not overwrite it.';

CREATE TRIGGER organizations_published AFTER INSERT OR DELETE
    OR UPDATE OF name, time_zone, expired_without_free_plan, deleted_at ON organizations
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.organizations', 'id');

ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_kind_check,
    DROP CONSTRAINT api_keys_key_type_check,
    DROP CONSTRAINT api_keys_key_name_check,
    ADD COLUMN tenant_id     text COLLATE "C",
    ADD COLUMN permissions   text[] NOT NULL DEFAULT '{}',
    ADD COLUMN expires_at    timestamptz,
    ADD COLUMN allowed_cidrs text[] NOT NULL DEFAULT '{}',
    ADD COLUMN replaced_by   text COLLATE "C",
    ADD CHECK (kind IN ('organization', 'tenant', 'scoped')),
    ADD CHECK (key_type IN ('business', 'customer_api', 'scoped')),
    ADD CHECK (char_length(key_name) BETWEEN 1 AND 100),
    ADD CHECK ((kind = 'tenant') = (tenant_id IS NOT NULL));
DROP INDEX api_keys_active_name;
CREATE UNIQUE INDEX api_keys_active_name ON api_keys (organization_id, kind, tenant_id, key_type, key_name)
    NULLS NOT DISTINCT WHERE revoked_at IS NULL AND kind <> 'scoped';
CREATE INDEX api_keys_of_tenant ON api_keys (organization_id, tenant_id) WHERE tenant_id IS NOT NULL;
COMMENT ON COLUMN api_keys.kind IS 'What kind of principal the key makes: organization, tenant or scoped.';
COMMENT ON COLUMN api_keys.key_type IS 'Type in the wire words of the business dialect: business or customer_api; scoped for scoped keys.';
COMMENT ON COLUMN api_keys.tenant_id IS 'The tenant the key belongs to; for tenant keys only.';
COMMENT ON COLUMN api_keys.permissions IS 'What a scoped key may do, in wire words; empty for other kinds.';
COMMENT ON COLUMN api_keys.expires_at IS 'From then on the key is refused; null means it does not expire.';
COMMENT ON COLUMN api_keys.allowed_cidrs IS 'Networks that requests with a scoped key may come from; empty means any.';
COMMENT ON COLUMN api_keys.replaced_by IS 'The key that rotation made in its place; null while it was not rotated.';

CREATE TRIGGER api_keys_published AFTER INSERT OR DELETE
    OR UPDATE OF key_name, permissions, expires_at, allowed_cidrs, revoked_at ON api_keys
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.keys', 'key_hash');

ALTER TABLE tenants
    ADD COLUMN origin                 text NOT NULL DEFAULT 'event' CHECK (origin IN ('event', 'api')),
    ADD COLUMN email                  text,
    ADD COLUMN description            text,
    ADD COLUMN metadata               jsonb,
    ADD COLUMN plan_ref               text COLLATE "C" CHECK (char_length(plan_ref) BETWEEN 1 AND 100),
    ADD COLUMN stripe_price_id        text COLLATE "C",
    ADD COLUMN stripe_customer_id     text COLLATE "C",
    ADD COLUMN stripe_subscription_id text COLLATE "C",
    ADD COLUMN subscription_status    text,
    ADD COLUMN subscription_ends_at   timestamptz,
    ADD COLUMN cycle_end              timestamptz,
    ADD COLUMN last_invoice_date      timestamptz,
    ADD COLUMN last_provider_event_at timestamptz,
    ADD COLUMN subscription_override_expires_at timestamptz,
    ADD COLUMN user_id                text COLLATE "C",
    ADD COLUMN machine_ids            text[] NOT NULL DEFAULT '{}',
    ADD COLUMN updated_at             timestamptz,
    ADD COLUMN deleted_at             timestamptz;
CREATE INDEX tenants_newest_first ON tenants (organization_id, created_at DESC, tenant_id DESC);
CREATE INDEX tenants_stripe_customer ON tenants (stripe_customer_id) WHERE stripe_customer_id IS NOT NULL;
COMMENT ON COLUMN tenants.origin IS 'event: made by an event and never changed since, so not published: gateways take an unknown tenant for an active one without a plan. api: made or changed by a management call.';
COMMENT ON COLUMN tenants.email IS 'Address that the organization gave.';
COMMENT ON COLUMN tenants.description IS 'Words that the organization gave.';
COMMENT ON COLUMN tenants.metadata IS 'JSON object that the organization gave.';
COMMENT ON COLUMN tenants.plan_ref IS 'Id or name of the plan as it was given; it need not exist yet. Null means none.';
COMMENT ON COLUMN tenants.stripe_price_id IS 'Price that the tenant pays at Stripe; chooses the plan where plan_ref is null.';
COMMENT ON COLUMN tenants.stripe_customer_id IS 'The tenant as a customer of the organization at Stripe.';
COMMENT ON COLUMN tenants.stripe_subscription_id IS 'Its subscription at Stripe.';
COMMENT ON COLUMN tenants.subscription_status IS 'State of the subscription as Stripe or an operator told it; null while nobody did.';
COMMENT ON COLUMN tenants.subscription_ends_at IS 'From then on the tenant is on the free plan; null means that the subscription does not end.';
COMMENT ON COLUMN tenants.cycle_end IS 'End of the billing cycle as Stripe told it.';
COMMENT ON COLUMN tenants.last_invoice_date IS 'When Stripe last made an invoice for the tenant.';
COMMENT ON COLUMN tenants.last_provider_event_at IS 'Time of the newest provider event that was applied; older ones do not overwrite it.';
COMMENT ON COLUMN tenants.subscription_override_expires_at IS 'Until when an operator''s override of the subscription holds; null for none.';
COMMENT ON COLUMN tenants.user_id IS 'The user who acts for the tenant; null for none.';
COMMENT ON COLUMN tenants.machine_ids IS 'Ids of the machines that run for the tenant.';
COMMENT ON COLUMN tenants.updated_at IS 'When a management call last changed it; null while none did.';
COMMENT ON COLUMN tenants.deleted_at IS 'When it was deleted; null while it is not. It can be restored for 30 days.';

CREATE TRIGGER tenants_created AFTER INSERT ON tenants
    FOR EACH ROW WHEN (NEW.origin <> 'event') EXECUTE FUNCTION publish_definition('definitions.tenants', 'organization_id', 'tenant_id');
CREATE TRIGGER tenants_changed AFTER UPDATE OF status, origin, plan_ref, stripe_price_id, subscription_ends_at, machine_ids, deleted_at ON tenants
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.tenants', 'organization_id', 'tenant_id');
CREATE TRIGGER tenants_erased AFTER DELETE ON tenants
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.tenants', 'organization_id', 'tenant_id');

CREATE TRIGGER quotas_published AFTER INSERT OR UPDATE OR DELETE ON quotas
    FOR EACH ROW EXECUTE FUNCTION publish_definition('definitions.quotas', 'id');
