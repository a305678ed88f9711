-- What staff ask for at the desk for somebody who does not get in any more, with scanned papers, until a second officer confirms or declines.

-- +goose Up
CREATE TABLE access_changes (
    id            uuid PRIMARY KEY, -- made by the console's page
    person_id     uuid        NOT NULL REFERENCES persons,
    membership_id uuid        NOT NULL REFERENCES memberships, -- in which they came
    hall_id       text        NOT NULL REFERENCES halls, -- at whose desk
    kind          text        NOT NULL CONSTRAINT access_kind CHECK (kind IN ('mobile', 'password')),
    mobile        text        NOT NULL, -- registered from then on, normal form; '': the same
    mobile_before text        NOT NULL, -- registered when it was asked for
    note          text        NOT NULL, -- in words
    papers        jsonb       NOT NULL, -- [{kind, sha256}]
    asked_by      uuid        NOT NULL REFERENCES staff,
    asked_at      timestamptz NOT NULL,
    state         text        NOT NULL CONSTRAINT access_state CHECK (state IN ('declined', 'done', 'expired', 'waiting')),
    settled_by    uuid REFERENCES staff, -- NULL: nobody answered
    settled_at    timestamptz,
    answer        text        NOT NULL DEFAULT '', -- why it was declined, in words
    salt          uuid        NOT NULL DEFAULT gen_random_uuid(), -- of its digest in the trail
    CONSTRAINT access_mobile CHECK ((kind = 'mobile') = (mobile <> '')),
    CONSTRAINT access_settled CHECK ((state = 'waiting') = (settled_at IS NULL) AND (state IN ('done', 'declined')) = (settled_by IS NOT NULL)),
    CONSTRAINT access_second CHECK (state <> 'done' OR settled_by <> asked_by)
);
CREATE UNIQUE INDEX access_waiting ON access_changes (person_id) WHERE state = 'waiting';
CREATE INDEX access_person ON access_changes (person_id, settled_at);
CREATE INDEX access_asked ON access_changes (asked_at) WHERE state = 'waiting';

-- The scans of such a request, while they are kept.
CREATE TABLE access_papers (
    access_id uuid NOT NULL REFERENCES access_changes,
    kind      text NOT NULL CONSTRAINT access_papers_kind CHECK (kind IN ('card_back', 'card_front', 'statement')),
    sha256    text NOT NULL CONSTRAINT access_papers_scan REFERENCES scans,
    PRIMARY KEY (access_id, kind)
);
CREATE INDEX access_papers_sha256 ON access_papers (sha256);

-- A scan is brought by a kiosk or, at the desk, by a member of staff.
ALTER TABLE scans ALTER COLUMN kiosk_id DROP NOT NULL;
ALTER TABLE scans ADD COLUMN staff_id uuid REFERENCES staff;
ALTER TABLE scans ADD CONSTRAINT scans_bringer CHECK (num_nonnulls(kiosk_id, staff_id) = 1);

INSERT INTO moves (what, from_state, to_state) VALUES
    ('access', 'waiting', 'done'),
    ('access', 'waiting', 'declined'),
    ('access', 'waiting', 'expired');
CREATE TRIGGER access_changes_state_moves BEFORE UPDATE OF state ON access_changes FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_moves('access', 'state');

-- +goose Down
DROP TABLE access_papers, access_changes;
DELETE FROM moves WHERE what = 'access';
DELETE FROM scans WHERE kiosk_id IS NULL;
ALTER TABLE scans DROP CONSTRAINT scans_bringer;
ALTER TABLE scans DROP COLUMN staff_id;
ALTER TABLE scans ALTER COLUMN kiosk_id SET NOT NULL;
