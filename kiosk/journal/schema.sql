CREATE TABLE sequence (prefix TEXT PRIMARY KEY, next INTEGER NOT NULL CHECK (next > 0)) STRICT;
CREATE TABLE draft (id TEXT PRIMARY KEY, membership_id TEXT NOT NULL, body BLOB NOT NULL, updated INTEGER NOT NULL) STRICT;
CREATE INDEX draft_member ON draft (membership_id);
CREATE TABLE known (login TEXT PRIMARY KEY, body BLOB NOT NULL, updated INTEGER NOT NULL) STRICT;
CREATE TABLE page (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL, material TEXT NOT NULL, body BLOB NOT NULL, jpeg BLOB NOT NULL,
  place INTEGER NOT NULL, updated INTEGER NOT NULL
) STRICT;
CREATE INDEX page_order ON page (order_id, place);
CREATE TABLE outbox (
  order_id TEXT PRIMARY KEY, membership_id TEXT NOT NULL, seal BLOB NOT NULL, body BLOB NOT NULL, refused BLOB, since INTEGER NOT NULL
) STRICT;
-- Which steps there are is the vocabulary's: a test saves each.
CREATE TABLE operation (
  id TEXT PRIMARY KEY, plan TEXT NOT NULL, order_id TEXT NOT NULL, order_number TEXT NOT NULL, project_id TEXT NOT NULL,
  model TEXT NOT NULL, manufacturer TEXT NOT NULL, key_model TEXT NOT NULL, serial TEXT NOT NULL,
  step TEXT NOT NULL CHECK (step IN ('identify', 'reserve', 'administrator', 'admin_pin', 'set_pin', 'ask_pin', 'room', 'generate',
    'request', 'certificate', 'fetch', 'write', 'relabel', 'prove', 'prove_pin', 'prove_admin_pin', 'confirm')),
  state TEXT NOT NULL CHECK (state IN ('open', 'done')),
  ticket TEXT NOT NULL, attempt BLOB NOT NULL, next_attempt TEXT NOT NULL,
  target BLOB NOT NULL, remove BLOB NOT NULL,
  admin_pin INTEGER NOT NULL, certificate_id TEXT NOT NULL,
  request BLOB, certificate BLOB, chain BLOB, proof BLOB, laps BLOB,
  updated INTEGER NOT NULL
) STRICT;
CREATE INDEX operation_open ON operation (serial) WHERE state = 'open';
CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL) STRICT;
PRAGMA user_version = 7;
