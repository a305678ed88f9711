-- The founding, projects with their catalogue, kiosks, staff.

-- +goose Up
-- Which CA and which master keys this register was founded with: one row, so that a wrong data folder is noticed.
CREATE TABLE foundation (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    id         uuid        NOT NULL, -- stands in the data folder too
    ca_sha256  bytea,                -- of the CA's certificate; NULL while founding is under way
    created_at timestamptz NOT NULL
);

CREATE TABLE master_keys (
    version     integer PRIMARY KEY CHECK (version > 0),
    fingerprint bytea       NOT NULL CONSTRAINT master_keys_fingerprint UNIQUE,
    created_at  timestamptz NOT NULL
);

CREATE TABLE projects (
    id        text PRIMARY KEY,
    position  integer NOT NULL,
    name      jsonb   NOT NULL,
    contact   jsonb   NOT NULL,
    bank      jsonb   NOT NULL,
    profile   jsonb   NOT NULL,
    max_units integer NOT NULL CHECK (max_units > 0)
);

CREATE TABLE services (
    project_id  text    NOT NULL REFERENCES projects,
    id          text    NOT NULL,
    position    integer NOT NULL,
    kind        text    NOT NULL CONSTRAINT services_kind CHECK (kind IN ('new', 'renew', 'extend', 'change', 'reissue', 'unlock')),
    name        jsonb   NOT NULL,
    about       jsonb   NOT NULL,
    price_fen   bigint  NOT NULL CHECK (price_fen >= 0),
    term_months integer NOT NULL CHECK (term_months > 0),
    offered     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE agreements (
    project_id text    NOT NULL REFERENCES projects,
    id         text    NOT NULL,
    version    integer NOT NULL CHECK (version > 0),
    position   integer NOT NULL,
    title      jsonb   NOT NULL,
    body       jsonb   NOT NULL,
    current    boolean NOT NULL DEFAULT true,
    PRIMARY KEY (project_id, id, version)
);
CREATE UNIQUE INDEX agreements_current ON agreements (project_id, id) WHERE current;

CREATE TABLE requirements (
    project_id text    NOT NULL REFERENCES projects,
    material   text    NOT NULL CONSTRAINT requirements_material CHECK (material IN
        ('business_licence', 'handler_identity', 'registration_form', 'risk_notice', 'proof_of_change', 'remittance_slip')),
    position   integer NOT NULL,
    min_pages  integer NOT NULL CHECK (min_pages > 0),
    max_pages  integer NOT NULL CHECK (max_pages >= min_pages),
    PRIMARY KEY (project_id, material)
);

CREATE TABLE ukey_models (
    id                 text PRIMARY KEY,
    name               jsonb   NOT NULL,
    manufacturer       text    NOT NULL,
    model              text    NOT NULL,
    pin_min            integer NOT NULL CHECK (pin_min > 0),
    pin_max            integer NOT NULL CHECK (pin_max >= pin_min),
    factory_admin_pin  text    NOT NULL,
    admin_pin_length   integer NOT NULL CHECK (admin_pin_length BETWEEN 4 AND 64),
    admin_pin_alphabet text    NOT NULL CHECK (length(admin_pin_alphabet) >= 10)
);

CREATE TABLE project_models (
    project_id text    NOT NULL REFERENCES projects,
    model_id   text    NOT NULL REFERENCES ukey_models,
    position   integer NOT NULL,
    PRIMARY KEY (project_id, model_id)
);

CREATE TABLE staff (
    id       uuid PRIMARY KEY,
    login    text    NOT NULL CONSTRAINT staff_login UNIQUE,
    name     text    NOT NULL,
    role     text    NOT NULL CONSTRAINT staff_role CHECK (role IN ('counter', 'supervisor')),
    password text    NOT NULL, -- argon2id
    active   boolean NOT NULL DEFAULT true
);

-- A kiosk's row is committed before its certificate is signed, so that a repeated enrolment signs the same again.
CREATE TABLE kiosks (
    id            uuid PRIMARY KEY,
    prefix        text        NOT NULL CHECK (prefix ~ '^[A-Z]{2}[0-9]{2}$'),
    hall          jsonb       NOT NULL,
    place         jsonb       NOT NULL,
    key_hash      bytea       NOT NULL, -- of its public key, see public_keys
    serial_number text        NOT NULL CONSTRAINT kiosks_serial_number UNIQUE, -- lower-case hex
    not_before    timestamptz NOT NULL,
    not_after     timestamptz NOT NULL,
    certificate   bytea,
    fingerprint   bytea CONSTRAINT kiosks_fingerprint UNIQUE, -- SHA-256 of the certificate
    enrolled_at   timestamptz NOT NULL,
    seen_at       timestamptz,
    retired_at    timestamptz
);
CREATE UNIQUE INDEX kiosks_prefix ON kiosks (prefix) WHERE retired_at IS NULL;

CREATE TABLE kiosk_projects (
    kiosk_id   uuid NOT NULL REFERENCES kiosks,
    project_id text NOT NULL REFERENCES projects,
    PRIMARY KEY (kiosk_id, project_id)
);

CREATE TABLE enrolment_codes (
    code_hash  bytea PRIMARY KEY,
    prefix     text        NOT NULL,
    hall       jsonb       NOT NULL,
    place      jsonb       NOT NULL,
    projects   text[]      NOT NULL,
    staff_id   uuid        NOT NULL REFERENCES staff,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    kiosk_id   uuid REFERENCES kiosks
);

CREATE TABLE login_attempts (
    audience     text        NOT NULL CHECK (audience IN ('customer', 'staff')),
    login        text        NOT NULL,
    wrong        integer     NOT NULL CHECK (wrong >= 0),
    paused_until timestamptz,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (audience, login)
);

-- +goose Down
DROP TABLE login_attempts, enrolment_codes, kiosk_projects, kiosks, staff, project_models, ukey_models, requirements,
    agreements, services, projects, master_keys, foundation;
