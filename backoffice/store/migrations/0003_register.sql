-- Keys, operations on them, the certificate register, proofs.

-- +goose Up
-- A key is who it says it is: two makers may give the same serial. Model is the catalogue's name for maker and model.
CREATE TABLE ukeys (
    manufacturer    text        NOT NULL,
    key_model       text        NOT NULL,
    serial          text        NOT NULL CHECK (serial <> ''),
    model           text        NOT NULL REFERENCES ukey_models,
    life            text        NOT NULL CONSTRAINT ukeys_life CHECK (life IN ('blank', 'active', 'lost', 'damaged')),
    pin             text        NOT NULL CONSTRAINT ukeys_pin CHECK (pin IN ('ok', 'low', 'final', 'locked')), -- the customer's, as the key told last
    custody         text        NOT NULL CONSTRAINT ukeys_custody CHECK (custody IN ('stock', 'person')),
    admin_pin       integer     NOT NULL DEFAULT 0 CHECK (admin_pin >= 0), -- version known to open it
    pending         integer     NOT NULL DEFAULT 0 CHECK (pending = 0 OR pending = admin_pin + 1),
    look            text        NOT NULL DEFAULT '' CONSTRAINT ukeys_look CHECK (look IN ('', 'allowed', 'blank', 'foreign')),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (manufacturer, key_model, serial),
    CONSTRAINT ukeys_blank_stays CHECK (life <> 'blank' OR custody = 'stock')
);

-- Where each version of a key's administrator PIN comes from; the PIN itself is derived, never stored.
CREATE TABLE admin_pins (
    manufacturer text        NOT NULL,
    key_model    text        NOT NULL,
    serial       text        NOT NULL,
    version      integer     NOT NULL CHECK (version > 0),
    master       integer     NOT NULL REFERENCES master_keys,
    check_hash   bytea       NOT NULL, -- keyed hash of the PIN: finds a changed master key or rule
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (manufacturer, key_model, serial, version),
    FOREIGN KEY (manufacturer, key_model, serial) REFERENCES ukeys
);

-- All that a certificate is made of is committed here before the CA signs: it signs the same again, whatever the catalogue says then.
CREATE TABLE operations (
    id             uuid PRIMARY KEY,
    plan           text        NOT NULL CONSTRAINT operations_plan CHECK (plan IN ('make', 'extend', 'change', 'unlock', 'repair', 'rotate')),
    order_id       uuid REFERENCES orders, -- NULL where no order asked for it
    unit_id        uuid REFERENCES units,
    membership_id  uuid        NOT NULL REFERENCES memberships, -- whose it is
    target_id      uuid, -- the certificate that it replaces, restores or leaves as it is; NULL for a blank key
    finishes       uuid REFERENCES operations, -- the one on the same key that it ends, whose certificate only has to be proven
    kiosk_id       uuid        NOT NULL REFERENCES kiosks, -- that works on it
    generation     integer     NOT NULL DEFAULT 1 CHECK (generation > 0), -- of the kiosk's ticket
    master         integer     NOT NULL REFERENCES master_keys, -- that the ticket comes from
    held           boolean     NOT NULL DEFAULT true, -- the kiosk has the ticket; false once it was blocked
    model          text        NOT NULL REFERENCES ukey_models,
    manufacturer   text        NOT NULL,
    key_model      text        NOT NULL,
    serial         text        NOT NULL,
    state          text        NOT NULL CONSTRAINT operations_state CHECK (state IN ('done', 'issued', 'released', 'reserved')),
    given_back     text        NOT NULL DEFAULT '', -- the code of why the unit was given back without staff
    admin_pin      integer     NOT NULL CHECK (admin_pin >= 0), -- version this operation sets, 0: none
    request        bytea, -- PKCS#10
    key_hash       bytea, -- of the request's public key, see public_keys
    serial_number  text CONSTRAINT operations_serial_number UNIQUE, -- lower-case hex
    subject        bytea, -- DER RDNSequence
    usage          text CONSTRAINT operations_usage CHECK (usage IN ('sign', 'sign_decrypt')),
    authority      text, -- the CA that signs
    shape          jsonb, -- what it says besides: extended usages, policies, pointers
    not_before     timestamptz,
    not_after      timestamptz,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    FOREIGN KEY (manufacturer, key_model, serial) REFERENCES ukeys,
    CONSTRAINT operations_request CHECK (num_nulls(request, key_hash, serial_number, subject, usage, authority, shape, not_before, not_after) IN (0, 9)),
    CONSTRAINT operations_issued CHECK (state <> 'issued' OR serial_number IS NOT NULL),
    CONSTRAINT operations_order CHECK ((order_id IS NULL) = (unit_id IS NULL) AND (unit_id IS NOT NULL OR serial_number IS NULL))
);
CREATE UNIQUE INDEX operations_live_unit ON operations (unit_id) WHERE state IN ('reserved', 'issued');
CREATE UNIQUE INDEX operations_live_key ON operations (manufacturer, key_model, serial) WHERE state IN ('reserved', 'issued') AND finishes IS NULL;
CREATE UNIQUE INDEX operations_finishes ON operations (finishes) WHERE state IN ('reserved', 'issued');
CREATE UNIQUE INDEX operations_done_unit ON operations (unit_id) WHERE state = 'done';
CREATE INDEX operations_order ON operations (order_id);
CREATE INDEX operations_finisher ON operations (finishes) WHERE finishes IS NOT NULL;
CREATE INDEX operations_kiosk ON operations (kiosk_id) WHERE state IN ('reserved', 'issued');
ALTER TABLE units ADD FOREIGN KEY (operation_id) REFERENCES operations;

