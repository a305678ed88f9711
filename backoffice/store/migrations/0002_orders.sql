-- People, organisations, memberships, sessions, and orders with their lines, materials and units.

-- +goose Up
CREATE TABLE persons (
    id         uuid PRIMARY KEY,
    mobile     text        NOT NULL, -- registered: where codes and warnings go
    password   text        NOT NULL, -- argon2id; '' fits nothing
    salt       uuid        NOT NULL DEFAULT gen_random_uuid(), -- of its digest in the trail
    created_at timestamptz NOT NULL,
    reset_at   timestamptz, -- when the password was last set anew by a code, for who had forgotten it
    changed_at timestamptz -- when the password or the mobile last changed in any way; NULL: never
);
CREATE INDEX persons_mobile ON persons (mobile);

CREATE TABLE logins (
    login     text CONSTRAINT logins_login PRIMARY KEY, -- normal form
    person_id uuid NOT NULL REFERENCES persons,
    salt      uuid NOT NULL DEFAULT gen_random_uuid()
);
CREATE INDEX logins_person ON logins (person_id);

-- What is believed of an organisation: its number, and its record once an order of a member was accepted in review.
CREATE TABLE organisations (
    id           uuid PRIMARY KEY,
    number       text CONSTRAINT organisations_number UNIQUE, -- unified social credit code; NULL: claimed only, and another's by its record
    record       jsonb, -- ra.Organisation
    legal        jsonb, -- ra.Person
    confirmed_at timestamptz,
    salt         uuid NOT NULL DEFAULT gen_random_uuid(),
    CONSTRAINT organisations_record CHECK ((record IS NULL) = (confirmed_at IS NULL) AND (legal IS NULL) = (record IS NULL)),
    CONSTRAINT organisations_recorded CHECK (record IS NULL OR number IS NOT NULL)
);

-- A person in an organisation in a project, with what they entered of it.
CREATE TABLE memberships (
    id              uuid PRIMARY KEY,
    person_id       uuid        NOT NULL REFERENCES persons,
    organisation_id uuid        NOT NULL REFERENCES organisations,
    project_id      text        NOT NULL REFERENCES projects,
    state           text        NOT NULL CONSTRAINT memberships_state CHECK (state IN ('claimed', 'confirmed')),
    organisation    jsonb       NOT NULL,
    legal           jsonb       NOT NULL,
    handler         jsonb       NOT NULL,
    created_at      timestamptz NOT NULL,
    confirmed_at    timestamptz,
    salt            uuid        NOT NULL DEFAULT gen_random_uuid(),
    CONSTRAINT memberships_once UNIQUE (person_id, organisation_id, project_id) DEFERRABLE, -- two may be exchanged
    CONSTRAINT memberships_confirmed CHECK ((state = 'confirmed') = (confirmed_at IS NOT NULL))
);
CREATE INDEX memberships_organisation ON memberships (organisation_id);
CREATE INDEX memberships_mobile ON memberships ((handler ->> 'mobile'));

CREATE TABLE agreed (
    membership_id uuid        NOT NULL REFERENCES memberships,
    agreement_id  text        NOT NULL,
    version       integer     NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (membership_id, agreement_id, version)
);

-- An ended session's row stays as long as what was confirmed in it may still be on its way.
CREATE TABLE sessions (
    id            uuid PRIMARY KEY,
    token_hash    bytea       NOT NULL CONSTRAINT sessions_token UNIQUE,
    person_id     uuid REFERENCES persons, -- NULL: a key's, see certificate_id below
    membership_id uuid REFERENCES memberships, -- NULL before one is chosen
    kiosk_id      uuid        NOT NULL REFERENCES kiosks,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL, -- when idle
    ends_at       timestamptz NOT NULL, -- in any case
    ended_at      timestamptz,
    master        integer     NOT NULL, -- version of the master key that its mandate key comes from
    order_id      uuid, -- the one order that it is about, see below; NULL: all
    CONSTRAINT sessions_order CHECK (order_id IS NULL OR num_nonnulls(person_id, membership_id) = 2)
);
CREATE INDEX sessions_ends ON sessions (ends_at);
CREATE INDEX sessions_person ON sessions (person_id);

