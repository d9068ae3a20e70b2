CREATE TABLE invoice_sequences (
    organization_id text COLLATE "C" NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('INVOICE', 'CREDIT_NOTE')),
    last_number     bigint NOT NULL CHECK (last_number >= 0),
    PRIMARY KEY (organization_id, kind)
);
COMMENT ON TABLE invoice_sequences IS 'Last number given, per organization and kind. Its row is locked by the transaction that gives the next one, so numbers have no gap.';
COMMENT ON COLUMN invoice_sequences.organization_id IS 'The organization that numbers.';
COMMENT ON COLUMN invoice_sequences.kind IS 'What is numbered: INVOICE or CREDIT_NOTE.';
COMMENT ON COLUMN invoice_sequences.last_number IS 'The number given last; 0 before the first.';

CREATE TABLE invoices (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    tenant_name     text NOT NULL,
    tenant_email    text,
    organization_name text NOT NULL,
    plan_id         text COLLATE "C",
    invoice_number  text COLLATE "C" NOT NULL,
    period_start    timestamptz NOT NULL,
    period_end      timestamptz NOT NULL CHECK (period_end > period_start),
    status          text NOT NULL CHECK (status IN ('DRAFT', 'PENDING', 'OVERDUE', 'PAID', 'CANCELLED')),
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    subtotal        numeric(38, 4) NOT NULL,
    tax_rate        numeric(9, 6) NOT NULL CHECK (tax_rate BETWEEN 0 AND 1),
    tax             numeric(38, 4) NOT NULL,
    total           numeric(38, 4) NOT NULL CHECK (total >= 0),
    credit          numeric(38, 4) NOT NULL CHECK (credit >= 0),
    credit_applied  numeric(38, 4) NOT NULL DEFAULT 0 CHECK (credit_applied BETWEEN 0 AND total),
    due_date        timestamptz,
    finalized_at    timestamptz,
    paid_at         timestamptz,
    payment_method  text CHECK (payment_method IN ('manual', 'stripe')),
    payment_reference text,
    voided_at       timestamptz,
    void_reason     text,
    proof_root      text COLLATE "C" CHECK (proof_root ~ '^[0-9a-f]{64}$'),
    leaf_count      bigint CHECK (leaf_count >= 0),
    statement       jsonb,
    events_erased_at timestamptz,
    metadata        jsonb NOT NULL DEFAULT '{}',
    log_before      bigint NOT NULL CHECK (log_before >= 0),
    calculated_at   timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT invoices_number UNIQUE (organization_id, invoice_number),
    CONSTRAINT invoices_one_per_period EXCLUDE USING gist (
        organization_id WITH =, tenant_id WITH =, tstzrange(period_start, period_end) WITH &&)
        WHERE (status <> 'CANCELLED'),
    CHECK ((status IN ('PENDING', 'OVERDUE', 'PAID')) <= (finalized_at IS NOT NULL AND proof_root IS NOT NULL)),
    CHECK ((status = 'PAID') = (paid_at IS NOT NULL)),
    CHECK ((status = 'CANCELLED') = (voided_at IS NOT NULL))
);
CREATE INDEX invoices_listed ON invoices (organization_id, created_at DESC, id DESC);
CREATE INDEX invoices_of_tenant ON invoices (organization_id, tenant_id, period_start);
CREATE INDEX invoices_due ON invoices (due_date) WHERE status = 'PENDING';
COMMENT ON TABLE invoices IS 'What tenants are billed. Never deleted.';
COMMENT ON COLUMN invoices.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN invoices.organization_id IS 'Who bills.';
COMMENT ON COLUMN invoices.tenant_id IS 'Who is billed.';
COMMENT ON COLUMN invoices.tenant_name IS 'The tenant''s name when the invoice was last calculated.';
COMMENT ON COLUMN invoices.tenant_email IS 'Where the tenant gets mail, likewise; null if nowhere.';
COMMENT ON COLUMN invoices.organization_name IS 'The organization''s name, likewise.';
COMMENT ON COLUMN invoices.plan_id IS 'The plan by whose prices it was last calculated; null if the tenant was on none. Adjustments of it go by this one.';
COMMENT ON COLUMN invoices.invoice_number IS 'INV-<name of the organization>-<six digits>, from 1 without gap; given with the draft and never again.';
COMMENT ON COLUMN invoices.period_start IS 'Event time from which on it bills, inclusive.';
COMMENT ON COLUMN invoices.period_end IS 'Event time until which it bills, exclusive.';
COMMENT ON COLUMN invoices.status IS 'DRAFT, PENDING (finalized, not paid), OVERDUE, PAID or CANCELLED (void).';
COMMENT ON COLUMN invoices.currency IS 'ISO 4217; of all its lines.';
COMMENT ON COLUMN invoices.subtotal IS 'Sum of its lines, each rounded to the minor unit; may be negative.';
COMMENT ON COLUMN invoices.tax_rate IS 'Share of the subtotal that is tax, as the organization had set it.';
COMMENT ON COLUMN invoices.tax IS 'Tax of the subtotal, rounded once.';
COMMENT ON COLUMN invoices.total IS 'What is to be paid before credit.';
COMMENT ON COLUMN invoices.credit IS 'What is left to the tenant where the lines come to less than nothing.';
COMMENT ON COLUMN invoices.credit_applied IS 'Part of the total that earlier credit pays, from finalization on.';
COMMENT ON COLUMN invoices.due_date IS 'When it is to be paid; null for a draft.';
COMMENT ON COLUMN invoices.finalized_at IS 'When it was frozen.';
COMMENT ON COLUMN invoices.paid_at IS 'When it was paid.';
COMMENT ON COLUMN invoices.payment_method IS 'manual or stripe.';
COMMENT ON COLUMN invoices.payment_reference IS 'What the payer or the provider calls the payment.';
COMMENT ON COLUMN invoices.voided_at IS 'When it was made void.';
COMMENT ON COLUMN invoices.void_reason IS 'Why, as given.';
COMMENT ON COLUMN invoices.proof_root IS 'Root of the Merkle tree over the events it bills, in hexadecimal.';
COMMENT ON COLUMN invoices.leaf_count IS 'Number of these events.';
COMMENT ON COLUMN invoices.statement IS 'Conservation statement: what became of every logged event of tenant and period.';
COMMENT ON COLUMN invoices.events_erased_at IS 'When its events were erased with their tenant: from then on it is neither adjusted nor audited; null while they are there.';
COMMENT ON COLUMN invoices.metadata IS 'JSON object as it was given.';
COMMENT ON COLUMN invoices.log_before IS 'Offset of the tenant''s partition of usage-events before which everything was taken in by the last calculation: events, and what takes events out.';
COMMENT ON COLUMN invoices.calculated_at IS 'When its lines were last calculated, by the database''s clock: events that it does not cover were received later, or about then.';
COMMENT ON COLUMN invoices.created_at IS 'When the draft was made.';
COMMENT ON COLUMN invoices.updated_at IS 'When it was last changed.';