-- A person was proven for one operation at one kiosk, in this generation of its ticket. The token is in the kiosk's memory only.
CREATE TABLE presences (
    token_hash    bytea PRIMARY KEY,
    operation_id  uuid        NOT NULL CONSTRAINT presences_operation UNIQUE REFERENCES operations,
    kiosk_id      uuid        NOT NULL REFERENCES kiosks,
    generation    integer     NOT NULL,
    membership_id uuid        NOT NULL REFERENCES memberships,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX presences_membership ON presences (membership_id);

-- Attempts at a key's administrator PIN, each committed before it is made. Position is their order.
CREATE TABLE admin_attempts (
    id           uuid PRIMARY KEY, -- made by the kiosk
    position     bigint      GENERATED ALWAYS AS IDENTITY,
    operation_id uuid        NOT NULL REFERENCES operations,
    kiosk_id     uuid        NOT NULL REFERENCES kiosks,
    manufacturer text        NOT NULL,
    key_model    text        NOT NULL,
    serial       text        NOT NULL,
    version      integer, -- tried; NULL: one was set on a key that had none
    target       integer     NOT NULL CHECK (target > 0), -- the version that was to be set
    outcome      text        NOT NULL DEFAULT 'unknown' CONSTRAINT admin_attempts_outcome CHECK (outcome IN ('right', 'unknown', 'void', 'wrong')),
    begun        boolean     NOT NULL DEFAULT true, -- setting it may have been begun
    at           timestamptz NOT NULL,
    FOREIGN KEY (manufacturer, key_model, serial) REFERENCES ukeys
);
CREATE INDEX admin_attempts_key ON admin_attempts (manufacturer, key_model, serial, target, position);

-- Every public key that ever got a certificate, so that none gets a second one: for another unit, customer or kiosk; and every one that
-- staff log in with, which is nobody else's and gets none here. The hash is of what the private key hangs on (backoffice/pki.KeyHash).
-- The owner's id is an operation's, a member of staff's, or the serial number of a kiosk's certificate: a kiosk has a fresh key each time.
CREATE TABLE public_keys (
    hash       bytea PRIMARY KEY,
    owner_kind text        NOT NULL CHECK (owner_kind IN ('operation', 'kiosk', 'ca', 'staff')),
    owner_id   text        NOT NULL,
    created_at timestamptz NOT NULL
);

-- The register. Der is missing only where a serial number was given up before its certificate came back from the CA.
CREATE TABLE certificates (
    id                uuid PRIMARY KEY,
    serial_number     text        NOT NULL CONSTRAINT certificates_serial_number UNIQUE, -- lower-case hex
    operation_id      uuid        NOT NULL CONSTRAINT certificates_operation UNIQUE REFERENCES operations,
    order_id          uuid        NOT NULL REFERENCES orders,
    unit_id           uuid        NOT NULL REFERENCES units,
    membership_id     uuid        NOT NULL REFERENCES memberships, -- in which it was asked for
    manufacturer      text        NOT NULL, -- of the key that it is on
    key_model         text        NOT NULL,
    serial            text        NOT NULL,
    supersedes        uuid REFERENCES certificates, -- whose place it takes
    state             text        NOT NULL CONSTRAINT certificates_state CHECK (state IN ('issued', 'active', 'suspended', 'superseded', 'revoked', 'expired')),
    authority         text        NOT NULL, -- the CA that signed it
    issuer            text        NOT NULL, -- its name
    usage             text CONSTRAINT certificates_usage CHECK (usage IN ('sign', 'sign_decrypt')),
    subject           text        NOT NULL,
    not_before        timestamptz NOT NULL,
    not_after         timestamptz NOT NULL,
    der               bytea,
    created_at        timestamptz NOT NULL,
    revoked_at        timestamptz,
    revocation_reason integer     NOT NULL DEFAULT 0,
    FOREIGN KEY (manufacturer, key_model, serial) REFERENCES ukeys,
    CONSTRAINT certificates_der CHECK ((der IS NOT NULL OR state = 'revoked') AND (der IS NULL) = (usage IS NULL)),
    CONSTRAINT certificates_revoked CHECK ((state = 'revoked') = (revoked_at IS NOT NULL))
);
CREATE UNIQUE INDEX certificates_active_unit ON certificates (unit_id) WHERE state IN ('active', 'suspended');
CREATE INDEX certificates_order ON certificates (order_id);
CREATE INDEX certificates_membership ON certificates (membership_id, id DESC);
CREATE INDEX certificates_key ON certificates (manufacturer, key_model, serial);
CREATE INDEX certificates_supersedes ON certificates (supersedes);
CREATE INDEX certificates_ends ON certificates (not_after) WHERE state IN ('active', 'suspended', 'superseded');
-- All that a revocation list takes of a row.
CREATE INDEX certificates_revoked_at ON certificates (authority, revoked_at) INCLUDE (serial_number, revocation_reason, not_after) WHERE state = 'revoked';

-- Why certificates are, or were, suspended: one is while any of its is open, and on hold in the revocation list until then.
CREATE TABLE suspensions (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    certificate_id uuid        NOT NULL REFERENCES certificates,
    reason         text        NOT NULL CONSTRAINT suspensions_reason CHECK (reason IN ('lost', 'staff')),
    ground         text        NOT NULL CONSTRAINT suspensions_ground CHECK (ground IN ('lost', 'holder', 'misuse', 'authority', 'doubt', 'other')),
    note           text        NOT NULL, -- in words
    made_by        uuid REFERENCES staff, -- NULL where a command at the server did, or a person
    made_person    uuid REFERENCES persons, -- who reported the key lost
    made_at        timestamptz NOT NULL,
    lifted_by      uuid REFERENCES staff, -- NULL likewise
    lifted_person  uuid REFERENCES persons, -- who restored it, with the key
    lifted_at      timestamptz,
    CONSTRAINT suspensions_lifted CHECK (num_nonnulls(lifted_by, lifted_person) = 0 OR lifted_at IS NOT NULL),
    CONSTRAINT suspensions_lost CHECK (reason = 'lost' OR num_nonnulls(made_person, lifted_person) = 0),
    CONSTRAINT suspensions_who CHECK (num_nonnulls(made_by, made_person) < 2 AND num_nonnulls(lifted_by, lifted_person) < 2)
);
CREATE INDEX suspensions_person ON suspensions (made_person) WHERE made_person IS NOT NULL;
CREATE UNIQUE INDEX suspensions_open ON suspensions (certificate_id, reason) WHERE lifted_at IS NULL;
CREATE INDEX suspensions_certificate ON suspensions (certificate_id);

-- How many days before its end a certificate's holder was told of it.
CREATE TABLE expiry_notices (
    certificate_id uuid        NOT NULL REFERENCES certificates,
    days           integer     NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (certificate_id, days)
);

ALTER TABLE units ADD CONSTRAINT units_target_id_fkey FOREIGN KEY (target_id) REFERENCES certificates;
CREATE INDEX units_target_id ON units (target_id) WHERE target_id IS NOT NULL;
ALTER TABLE terms ADD CONSTRAINT terms_certificate_id_fkey FOREIGN KEY (certificate_id) REFERENCES certificates;
ALTER TABLE operations ADD CONSTRAINT operations_target_id_fkey FOREIGN KEY (target_id) REFERENCES certificates;

-- A session is a person's, or that of a key with this certificate, in the membership of which it was asked for.
ALTER TABLE sessions ADD certificate_id uuid REFERENCES certificates,
    ADD CONSTRAINT sessions_whose CHECK (num_nonnulls(person_id, certificate_id) = 1),
    ADD CONSTRAINT sessions_key CHECK (certificate_id IS NULL OR membership_id IS NOT NULL);
CREATE INDEX sessions_certificate ON sessions (certificate_id) WHERE certificate_id IS NOT NULL;

-- What a key signs to say that it is there: once, for one purpose, at one kiosk.
CREATE TABLE key_challenges (
    nonce          bytea PRIMARY KEY CHECK (length(nonce) = 32),
    kiosk_id       uuid        NOT NULL REFERENCES kiosks,
    purpose        text        NOT NULL CONSTRAINT key_challenges_purpose CHECK (purpose IN ('login', 'member', 'restore', 'staff')),
    certificate_id uuid REFERENCES certificates, -- whose pair signs; NULL for a key of staff
    staff_key_id   uuid REFERENCES staff_keys,   -- likewise, NULL for a customer's
    person_id      uuid REFERENCES persons, -- who was logged in, NULL for nobody
    expires_at     timestamptz NOT NULL,
    CONSTRAINT key_challenges_whose CHECK ((certificate_id IS NULL) = (purpose = 'staff') AND (staff_key_id IS NULL) = (purpose <> 'staff'))
);
CREATE INDEX key_challenges_kiosk ON key_challenges (kiosk_id, expires_at);

CREATE TABLE challenges (
    challenge    bytea PRIMARY KEY CHECK (length(challenge) = 32),
    operation_id uuid        NOT NULL REFERENCES operations,
    purpose      text        NOT NULL CHECK (purpose IN ('proof', 'takeover')),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX challenges_operation ON challenges (operation_id);

CREATE TABLE proofs (
    operation_id uuid PRIMARY KEY REFERENCES operations,
    kiosk_id     uuid        NOT NULL REFERENCES kiosks,
    at           timestamptz NOT NULL,
    challenge    bytea       NOT NULL,
    signature    bytea, -- NULL where nothing could sign
    sha256       bytea, -- of the certificate as read back
    pin_opens    boolean     NOT NULL, -- shown without a certificate
    admin_pin    integer     NOT NULL, -- that was set, 0: none
    left_overs   jsonb       NOT NULL,
    notes        jsonb       NOT NULL, -- what the key refused, or lacked
    durations    jsonb       NOT NULL
);

CREATE TABLE crls (
    authority   text        NOT NULL, -- whose certificates it is about
    number      bigint      NOT NULL, -- the time in milliseconds, or one more than the last: it grows also after an older dump was restored
    this_update timestamptz NOT NULL,
    next_update timestamptz NOT NULL,
    holds       bytea       NOT NULL, -- a digest of its entries
    history     text        NOT NULL, -- of the database that it was made in, with the feed's epoch
    der         bytea       NOT NULL,
    PRIMARY KEY (authority, number)
);
CREATE INDEX crls_next_update ON crls (authority, next_update);

-- +goose Down
DROP TABLE crls, key_challenges;
ALTER TABLE sessions DROP COLUMN certificate_id;
ALTER TABLE operations DROP CONSTRAINT operations_target_id_fkey;
DROP INDEX units_target_id;
ALTER TABLE units DROP CONSTRAINT units_target_id_fkey;
ALTER TABLE terms DROP CONSTRAINT terms_certificate_id_fkey;
DROP TABLE proofs, challenges, expiry_notices, suspensions, certificates, public_keys;
ALTER TABLE units DROP CONSTRAINT units_operation_id_fkey;
DROP TABLE admin_attempts, presences, operations, admin_pins, ukeys;