CREATE TABLE orders (
    id               uuid PRIMARY KEY,
    number           text        NOT NULL CONSTRAINT orders_number UNIQUE,
    kind             text        NOT NULL,
    reason           text        NOT NULL, -- tells orders of one kind apart
    project_id       text        NOT NULL REFERENCES projects,
    membership_id    uuid        NOT NULL REFERENCES memberships,
    kiosk_id         uuid        NOT NULL REFERENCES kiosks,
    hall_id          text        NOT NULL REFERENCES halls, -- where it was placed
    state            text        NOT NULL CONSTRAINT orders_state CHECK (state IN
        ('open', 'approved', 'in_progress', 'done', 'cancelled')),
    payment          text        NOT NULL CONSTRAINT orders_payment CHECK (payment IN
        ('nothing_due', 'unpaid', 'awaiting_confirmation', 'paid')),
    materials        text        NOT NULL CONSTRAINT orders_materials CHECK (materials IN
        ('missing', 'submitted', 'returned', 'accepted')),
    version          integer     NOT NULL CHECK (version > 0),
    application_hash bytea       NOT NULL, -- SHA-256 of the application as placed
    applicant        jsonb       NOT NULL,
    changes          text[]      NOT NULL, -- the ids of the applicant's fields that it brings anew
    former           jsonb, -- the applicant's data when the order was placed, NULL for one that brings nothing anew
    amount_fen       bigint      NOT NULL CHECK (amount_fen >= 0),
    invoice          jsonb       NOT NULL,
    delivery         jsonb       NOT NULL,
    files            text        NOT NULL CONSTRAINT orders_files CHECK (files IN ('', 'none', 'some')), -- encrypted with keys whose certificates it replaces
    method           text        NOT NULL CONSTRAINT orders_method CHECK (method IN ('bank_transfer')),
    returned         jsonb       NOT NULL DEFAULT '[]',
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    waiting_since    timestamptz, -- the last time something was handed in
    submitted        integer     NOT NULL DEFAULT 0, -- the version that this made; mandates for an older one are worth nothing
    approved_at      timestamptz,
    salt             uuid        NOT NULL DEFAULT gen_random_uuid(),
    CONSTRAINT orders_kind UNIQUE (id, kind), -- for units
    CONSTRAINT orders_service CHECK ((kind, reason) IN (('new', ''), ('renew', ''), ('extend', ''), ('change', 'legal'), ('change', 'name'),
        ('change', 'data'), ('reissue', 'lost'), ('reissue', 'damaged'), ('unlock', ''))),
    CONSTRAINT orders_approval CHECK (state NOT IN ('approved', 'in_progress', 'done')
        OR (materials = 'accepted' AND payment IN ('paid', 'nothing_due') AND approved_at IS NOT NULL))
);
ALTER TABLE sessions ADD FOREIGN KEY (order_id) REFERENCES orders;
CREATE INDEX orders_membership ON orders (membership_id, created_at DESC);
CREATE INDEX orders_open ON orders (waiting_since) WHERE state = 'open';
CREATE INDEX orders_state_created ON orders (state, created_at DESC, id DESC);
CREATE INDEX orders_created ON orders (created_at DESC, id DESC);
CREATE INDEX orders_mobile ON orders ((applicant -> 'handler' ->> 'mobile'));

-- Applications that were answered with an order which asked for just the same: whatever became of it since, they are again.
CREATE TABLE applications (
    id         uuid PRIMARY KEY, -- made by the kiosk
    order_id   uuid        NOT NULL REFERENCES orders,
    hash       bytea       NOT NULL, -- SHA-256 of the application as placed
    created_at timestamptz NOT NULL
);
CREATE INDEX applications_order ON applications (order_id);

