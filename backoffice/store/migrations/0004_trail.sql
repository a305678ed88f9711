-- The audit trail and the change feed. Both are read in the order (xid, id), and only below the oldest running
-- transaction, so a reader never passes an entry that commits later.

-- +goose Up
CREATE TABLE audit (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid        xid8        NOT NULL DEFAULT pg_current_xact_id(),
    at         timestamptz NOT NULL,
    actor_kind text        NOT NULL CHECK (actor_kind IN ('kiosk', 'customer', 'staff', 'system')),
    actor_id   text        NOT NULL,
    kiosk_id   text        NOT NULL,
    action     text        NOT NULL CHECK (action <> ''),
    order_id   text        NOT NULL,
    subject    text        NOT NULL,
    facts      jsonb       NOT NULL,
    seq        bigint CONSTRAINT audit_seq UNIQUE, -- place in the chain, from 1
    previous   bytea,
    hash       bytea,
    CONSTRAINT audit_sealed CHECK ((seq IS NULL) = (hash IS NULL))
);
CREATE INDEX audit_unsealed ON audit (xid, id) WHERE seq IS NULL;
CREATE INDEX audit_order ON audit (order_id, id);

-- Where the chain ends: one row, so that rows missing at the end are found too.
CREATE TABLE audit_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq    bigint NOT NULL,
    hash   bytea  NOT NULL
);
INSERT INTO audit_head (seq, hash) VALUES (0, '');

-- +goose StatementBegin
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.id = OLD.id AND NEW.xid = OLD.xid AND NEW.at = OLD.at
        AND (NEW.actor_kind, NEW.actor_id, NEW.kiosk_id, NEW.action, NEW.order_id, NEW.subject, NEW.facts)
          = (OLD.actor_kind, OLD.actor_id, OLD.kiosk_id, OLD.action, OLD.order_id, OLD.subject, OLD.facts) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only();

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
DROP TABLE changes, audit_head, audit;
DROP FUNCTION changes_notify, audit_append_only;
