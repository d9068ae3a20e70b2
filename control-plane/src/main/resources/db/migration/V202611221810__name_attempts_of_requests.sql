ALTER TABLE idempotent_requests ADD COLUMN request_id text COLLATE "C";
COMMENT ON COLUMN idempotent_requests.request_id IS 'Id of the request that is or was carried out: what it changed stands under it in audit_logs, also if it died before it answered.';