-- What customers left with a kiosk to be done without them. One that ended is kept, so that it cannot come back.
CREATE TABLE mandates (
    seal     bytea PRIMARY KEY,
    position bigint      GENERATED ALWAYS AS IDENTITY, -- in the order in which they came
    order_id uuid        NOT NULL REFERENCES orders,
    kiosk_id uuid        NOT NULL REFERENCES kiosks,
    mandate  jsonb       NOT NULL, -- without the application
    began_at timestamptz NOT NULL, -- the session in which it was given
    given_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX mandates_order ON mandates (order_id, position DESC);
CREATE INDEX mandates_began ON mandates (began_at);

CREATE TABLE order_lines (
    order_id    uuid    NOT NULL REFERENCES orders,
    position    integer NOT NULL,
    service_id  text    NOT NULL,
    name        jsonb   NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    price_fen   bigint  NOT NULL CHECK (price_fen >= 0),
    term_months integer NOT NULL CHECK (term_months >= 0), -- 0 where the kind has none
    PRIMARY KEY (order_id, position)
);

CREATE TABLE payments (
    order_id   uuid PRIMARY KEY REFERENCES orders,
    method     text        NOT NULL,
    amount_fen bigint      NOT NULL CHECK (amount_fen >= 0),
    reference  text        NOT NULL,
    staff_id   uuid        NOT NULL REFERENCES staff,
    at         timestamptz NOT NULL,
    CONSTRAINT payments_reference UNIQUE (method, reference) -- one receipt pays one order
);

CREATE TABLE materials (
    order_id  uuid    NOT NULL REFERENCES orders,
    kind      text    NOT NULL CONSTRAINT materials_kind CHECK (kind IN
        ('business_licence', 'handler_identity', 'registration_form', 'risk_notice', 'proof_of_change', 'remittance_slip')),
    position  integer NOT NULL,
    min_pages integer NOT NULL,
    grey      boolean NOT NULL DEFAULT false,
    max_pages integer NOT NULL,
    verdict   text    NOT NULL DEFAULT 'none' CONSTRAINT materials_verdict CHECK (verdict IN ('accepted', 'none', 'returned')),
    reasons   jsonb   NOT NULL DEFAULT '[]',
    judged_by uuid REFERENCES staff,
    judged_at timestamptz,
    PRIMARY KEY (order_id, kind)
);

-- The scans that the bucket has. A row is committed before the bytes are kept and goes in the transaction in which they are erased, so
-- that no page is ever put under bytes that go.
CREATE TABLE scans (
    sha256     text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    kiosk_id   uuid        NOT NULL REFERENCES kiosks, -- that brought it last
    bytes      bigint      NOT NULL CHECK (bytes > 0),
    brought_at timestamptz NOT NULL -- the last time
);
CREATE INDEX scans_kiosk ON scans (kiosk_id, brought_at);
CREATE INDEX scans_brought ON scans (brought_at);

CREATE TABLE pages (
    id       uuid PRIMARY KEY,
    order_id uuid        NOT NULL,
    kind     text        NOT NULL,
    place    integer     NOT NULL CHECK (place >= 0), -- among the pages of its material
    arrival  bigint      GENERATED ALWAYS AS IDENTITY,
    sha256   text        NOT NULL CONSTRAINT pages_scan REFERENCES scans,
    bytes    bigint      NOT NULL CHECK (bytes > 0),
    width    integer     NOT NULL CHECK (width > 0),
    height   integer     NOT NULL CHECK (height > 0),
    at       timestamptz NOT NULL,
    FOREIGN KEY (order_id, kind) REFERENCES materials
);
CREATE INDEX pages_material ON pages (order_id, kind);
CREATE INDEX pages_sha256 ON pages (sha256);

-- Which pages staff who judge had before them: nobody accepts what they did not look at.
CREATE TABLE page_looks (
    order_id uuid        NOT NULL REFERENCES orders,
    staff_id uuid        NOT NULL REFERENCES staff,
    sha256   text        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (order_id, staff_id, sha256)
);
CREATE INDEX page_looks_at ON page_looks (at);

CREATE TABLE units (
    id           uuid PRIMARY KEY,
    order_id     uuid    NOT NULL,
    kind         text    NOT NULL, -- the order's
    index        integer NOT NULL CHECK (index > 0),
    service_id   text    NOT NULL,
    term_months  integer NOT NULL CHECK (term_months >= 0), -- 0 where the kind has none
    state        text    NOT NULL CONSTRAINT units_state CHECK (state IN
        ('waiting', 'reserved', 'issued', 'done', 'released')),
    operation_id uuid, -- the one that holds it now
    target_id    uuid, -- the certificate that it is about, NULL for a new one
    term_id      uuid, -- that it uses, NULL where it is paid for itself
    FOREIGN KEY (order_id, kind) REFERENCES orders (id, kind),
    CONSTRAINT units_index UNIQUE (order_id, index),
    -- A unit is done without an operation where nothing is written.
    CONSTRAINT units_operation CHECK (state = 'done' OR (operation_id IS NULL) = (state IN ('waiting', 'released')))
);

-- One open order for a certificate and kind.
CREATE UNIQUE INDEX units_target ON units (target_id, kind) WHERE state NOT IN ('done', 'released');

-- Months that were paid for a certificate, for an extension to come.
CREATE TABLE terms (
    id             uuid PRIMARY KEY,
    certificate_id uuid        NOT NULL, -- passes on to the one that takes its place
    unit_id        uuid        NOT NULL CONSTRAINT terms_unit UNIQUE REFERENCES units, -- of the renewal that made it
    months         integer     NOT NULL CHECK (months > 0),
    state          text        NOT NULL CONSTRAINT terms_state CHECK (state IN ('open', 'held', 'used')),
    created_at     timestamptz NOT NULL
);
CREATE INDEX terms_certificate ON terms (certificate_id) WHERE state = 'open';
ALTER TABLE units ADD CONSTRAINT units_term_id_fkey FOREIGN KEY (term_id) REFERENCES terms;

-- What was paid for units that nothing is made of any more, or for terms that nothing can use: a refund or a credit is to be offered.
CREATE TABLE owed (
    id         uuid PRIMARY KEY,
    order_id   uuid        NOT NULL REFERENCES orders,
    unit_id    uuid        NOT NULL CONSTRAINT owed_unit UNIQUE REFERENCES units,
    amount_fen bigint      NOT NULL CHECK (amount_fen > 0),
    because    text        NOT NULL, -- the act of the trail by which it came to that
    at         timestamptz NOT NULL
);
CREATE INDEX owed_order ON owed (order_id);

CREATE TABLE authorization_codes (
    opens      uuid PRIMARY KEY, -- the order, the operation of it that may go on at another kiosk, or the person who forgot their password
    order_id   uuid        REFERENCES orders, -- NULL: a person's
    code_hash  bytea       NOT NULL,
    wrong      integer     NOT NULL DEFAULT 0 CHECK (wrong >= 0),
    tried      bytea[]     NOT NULL DEFAULT '{}', -- hashes of wrong ones: the same one again does not count
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE claims (
    order_id uuid PRIMARY KEY REFERENCES orders,
    staff_id uuid        NOT NULL REFERENCES staff,
    until    timestamptz NOT NULL
);

-- Text messages: on their way, and what became of them. The body is sealed with a key that is not in the database, and erased
-- once it cannot be sent any more. The jobs that send them name their ids only.
CREATE TABLE outbox (
    id         uuid PRIMARY KEY, -- the gateway's idempotency key too
    order_id   uuid        REFERENCES orders, -- NULL: about a person
    project_id text        NOT NULL REFERENCES projects, -- whose signature it has
    hall_id    text        NOT NULL REFERENCES halls,
    mobile     text        NOT NULL,
    template   text        NOT NULL,
    opens      uuid, -- what the code in it opens, see authorization_codes; NULL: it has none
    body       bytea,
    state      text        NOT NULL DEFAULT 'waiting' CONSTRAINT outbox_state CHECK (state IN ('waiting', 'sent', 'failed', 'withdrawn')),
    created_at timestamptz NOT NULL,
    ended_at   timestamptz,
    attempts   integer     NOT NULL DEFAULT 0,
    answer     integer     NOT NULL DEFAULT 0, -- HTTP status with which the gateway refused it last
    CONSTRAINT outbox_ended CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT outbox_body CHECK (CASE state WHEN 'waiting' THEN body IS NOT NULL WHEN 'failed' THEN true ELSE body IS NULL END)
);
CREATE INDEX outbox_unsent ON outbox (created_at) WHERE state IN ('failed', 'waiting');
CREATE INDEX outbox_order ON outbox (order_id);

-- +goose Down
ALTER TABLE units DROP CONSTRAINT units_term_id_fkey;
DROP TABLE applications, outbox, mandates, claims, authorization_codes, owed, terms, units, pages, scans, page_looks, materials, payments, order_lines, orders, sessions, agreed,
    memberships, organisations, logins, persons;
