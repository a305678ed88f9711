-- What staff ask for on certificates where the project wants a second person, until that one confirms or drops it.

-- +goose Up
CREATE TABLE rulings (
    id             uuid PRIMARY KEY, -- made by the console's page
    certificate_id uuid        NOT NULL REFERENCES certificates,
    act            text        NOT NULL CONSTRAINT rulings_act CHECK (act IN ('found', 'restore', 'revoke')),
    ground         text        NOT NULL,
    note           text        NOT NULL, -- in words
    asked_by       uuid        NOT NULL REFERENCES staff,
    asked_at       timestamptz NOT NULL,
    state          text        NOT NULL CONSTRAINT rulings_state CHECK (state IN ('waiting', 'done', 'dropped')),
    settled_by     uuid REFERENCES staff,
    settled_at     timestamptz,
    CONSTRAINT rulings_settled CHECK ((state = 'waiting') = (settled_by IS NULL) AND (settled_by IS NULL) = (settled_at IS NULL)),
    CONSTRAINT rulings_second CHECK (state <> 'done' OR settled_by <> asked_by)
);
CREATE UNIQUE INDEX rulings_waiting ON rulings (certificate_id) WHERE state = 'waiting';
CREATE INDEX rulings_certificate ON rulings (certificate_id);

INSERT INTO moves (what, from_state, to_state) VALUES
    ('ruling', 'waiting', 'done'),
    ('ruling', 'waiting', 'dropped');
CREATE TRIGGER rulings_state_moves BEFORE UPDATE OF state ON rulings FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_moves('ruling', 'state');

-- The lines of a certificate, whichever order they belong to.
CREATE INDEX audit_subject ON audit (subject, id) WHERE subject <> '';

-- +goose Down
DROP INDEX audit_subject;
DROP TABLE rulings;
DELETE FROM moves WHERE what = 'ruling';
