-- Sessions of the console, in a schema of their own: the session store's table is called sessions, as is the customers'.

-- +goose Up
CREATE SCHEMA console;
CREATE TABLE console.sessions (
    token  text PRIMARY KEY, -- hashed
    data   bytea       NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON console.sessions (expiry);

-- +goose Down
DROP SCHEMA console CASCADE;
