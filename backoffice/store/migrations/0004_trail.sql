-- The audit trail and the change feed. The feed is read in the order (xid, id), and only below the oldest running
-- transaction, so a reader never passes an entry that commits later.

-- +goose Up
-- Lines come in with one INSERT of a transaction and are never touched again. Partitions, a month each, are made by `migrate` and
-- `maintain`; a line of a month without one lands in audit_rest. The id is taken while the rows that the line tells of are held.
CREATE SEQUENCE audit_id;
CREATE TABLE audit (
    id         bigint      NOT NULL DEFAULT nextval('audit_id'),
    at         timestamptz NOT NULL,
    actor_kind text        NOT NULL CHECK (actor_kind IN ('kiosk', 'customer', 'staff', 'system')),
    actor_id   text        NOT NULL,
    kiosk_id   text        NOT NULL,
    action     text        NOT NULL CHECK (action <> ''),
    order_id   text        NOT NULL,
    subject    text        NOT NULL,
    facts      jsonb       NOT NULL,
    moved      jsonb       NOT NULL, -- rows of the register that the transaction changed, and what they are then
    writer     text        NOT NULL,
    number     bigint      NOT NULL, -- among the writer's lines
    mac        bytea       NOT NULL, -- by the key of the trail, which is not in the database
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_order ON audit (order_id, id);
CREATE TABLE audit_rest PARTITION OF audit DEFAULT;

-- Sets of lines that were sealed together, each signed and chained to the one before. They stay when their lines are dropped for their age.
CREATE TABLE audit_sets (
    number    bigint PRIMARY KEY CHECK (number > 0),
    month     timestamptz    NOT NULL, -- of its lines
    ids       int8multirange NOT NULL, -- of its lines
    lines     integer        NOT NULL CHECK (lines > 0),
    total     bigint         NOT NULL, -- lines in all sets up to this
    high      bigint         NOT NULL, -- highest id in them
    sealed_at timestamptz    NOT NULL,
    digest    bytea          NOT NULL, -- of its lines
    previous  bytea          NOT NULL, -- hash of the set before
    hash      bytea          NOT NULL,
    signature bytea          NOT NULL
);
CREATE INDEX audit_sets_sealed_at ON audit_sets (sealed_at);

-- +goose StatementBegin
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_sets FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON audit_rest FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON audit_sets FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();

CREATE TABLE changes (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid       xid8        NOT NULL DEFAULT pg_current_xact_id(),
    kind      text        NOT NULL CHECK (kind IN ('order')),
    entity_id uuid        NOT NULL,
    kiosk_id  uuid        NOT NULL,
    version   integer     NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX changes_feed ON changes (kiosk_id, xid, id);

-- +goose StatementBegin
CREATE FUNCTION changes_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('keyhall_changes', '');
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER changes_notify AFTER INSERT ON changes FOR EACH STATEMENT EXECUTE FUNCTION changes_notify();

-- +goose Down
DROP TABLE changes, audit_sets, audit;
DROP SEQUENCE audit_id;
DROP FUNCTION changes_notify, audit_append_only;
