-- The audit trail and the change feed.

-- +goose Up
-- Lines come in with one INSERT of a transaction and are never touched again. Partitions, a month each, are made by `migrate` and
-- `maintain`; a line of a month without one lands in audit_rest. The id is taken while the rows that the line tells of are held.
CREATE SEQUENCE audit_id;
CREATE TABLE audit (
    id         bigint      NOT NULL DEFAULT nextval('audit_id'),
    at         timestamptz NOT NULL,
    actor_kind text        NOT NULL CHECK (actor_kind IN ('kiosk', 'customer', 'key', 'staff', 'system')),
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

-- A change is written in the transaction of what changed, and gets its place in the feed afterwards, from whoever looks first, one at a time:
-- so readers, who go by places, never pass one that is committed later, whatever else is open in this database or its cluster.
CREATE TABLE changes (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place     bigint CONSTRAINT changes_place UNIQUE, -- from 1; NULL until somebody looked
    mark      bigint      NOT NULL DEFAULT floor(random() * 1e15), -- tells it from another history's entry at the same place
    kind      text        NOT NULL CHECK (kind IN ('order')),
    entity_id uuid        NOT NULL,
    version   integer     NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX changes_unplaced ON changes (id) WHERE place IS NULL;
CREATE INDEX changes_at ON changes (at);

-- Where the feed stands. The epoch is another one after a restore or lost commits; history is the cluster, its timeline, the database and
-- the table that it was written in, '' before the first look.
CREATE TABLE feed (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch   uuid   NOT NULL,
    history text   NOT NULL,
    place   bigint NOT NULL, -- given last
    mark    bigint NOT NULL  -- of the change there
);
INSERT INTO feed (epoch, history, place, mark) VALUES (gen_random_uuid(), '', 0, 0);

-- +goose StatementBegin
CREATE FUNCTION feed_history() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()), 'changes'::regclass::oid)
$$;
-- +goose StatementEnd

-- Which kiosks show an order, or showed it: they hear of its changes.
CREATE TABLE followers (
    order_id uuid        NOT NULL,
    kiosk_id uuid        NOT NULL,
    at       timestamptz NOT NULL, -- the last time, to the day
    PRIMARY KEY (order_id, kiosk_id)
);
CREATE INDEX followers_kiosk ON followers (kiosk_id);
CREATE INDEX followers_at ON followers (at);

-- +goose Down
DROP TABLE followers, feed, changes, audit_sets, audit;
DROP SEQUENCE audit_id;
DROP FUNCTION feed_history, audit_append_only;