CREATE TABLE invoice_lines (
    invoice_id      text COLLATE "C" NOT NULL REFERENCES invoices (id),
    line            integer NOT NULL CHECK (line >= 1),
    kind            text NOT NULL CHECK (kind IN ('USAGE', 'FLAT', 'ADJUSTMENT')),
    event_type      text COLLATE "C" NOT NULL,
    operation       text NOT NULL CHECK (operation IN ('SUM', 'COUNT', 'AVG', 'MIN', 'MAX', 'LAST')),
    quantity        numeric(38, 6) NOT NULL,
    total_price     numeric(38, 4) NOT NULL,
    tax_rate        numeric(9, 6) NOT NULL CHECK (tax_rate BETWEEN 0 AND 1),
    price_model_id  text COLLATE "C",
    billed_by       text,
    period_start    timestamptz NOT NULL,
    period_end      timestamptz NOT NULL,
    adjusts_invoice_id text COLLATE "C" REFERENCES invoices (id),
    adjusted_for    text CHECK (adjusted_for IN ('LATE_EVENTS', 'CORRECTIONS')),
    parts           jsonb NOT NULL,
    PRIMARY KEY (invoice_id, line),
    CHECK ((kind = 'ADJUSTMENT') = (adjusts_invoice_id IS NOT NULL)),
    CHECK ((kind = 'ADJUSTMENT') = (adjusted_for IS NOT NULL))
);
CREATE INDEX invoice_lines_by_meter ON invoice_lines (event_type, period_end);
CREATE INDEX invoice_lines_adjusting ON invoice_lines (adjusts_invoice_id) WHERE adjusts_invoice_id IS NOT NULL;
COMMENT ON TABLE invoice_lines IS 'Lines of invoices; those of a draft are made anew when it is calculated again.';
COMMENT ON COLUMN invoice_lines.invoice_id IS 'The invoice.';
COMMENT ON COLUMN invoice_lines.line IS 'Place on the invoice, from 1.';
COMMENT ON COLUMN invoice_lines.kind IS 'USAGE, FLAT or ADJUSTMENT (of an earlier invoice).';
COMMENT ON COLUMN invoice_lines.event_type IS 'The meter.';
COMMENT ON COLUMN invoice_lines.operation IS 'By which the value of the meter came from its events when the line was made.';
COMMENT ON COLUMN invoice_lines.quantity IS 'The period''s value by the meter''s operation, over the events that the invoice covers.';
COMMENT ON COLUMN invoice_lines.total_price IS 'Amount, rounded to the minor unit.';
COMMENT ON COLUMN invoice_lines.tax_rate IS 'Share of the amount that is tax: that of the invoice, or of the adjusted one.';
COMMENT ON COLUMN invoice_lines.price_model_id IS 'The price in force at the end of the period; null: not priced.';
COMMENT ON COLUMN invoice_lines.billed_by IS 'stripe, where Stripe prices the meter.';
COMMENT ON COLUMN invoice_lines.period_start IS 'Event time from which on it counts, inclusive.';
COMMENT ON COLUMN invoice_lines.period_end IS 'Event time until which it counts, exclusive.';
COMMENT ON COLUMN invoice_lines.adjusts_invoice_id IS 'The earlier invoice that an adjustment corrects.';
COMMENT ON COLUMN invoice_lines.adjusted_for IS 'Why it is adjusted: LATE_EVENTS, or CORRECTIONS.';
COMMENT ON COLUMN invoice_lines.parts IS 'Why it costs so much: a list of {kind, tier_level, quantity, unit_price, subtotal}.';

