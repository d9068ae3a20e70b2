CREATE TABLE machines (
    id              uuid PRIMARY KEY,
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    provider        text COLLATE "C" NOT NULL CHECK (provider IN ('fly', 'mock')),
    provider_id     text COLLATE "C" NOT NULL CHECK (char_length(provider_id) BETWEEN 1 AND 100),
    app_name        text COLLATE "C" NOT NULL,
    url             text NOT NULL,
    ip_address      text NOT NULL,
    docker_image    text NOT NULL,
    expires_at      timestamptz,
    created_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    UNIQUE (provider, app_name, provider_id)
);
CREATE INDEX machines_of_tenant ON machines (organization_id, tenant_id) WHERE ended_at IS NULL;
CREATE INDEX machines_live ON machines (expires_at) WHERE ended_at IS NULL;
CREATE INDEX machines_purge ON machines (ended_at) WHERE ended_at IS NOT NULL;
COMMENT ON TABLE machines IS 'Machines that run, or ran, for tenants. A row outlives its tenant until the machine has ended, so that none is forgotten.';
COMMENT ON COLUMN machines.id IS 'Id of the task that made it, by which its provider knows it too: tg- and this id is its name there.';
COMMENT ON COLUMN machines.organization_id IS 'The organization that pays its provider.';
COMMENT ON COLUMN machines.tenant_id IS 'The tenant that it runs for.';
COMMENT ON COLUMN machines.provider IS 'Who runs it: fly, or mock for one that exists in this table only.';
COMMENT ON COLUMN machines.provider_id IS 'Id given by the provider.';
COMMENT ON COLUMN machines.app_name IS 'The provider''s group of machines that it is in.';
COMMENT ON COLUMN machines.url IS 'Where it is reached.';
COMMENT ON COLUMN machines.ip_address IS 'Its address in the provider''s network; empty if the provider told none.';
COMMENT ON COLUMN machines.docker_image IS 'What it runs.';
COMMENT ON COLUMN machines.expires_at IS 'From then on it is ended; null means never by itself.';
COMMENT ON COLUMN machines.created_at IS 'When it was found to be made.';
COMMENT ON COLUMN machines.ended_at IS 'When its provider had ended it; null while it runs.';

CREATE TABLE provisioning_tasks (
    id              uuid PRIMARY KEY,
    task_key        text COLLATE "C" NOT NULL UNIQUE CHECK (char_length(task_key) BETWEEN 1 AND 200),
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    action          text COLLATE "C" NOT NULL CHECK (action IN ('provision', 'terminate')),
    machine_id      uuid REFERENCES machines (id) ON DELETE CASCADE,
    docker_image    text,
    expires_at      timestamptz,
    status          text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'done', 'dead', 'discarded')),
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    error           text,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    CHECK ((action = 'terminate') = (machine_id IS NOT NULL)),
    CHECK ((action = 'provision') = (docker_image IS NOT NULL)),
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX provisioning_tasks_due ON provisioning_tasks (next_attempt_at) WHERE status = 'pending';
CREATE INDEX provisioning_tasks_of_tenant ON provisioning_tasks (organization_id, tenant_id) WHERE status = 'pending';
CREATE INDEX provisioning_tasks_of_machine ON provisioning_tasks (machine_id) WHERE machine_id IS NOT NULL;
CREATE INDEX provisioning_tasks_dead ON provisioning_tasks (created_at DESC, id DESC) WHERE status = 'dead';
CREATE INDEX provisioning_tasks_purge ON provisioning_tasks (finished_at) WHERE status IN ('done', 'discarded');
COMMENT ON TABLE provisioning_tasks IS 'Machines that are to be made or ended.';
COMMENT ON COLUMN provisioning_tasks.id IS 'Id; of a task that makes a machine also the machine''s.';
COMMENT ON COLUMN provisioning_tasks.task_key IS 'What the task is for: asked for twice, it is done once.';
COMMENT ON COLUMN provisioning_tasks.organization_id IS 'The organization whose account at the provider is used.';
COMMENT ON COLUMN provisioning_tasks.tenant_id IS 'The tenant that the machine is for.';
COMMENT ON COLUMN provisioning_tasks.action IS 'provision or terminate.';
COMMENT ON COLUMN provisioning_tasks.machine_id IS 'The machine to end; null where one is to be made.';
COMMENT ON COLUMN provisioning_tasks.docker_image IS 'What the new machine is to run; null where one is to be ended.';
COMMENT ON COLUMN provisioning_tasks.expires_at IS 'When the new machine is to end; null means never by itself.';
COMMENT ON COLUMN provisioning_tasks.status IS 'pending until it is done; dead after its last attempt failed; discarded by the operator.';
COMMENT ON COLUMN provisioning_tasks.attempts IS 'Attempts that failed.';
COMMENT ON COLUMN provisioning_tasks.next_attempt_at IS 'When it is attempted next; while somebody is at it, when others may take it over. Null unless pending.';
COMMENT ON COLUMN provisioning_tasks.error IS 'Why the last attempt failed; null while none did.';
COMMENT ON COLUMN provisioning_tasks.created_at IS 'When it was asked for.';
COMMENT ON COLUMN provisioning_tasks.finished_at IS 'When it was done, given up or discarded; null before.';

CREATE TABLE machine_events (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id         uuid NOT NULL,
    organization_id text COLLATE "C" NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    type            text COLLATE "C" NOT NULL CHECK (type IN ('queued', 'provisioned', 'terminated', 'failed', 'dead')),
    detail          text NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX machine_events_of_task ON machine_events (task_id, id);
CREATE INDEX machine_events_purge ON machine_events (created_at);
COMMENT ON TABLE machine_events IS 'What happened to provisioning tasks, for people who ask why.';
COMMENT ON COLUMN machine_events.id IS 'Order in which it happened.';
COMMENT ON COLUMN machine_events.task_id IS 'The task.';
COMMENT ON COLUMN machine_events.organization_id IS 'Its organization.';
COMMENT ON COLUMN machine_events.tenant_id IS 'Its tenant.';
COMMENT ON COLUMN machine_events.type IS 'queued, provisioned, terminated, failed or dead.';
COMMENT ON COLUMN machine_events.detail IS 'The provider''s id of the machine, or why it failed; may be empty.';
COMMENT ON COLUMN machine_events.created_at IS 'When it happened.';
