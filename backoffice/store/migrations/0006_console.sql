-- Sessions of the console, in a schema of their own: the session store's table is called sessions, as is the customers'. And the schema of
-- the job queue: River brings its own tables.

-- +goose Up
CREATE SCHEMA console;
CREATE TABLE console.sessions (
    token  text PRIMARY KEY, -- hashed
    data   bytea       NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON console.sessions (expiry);

CREATE SCHEMA river;

-- +goose Down
DROP SCHEMA river CASCADE;
DROP SCHEMA console CASCADE;