CREATE TABLE invoice_coverage (
    invoice_id      text COLLATE "C" NOT NULL REFERENCES invoices (id),
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    event_times     tstzrange NOT NULL,
    log_offsets     int8range NOT NULL CHECK (NOT isempty(log_offsets)),
    CONSTRAINT invoice_coverage_once EXCLUDE USING gist (
        organization_id WITH =, tenant_id WITH =, event_times WITH &&, log_offsets WITH &&)
);
CREATE INDEX invoice_coverage_of_invoice ON invoice_coverage (invoice_id);
COMMENT ON TABLE invoice_coverage IS 'Which events an invoice that is not void bills: those of the tenant with an event time in event_times that lie at log_offsets of the tenant''s partition of usage-events. No two rows of a tenant overlap, so no event is billed twice.';
COMMENT ON COLUMN invoice_coverage.invoice_id IS 'The invoice.';
COMMENT ON COLUMN invoice_coverage.organization_id IS 'Who bills.';
COMMENT ON COLUMN invoice_coverage.tenant_id IS 'Who is billed.';
COMMENT ON COLUMN invoice_coverage.event_times IS 'Event times, half-open.';
COMMENT ON COLUMN invoice_coverage.log_offsets IS 'Offsets of records, half-open.';

-- Events that an invoice missed arrived after its calculation: they lie at the end of their month's rows.
CREATE INDEX usage_events_by_arrival ON usage_events USING brin (received_at) WITH (autosummarize = on);
CREATE INDEX event_corrections_by_arrival ON event_corrections USING brin (received_at) WITH (autosummarize = on);
CREATE INDEX rejected_events_by_subject ON rejected_events (organization_id, subject, occurred_at);

