CREATE TABLE scheduled_tasks (
    task_name            text NOT NULL,
    task_instance        text NOT NULL,
    task_data            bytea,
    execution_time       timestamptz NOT NULL,
    picked               boolean NOT NULL,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures integer,
    last_heartbeat       timestamptz,
    version              bigint NOT NULL,
    priority             smallint,
    PRIMARY KEY (task_name, task_instance)
);
CREATE INDEX scheduled_tasks_due ON scheduled_tasks (execution_time);
CREATE INDEX scheduled_tasks_heartbeat ON scheduled_tasks (last_heartbeat);
COMMENT ON TABLE scheduled_tasks IS 'When jobs are next done, and by whom. Its columns are those that db-scheduler expects.';
COMMENT ON COLUMN scheduled_tasks.task_name IS 'Name of the job.';
COMMENT ON COLUMN scheduled_tasks.task_instance IS 'Always recurring: there is one of each job.';
COMMENT ON COLUMN scheduled_tasks.task_data IS 'Not used.';
COMMENT ON COLUMN scheduled_tasks.execution_time IS 'When it is due.';
COMMENT ON COLUMN scheduled_tasks.picked IS 'Whether an instance is at it.';
COMMENT ON COLUMN scheduled_tasks.picked_by IS 'Which instance.';
COMMENT ON COLUMN scheduled_tasks.last_success IS 'When it last succeeded.';
COMMENT ON COLUMN scheduled_tasks.last_failure IS 'When it last failed.';
COMMENT ON COLUMN scheduled_tasks.consecutive_failures IS 'How often it has failed since it last succeeded.';
COMMENT ON COLUMN scheduled_tasks.last_heartbeat IS 'When the instance that is at it last said so; without it the job is taken over.';
COMMENT ON COLUMN scheduled_tasks.version IS 'Grows with each change, so that of two instances one takes a job.';
COMMENT ON COLUMN scheduled_tasks.priority IS 'Not used.';
