-- Keys, operations on them, the certificate register, proofs.

-- +goose Up
CREATE TABLE ukeys (
    model           text        NOT NULL REFERENCES ukey_models,
    serial          text        NOT NULL CHECK (serial <> ''),
    state           text        NOT NULL CONSTRAINT ukeys_state CHECK (state IN
        ('blank', 'active', 'locked', 'suspended', 'lost', 'damaged', 'retired')),
    admin_pin       integer     NOT NULL DEFAULT 0 CHECK (admin_pin >= 0), -- version known to open it
    pending         integer     NOT NULL DEFAULT 0 CHECK (pending = 0 OR pending = admin_pin + 1),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (model, serial)
);

-- Where each version of a key's administrator PIN comes from; the PIN itself is derived, never stored.
CREATE TABLE admin_pins (
    model      text        NOT NULL,
    serial     text        NOT NULL,
    version    integer     NOT NULL CHECK (version > 0),
    master     integer     NOT NULL REFERENCES master_keys,
    check_hash bytea       NOT NULL, -- keyed hash of the PIN: finds a changed master key or rule
    created_at timestamptz NOT NULL,
    PRIMARY KEY (model, serial, version),
    FOREIGN KEY (model, serial) REFERENCES ukeys
);

-- The serial number and the dates of a certificate are committed here before the CA signs.
CREATE TABLE operations (
    id             uuid PRIMARY KEY,
    kind           text        NOT NULL CONSTRAINT operations_kind CHECK (kind IN ('new', 'renew', 'extend', 'change', 'reissue', 'unlock')),
    order_id       uuid        NOT NULL REFERENCES orders,
    unit_id        uuid        NOT NULL REFERENCES units,
    kiosk_id       uuid        NOT NULL REFERENCES kiosks,
    model          text        NOT NULL,
    serial         text        NOT NULL,
    state          text        NOT NULL CONSTRAINT operations_state CHECK (state IN ('done', 'issued', 'released', 'reserved')),
    admin_pin      integer     NOT NULL CHECK (admin_pin > 0), -- version this operation sets
    request        bytea, -- PKCS#10
    key_hash       bytea, -- of the request's public key, see public_keys
    serial_number  text CONSTRAINT operations_serial_number UNIQUE, -- lower-case hex
    not_before     timestamptz,
    not_after      timestamptz,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    FOREIGN KEY (model, serial) REFERENCES ukeys,
    CONSTRAINT operations_request CHECK ((request IS NULL) = (key_hash IS NULL) AND (request IS NULL) = (serial_number IS NULL)),
    CONSTRAINT operations_issued CHECK (state NOT IN ('issued', 'done') OR serial_number IS NOT NULL)
);
CREATE UNIQUE INDEX operations_live_unit ON operations (unit_id) WHERE state IN ('reserved', 'issued');
CREATE UNIQUE INDEX operations_live_key ON operations (model, serial) WHERE state IN ('reserved', 'issued');
CREATE UNIQUE INDEX operations_done_unit ON operations (unit_id) WHERE state = 'done';
CREATE INDEX operations_order ON operations (order_id);
ALTER TABLE units ADD FOREIGN KEY (operation_id) REFERENCES operations;

-- Every public key that ever got a certificate, so that none gets a second one: for another unit, customer or kiosk. The hash
-- is of what the private key hangs on (backoffice/pki.KeyHash).
CREATE TABLE public_keys (
    hash       bytea PRIMARY KEY,
    owner_kind text        NOT NULL CHECK (owner_kind IN ('operation', 'kiosk', 'ca')),
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
    state             text        NOT NULL CONSTRAINT certificates_state CHECK (state IN
        ('issued', 'active', 'superseded', 'revoked', 'expired')),
    subject           text        NOT NULL,
    not_before        timestamptz NOT NULL,
    not_after         timestamptz NOT NULL,
    der               bytea,
    created_at        timestamptz NOT NULL,
    revoked_at        timestamptz,
    revocation_reason integer     NOT NULL DEFAULT 0,
    CONSTRAINT certificates_der CHECK (der IS NOT NULL OR state = 'revoked'),
    CONSTRAINT certificates_revoked CHECK ((state = 'revoked') = (revoked_at IS NOT NULL))
);
CREATE UNIQUE INDEX certificates_active_unit ON certificates (unit_id) WHERE state = 'active';
CREATE INDEX certificates_order ON certificates (order_id);
CREATE INDEX certificates_revoked_at ON certificates (revoked_at) WHERE state = 'revoked';

CREATE TABLE challenges (
    challenge    bytea PRIMARY KEY CHECK (length(challenge) = 32),
    operation_id uuid        NOT NULL REFERENCES operations,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX challenges_operation ON challenges (operation_id);

CREATE TABLE proofs (
    operation_id uuid PRIMARY KEY REFERENCES operations,
    kiosk_id     uuid        NOT NULL REFERENCES kiosks,
    at           timestamptz NOT NULL,
    challenge    bytea       NOT NULL,
    signature    bytea       NOT NULL,
    sha256       bytea       NOT NULL, -- of the certificate as read back
    admin_pin    integer     NOT NULL,
    left_overs   jsonb       NOT NULL,
    durations    jsonb       NOT NULL
);

CREATE SEQUENCE crl_number;

CREATE TABLE crls (
    number      bigint PRIMARY KEY,
    this_update timestamptz NOT NULL,
    next_update timestamptz NOT NULL,
    der         bytea       NOT NULL
);

-- +goose Down
DROP TABLE crls;
DROP SEQUENCE crl_number;
DROP TABLE proofs, challenges, certificates, public_keys;
ALTER TABLE units DROP CONSTRAINT units_operation_id_fkey;
DROP TABLE operations, admin_pins, ukeys;