CREATE TABLE credit_notes (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    invoice_id      text COLLATE "C" NOT NULL REFERENCES invoices (id),
    credit_note_number text COLLATE "C" NOT NULL,
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount          numeric(38, 4) NOT NULL CHECK (amount > 0),
    deducted        numeric(38, 4) NOT NULL CHECK (deducted BETWEEN 0 AND amount),
    reason          text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
    lines           jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    CONSTRAINT credit_notes_number UNIQUE (organization_id, credit_note_number)
);
CREATE INDEX credit_notes_listed ON credit_notes (organization_id, created_at DESC, id DESC);
CREATE INDEX credit_notes_of_invoice ON credit_notes (invoice_id);
COMMENT ON TABLE credit_notes IS 'What was given back of finalized invoices. Never changed or deleted.';
COMMENT ON COLUMN credit_notes.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN credit_notes.organization_id IS 'Who gives back.';
COMMENT ON COLUMN credit_notes.tenant_id IS 'Who gets back.';
COMMENT ON COLUMN credit_notes.invoice_id IS 'The invoice of which it gives back; never more than its total, all notes together.';
COMMENT ON COLUMN credit_notes.credit_note_number IS 'CN-<name of the organization>-<six digits>, from 1 without gap.';
COMMENT ON COLUMN credit_notes.currency IS 'That of the invoice.';
COMMENT ON COLUMN credit_notes.amount IS 'What is given back, tax included.';
COMMENT ON COLUMN credit_notes.deducted IS 'Part of it that the invoice, not paid yet, is lessened by; the rest is credit of the tenant.';
COMMENT ON COLUMN credit_notes.reason IS 'Why, as given.';
COMMENT ON COLUMN credit_notes.lines IS 'What for, as given: a list of {description, amount}; may be empty.';
COMMENT ON COLUMN credit_notes.created_at IS 'When it was made.';

