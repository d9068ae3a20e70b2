CREATE TABLE idempotent_requests (
    scope        text COLLATE "C" NOT NULL,
    path         text COLLATE "C" NOT NULL,
    request_key  text COLLATE "C" NOT NULL CHECK (char_length(request_key) BETWEEN 1 AND 255),
    fingerprint  bytea NOT NULL,
    started_at   timestamptz NOT NULL,
    answered_at  timestamptz,
    status       integer,
    content_type text,
    body         bytea,
    sealed       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (scope, path, request_key)
);
CREATE INDEX idempotent_requests_oldest ON idempotent_requests (started_at);
COMMENT ON TABLE idempotent_requests IS 'Management calls that carry an Idempotency-Key, and their first answers, for 24 hours.';
COMMENT ON COLUMN idempotent_requests.scope IS 'The organization of the caller; @admin for the admin.';
COMMENT ON COLUMN idempotent_requests.path IS 'Path of the request.';
COMMENT ON COLUMN idempotent_requests.request_key IS 'The key, chosen by the caller.';
COMMENT ON COLUMN idempotent_requests.fingerprint IS 'SHA-256 of the caller, the query and the body: another one under the same key is refused.';
COMMENT ON COLUMN idempotent_requests.started_at IS 'When the request that is or was carried out came.';
COMMENT ON COLUMN idempotent_requests.answered_at IS 'When it was answered; null while it is being carried out.';
COMMENT ON COLUMN idempotent_requests.status IS 'HTTP status of the answer.';
COMMENT ON COLUMN idempotent_requests.content_type IS 'Media type of the answer.';
COMMENT ON COLUMN idempotent_requests.body IS 'Body of the answer; null for one that holds a secret where there is no encryption key.';
COMMENT ON COLUMN idempotent_requests.sealed IS 'Whether the answer holds a secret; its body is then encrypted.';
