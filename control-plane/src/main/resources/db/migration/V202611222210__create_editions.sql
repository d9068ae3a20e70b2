CREATE TABLE editions (
    id              text COLLATE "C" NOT NULL PRIMARY KEY CHECK (id ~ '^[a-z0-9_-]{1,50}$'),
    line            text NOT NULL CHECK (line IN ('usage')),
    name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    description     text NOT NULL,
    base_price      bigint NOT NULL CHECK (base_price >= 0),
    included_events bigint NOT NULL CHECK (included_events >= 0),
    overage_rate    numeric(12, 6) NOT NULL CHECK (overage_rate >= 0),
    team_members    integer CHECK (team_members >= 1),
    features        text[] NOT NULL DEFAULT '{}',
    stripe_price_id text COLLATE "C" UNIQUE,
    is_active       boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE editions IS 'What organizations can buy of the operator. The operator sets prices, words and stripe_price_id here.';
COMMENT ON COLUMN editions.id IS 'Id by which an edition is bought.';
COMMENT ON COLUMN editions.line IS 'Line of the product: usage. An organization has one edition of a line.';
COMMENT ON COLUMN editions.name IS 'Name shown.';
COMMENT ON COLUMN editions.description IS 'A sentence shown.';
COMMENT ON COLUMN editions.base_price IS 'Cents of a US dollar a month.';
COMMENT ON COLUMN editions.included_events IS 'Events of a period that the base price covers.';
COMMENT ON COLUMN editions.overage_rate IS 'Cents for 1,000 events beyond them.';
COMMENT ON COLUMN editions.team_members IS 'Members that a team may have; null means any number.';
COMMENT ON COLUMN editions.features IS 'Words shown, one feature each.';
COMMENT ON COLUMN editions.stripe_price_id IS 'Price in the operator''s Stripe account; null: it cannot be bought there.';
COMMENT ON COLUMN editions.is_active IS 'Whether it is offered. Who has it keeps it.';
INSERT INTO editions (id, line, name, description, base_price, included_events, overage_rate, team_members, features) VALUES
    ('starter', 'usage', 'Starter', 'For a first product with metered prices.', 2900, 100000, 50, 1,
     ARRAY['100,000 events a month', '1 team member']),
    ('growth', 'usage', 'Growth', 'For products that grow.', 9900, 500000, 30, 5,
     ARRAY['500,000 events a month', '5 team members']),
    ('enterprise', 'usage', 'Enterprise', 'For many products and teams.', 49900, 5000000, 10, NULL,
     ARRAY['5,000,000 events a month', 'Any number of team members']);

CREATE TABLE subscriptions (
    organization_id      text COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    provider_id          text COLLATE "C" NOT NULL UNIQUE CHECK (char_length(provider_id) BETWEEN 1 AND 255),
    edition_id           text COLLATE "C" NOT NULL REFERENCES editions (id),
    status               text NOT NULL,
    period_start         timestamptz,
    period_end           timestamptz,
    cancel_at_period_end boolean NOT NULL,
    ended_at             timestamptz,
    created_at           timestamptz NOT NULL,
    PRIMARY KEY (organization_id, provider_id)
);
COMMENT ON TABLE subscriptions IS 'Editions that organizations have bought, as Stripe tells of their subscriptions.';
COMMENT ON COLUMN subscriptions.organization_id IS 'Who bought it.';
COMMENT ON COLUMN subscriptions.provider_id IS 'The subscription at Stripe.';
COMMENT ON COLUMN subscriptions.edition_id IS 'What was bought.';
COMMENT ON COLUMN subscriptions.status IS 'Stripe''s word for its state, such as active.';
COMMENT ON COLUMN subscriptions.period_start IS 'Begin of the running period; null if Stripe did not tell.';
COMMENT ON COLUMN subscriptions.period_end IS 'Its end, exclusive; null if Stripe did not tell.';
COMMENT ON COLUMN subscriptions.cancel_at_period_end IS 'Whether it ends with its period.';
COMMENT ON COLUMN subscriptions.ended_at IS 'When it ended; null while it goes on.';
COMMENT ON COLUMN subscriptions.created_at IS 'When it was first told of.';