CREATE TABLE tenant_credits (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount          numeric(38, 4) NOT NULL CHECK (amount > 0),
    invoice_id      text COLLATE "C" REFERENCES invoices (id),
    credit_note_id  text COLLATE "C" REFERENCES credit_notes (id),
    created_at      timestamptz NOT NULL,
    CHECK ((invoice_id IS NULL) <> (credit_note_id IS NULL))
);
CREATE INDEX tenant_credits_oldest ON tenant_credits (organization_id, tenant_id, currency, created_at);
CREATE INDEX tenant_credits_of_invoice ON tenant_credits (invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX tenant_credits_of_note ON tenant_credits (credit_note_id) WHERE credit_note_id IS NOT NULL;
COMMENT ON TABLE tenant_credits IS 'What tenants have in hand: from invoices that came to less than nothing, and from credit notes.';
COMMENT ON COLUMN tenant_credits.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN tenant_credits.organization_id IS 'With whom.';
COMMENT ON COLUMN tenant_credits.tenant_id IS 'Whose credit it is.';
COMMENT ON COLUMN tenant_credits.currency IS 'Pays invoices in this currency only.';
COMMENT ON COLUMN tenant_credits.amount IS 'What it was at first.';
COMMENT ON COLUMN tenant_credits.invoice_id IS 'The invoice that it comes from; null if from a credit note.';
COMMENT ON COLUMN tenant_credits.credit_note_id IS 'The credit note that it comes from; null if from an invoice.';
COMMENT ON COLUMN tenant_credits.created_at IS 'Oldest credit is used first.';

CREATE TABLE credit_uses (
    credit_id  text COLLATE "C" NOT NULL REFERENCES tenant_credits (id),
    invoice_id text COLLATE "C" NOT NULL REFERENCES invoices (id),
    amount     numeric(38, 4) NOT NULL CHECK (amount > 0),
    PRIMARY KEY (credit_id, invoice_id)
);
CREATE INDEX credit_uses_of_invoice ON credit_uses (invoice_id);
COMMENT ON TABLE credit_uses IS 'What credit has paid. Making an invoice void gives it back.';
COMMENT ON COLUMN credit_uses.credit_id IS 'The credit.';
COMMENT ON COLUMN credit_uses.invoice_id IS 'The invoice that it paid, wholly or in part.';
COMMENT ON COLUMN credit_uses.amount IS 'How much of it.';

CREATE TABLE invoice_runs (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL,
    period_start    timestamptz NOT NULL,
    period_end      timestamptz NOT NULL CHECK (period_end > period_start),
    finalizing      boolean NOT NULL,
    scheduled_in    date,
    chosen          boolean NOT NULL,
    status          text NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    tenants         integer NOT NULL CHECK (tenants >= 0),
    error           text,
    actor_id        text NOT NULL,
    request_id      text,
    claimed_until   timestamptz,
    created_at      timestamptz NOT NULL,
    completed_at    timestamptz
);
CREATE UNIQUE INDEX invoice_runs_scheduled ON invoice_runs (organization_id, period_start, period_end, scheduled_in)
    WHERE scheduled_in IS NOT NULL;
CREATE INDEX invoice_runs_open ON invoice_runs (created_at) WHERE status IN ('pending', 'running');
CREATE INDEX invoice_runs_old ON invoice_runs (completed_at) WHERE completed_at IS NOT NULL;
COMMENT ON TABLE invoice_runs IS 'Orders to invoice many tenants for one period.';
COMMENT ON COLUMN invoice_runs.id IS 'A UUID, made by the server.';
COMMENT ON COLUMN invoice_runs.organization_id IS 'Who bills.';
COMMENT ON COLUMN invoice_runs.period_start IS 'Event time from which on its invoices bill, inclusive.';
COMMENT ON COLUMN invoice_runs.period_end IS 'Event time until which they bill, exclusive.';
COMMENT ON COLUMN invoice_runs.finalizing IS 'Whether its invoices are finalized at once.';
COMMENT ON COLUMN invoice_runs.scheduled_in IS 'First day of the month in which Tollgate made it, for the organization''s setting auto_invoice; null where somebody ordered it. Each month it is made for the last two: what came too late for the first run is found by the second.';
COMMENT ON COLUMN invoice_runs.chosen IS 'Whether its tenants are known: they are chosen when everything logged is stored.';
COMMENT ON COLUMN invoice_runs.status IS 'pending, running, completed, or failed as a whole.';
COMMENT ON COLUMN invoice_runs.tenants IS 'How many tenants it is for.';
COMMENT ON COLUMN invoice_runs.error IS 'Why it could not go on when that was last so; null if it could.';
COMMENT ON COLUMN invoice_runs.actor_id IS 'Who ordered it.';
COMMENT ON COLUMN invoice_runs.request_id IS 'Id of the request that ordered it; null where Tollgate did.';
COMMENT ON COLUMN invoice_runs.claimed_until IS 'While an instance is at it, when others may take it over.';
COMMENT ON COLUMN invoice_runs.created_at IS 'When it was ordered.';
COMMENT ON COLUMN invoice_runs.completed_at IS 'When it had an answer for every tenant.';

CREATE TABLE invoice_run_tenants (
    run_id     text COLLATE "C" NOT NULL REFERENCES invoice_runs (id) ON DELETE CASCADE,
    tenant_id  text COLLATE "C" NOT NULL,
    invoice_id text COLLATE "C",
    skipped    text,
    PRIMARY KEY (run_id, tenant_id)
);
CREATE INDEX invoice_run_tenants_waiting ON invoice_run_tenants (run_id, tenant_id) WHERE invoice_id IS NULL AND skipped IS NULL;
COMMENT ON TABLE invoice_run_tenants IS 'The tenants of a run and what became of them, written in the transaction of the invoice: a run that is taken up again goes on where it was.';
COMMENT ON COLUMN invoice_run_tenants.run_id IS 'The run.';
COMMENT ON COLUMN invoice_run_tenants.tenant_id IS 'The tenant.';
COMMENT ON COLUMN invoice_run_tenants.invoice_id IS 'The invoice that was made, or, with skipped, that stood in the way; null while the tenant waits.';
COMMENT ON COLUMN invoice_run_tenants.skipped IS 'Why none was made, a word of the API; null if one was, or while the tenant waits.';
