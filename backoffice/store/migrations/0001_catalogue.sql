-- The founding, projects with their catalogue, halls, kiosks, staff.

-- +goose Up
-- Breaks a constraint, by its name, unless ok: for what one statement of several that are sent together has to find.
-- +goose StatementBegin
CREATE FUNCTION must(ok boolean, broken text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF ok IS NOT TRUE THEN
        RAISE EXCEPTION '% is broken', broken USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
END $$;
-- +goose StatementEnd

-- Which data folder this register was founded with: one row, so that a wrong one is noticed.
CREATE TABLE foundation (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    id         uuid        NOT NULL, -- stands in the data folder too
    founded_at timestamptz,          -- NULL while founding is under way
    audit_key  bytea,                -- public key of the audit trail; NULL likewise
    created_at timestamptz NOT NULL
);

-- The CAs: of each purpose the newest that has begun signs, and all of them answer for what they signed.
CREATE TABLE authorities (
    name        text PRIMARY KEY CHECK (name ~ '^[a-z]+(-[0-9]+)?$'), -- of its files, and in addresses
    purpose     text        NOT NULL CONSTRAINT authorities_purpose CHECK (purpose IN ('customers', 'operations')),
    certificate bytea       NOT NULL CONSTRAINT authorities_certificate UNIQUE, -- DER
    cross_certificate bytea, -- of the same key, by the CA before it
    signs_from  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL
);

-- What the back office has for itself: TLS, OCSP responders, the cross certificates of CAs. A row is there before its certificate is signed.
CREATE TABLE office_certificates (
    serial_number text PRIMARY KEY CHECK (serial_number ~ '^[0-9a-f]+$'),
    authority     text        NOT NULL, -- that signs it
    kind          text        NOT NULL CHECK (kind IN ('server', 'ocsp', 'cross')),
    not_before    timestamptz NOT NULL,
    not_after     timestamptz NOT NULL,
    certificate   bytea -- DER, NULL until signed
);

CREATE TABLE master_keys (
    version     integer PRIMARY KEY CHECK (version > 0),
    fingerprint bytea       NOT NULL CONSTRAINT master_keys_fingerprint UNIQUE,
    created_at  timestamptz NOT NULL
);

-- What the catalogue lists no more stays, since orders, keys and kiosks refer to it, but is offered to nobody.
CREATE TABLE projects (
    id        text PRIMARY KEY,
    listed    boolean NOT NULL DEFAULT true,
    position  integer NOT NULL,
    name      jsonb   NOT NULL,
    contact   jsonb   NOT NULL,
    bank      jsonb   NOT NULL,
    profile   jsonb   NOT NULL,
    max_units integer NOT NULL CHECK (max_units > 0),
    -- Days before and after a certificate's end between which it is renewed and extended.
    window_before integer NOT NULL CHECK (window_before >= 0),
    window_after  integer NOT NULL CHECK (window_after >= 0),
    mobile_countries text[] NOT NULL DEFAULT '{}', -- codes besides 86
    prove_mobile boolean NOT NULL DEFAULT false, -- by a code, at the registration
    -- Acts on a certificate that a second member of staff confirms.
    second_person text[]  NOT NULL DEFAULT '{}' CONSTRAINT projects_second_person CHECK (second_person <@ ARRAY['restore', 'revoke'])
);

CREATE TABLE services (
    project_id  text    NOT NULL REFERENCES projects,
    id          text    NOT NULL,
    position    integer NOT NULL,
    kind        text    NOT NULL,
    reason      text    NOT NULL, -- tells services of one kind apart
    name        jsonb   NOT NULL,
    about       jsonb   NOT NULL,
    price_fen   bigint  NOT NULL CHECK (price_fen >= 0),
    term_months integer NOT NULL, -- 0 where the kind has none
    offered     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (project_id, id),
    CONSTRAINT services_service CHECK ((kind, reason) IN (('new', ''), ('renew', ''), ('extend', ''), ('change', 'legal'), ('change', 'name'),
        ('change', 'data'), ('reissue', 'lost'), ('reissue', 'damaged'), ('unlock', ''))),
    CONSTRAINT services_term CHECK (term_months >= 0 AND (term_months > 0) = (kind IN ('extend', 'new', 'renew')))
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

-- What is read, and sealed, before an order of a kind and reason.
CREATE TABLE notices (
    project_id text    NOT NULL REFERENCES projects,
    kind       text    NOT NULL,
    reason     text    NOT NULL,
    version    integer NOT NULL CHECK (version BETWEEN 1 AND 9999),
    position   integer NOT NULL,
    title      jsonb   NOT NULL,
    body       jsonb   NOT NULL,
    current    boolean NOT NULL DEFAULT true,
    PRIMARY KEY (project_id, kind, reason, version),
    CONSTRAINT notices_service CHECK ((kind, reason) IN (('new', ''), ('renew', ''), ('extend', ''), ('change', 'legal'), ('change', 'name'),
        ('change', 'data'), ('reissue', 'lost'), ('reissue', 'damaged'), ('unlock', '')))
);
CREATE UNIQUE INDEX notices_current ON notices (project_id, kind, reason) WHERE current;

-- The materials that orders of a kind and reason need.
CREATE TABLE requirements (
    project_id text    NOT NULL REFERENCES projects,
    kind       text    NOT NULL,
    reason     text    NOT NULL,
    material   text    NOT NULL CONSTRAINT requirements_material CHECK (material IN -- the slip of a transfer is asked for with it
        ('business_licence', 'handler_identity', 'registration_form', 'risk_notice', 'proof_of_change')),
    position   integer NOT NULL,
    min_pages  integer NOT NULL CHECK (min_pages > 0),
    max_pages  integer NOT NULL CHECK (max_pages >= min_pages),
    grey       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (project_id, kind, reason, material),
    CONSTRAINT requirements_service CHECK ((kind, reason) IN (('new', ''), ('renew', ''), ('extend', ''), ('change', 'legal'), ('change', 'name'),
        ('change', 'data'), ('reissue', 'lost'), ('reissue', 'damaged'), ('unlock', '')))
);

CREATE TABLE ukey_models (
    id                 text PRIMARY KEY,
    listed             boolean NOT NULL DEFAULT true,
    name               jsonb   NOT NULL,
    manufacturer       text    NOT NULL,
    model              text    NOT NULL,
    pin_min            integer NOT NULL CHECK (pin_min > 0),
    pin_max            integer NOT NULL CHECK (pin_max >= pin_min),
    factory_admin_pin    text    NOT NULL,
    factory_customer_pin text    NOT NULL, -- empty where the maker sets none
    admin_pin_length     integer NOT NULL CHECK (admin_pin_length BETWEEN 4 AND 64),
    admin_pin_alphabet   text    NOT NULL CHECK (length(admin_pin_alphabet) >= 10),
    admin_pin_tries      integer NOT NULL CHECK (admin_pin_tries BETWEEN 2 AND 255), -- wrong ones in a row that lock it
    tells                boolean NOT NULL  -- its flags say truly whether a wrong attempt was made since the last right one
);

CREATE TABLE project_models (
    project_id text    NOT NULL REFERENCES projects,
    model_id   text    NOT NULL REFERENCES ukey_models,
    position   integer NOT NULL,
    PRIMARY KEY (project_id, model_id)
);

-- The epoch is another one after every change of what a project offers and of the rules of a model, so that who knows them can tell
-- whether they still are so, after a restore too.
CREATE TABLE catalogue (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch  uuid NOT NULL
);
INSERT INTO catalogue (epoch) VALUES (gen_random_uuid());

-- +goose StatementBegin
CREATE FUNCTION next_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalogue SET epoch = gen_random_uuid();
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER projects_epoch AFTER INSERT OR UPDATE OR DELETE ON projects FOR EACH STATEMENT EXECUTE FUNCTION next_epoch();
CREATE TRIGGER services_epoch AFTER INSERT OR UPDATE OR DELETE ON services FOR EACH STATEMENT EXECUTE FUNCTION next_epoch();
CREATE TRIGGER agreements_epoch AFTER INSERT OR UPDATE OR DELETE ON agreements FOR EACH STATEMENT EXECUTE FUNCTION next_epoch();
CREATE TRIGGER notices_epoch AFTER INSERT OR UPDATE OR DELETE ON notices FOR EACH STATEMENT EXECUTE FUNCTION next_epoch();
CREATE TRIGGER requirements_epoch AFTER INSERT OR UPDATE OR DELETE ON requirements FOR EACH STATEMENT EXECUTE FUNCTION next_epoch();
CREATE TRIGGER ukey_models_epoch AFTER INSERT OR UPDATE OR DELETE ON ukey_models FOR EACH STATEMENT EXECUTE FUNCTION next_epoch();
CREATE TRIGGER project_models_epoch AFTER INSERT OR UPDATE OR DELETE ON project_models FOR EACH STATEMENT EXECUTE FUNCTION next_epoch();

CREATE TABLE halls (
    id       text PRIMARY KEY,
    listed   boolean NOT NULL DEFAULT true,
    position integer NOT NULL,
    name     jsonb   NOT NULL
);

-- The epoch grows with everything that ends a member's sessions: a new password, a withdrawn grant, being disabled.
CREATE TABLE staff (
    id          uuid PRIMARY KEY,
    login       text        NOT NULL CONSTRAINT staff_login UNIQUE, -- normal form
    name        text        NOT NULL,
    mobile      text        NOT NULL,
    password    text        NOT NULL, -- argon2id
    temporary   boolean     NOT NULL, -- the password is to be changed before anything else
    epoch       integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    disabled_at timestamptz
);

-- What a member of staff may do where: one role in one project or all, at one hall or all. It counts once a second
-- administrator has confirmed it; given_by and confirmed_by are NULL where a command at the server did.
CREATE TABLE staff_grants (
    id           uuid PRIMARY KEY,
    staff_id     uuid        NOT NULL REFERENCES staff,
    role         text        NOT NULL CONSTRAINT staff_grants_role CHECK (role IN
        ('administrator', 'auditor', 'counter', 'finance', 'reviewer', 'supervisor')),
    project_id   text REFERENCES projects,
    hall_id      text REFERENCES halls,
    given_by     uuid REFERENCES staff,
    given_at     timestamptz NOT NULL,
    confirmed_by uuid REFERENCES staff,
    confirmed_at timestamptz,
    withdrawn_by uuid REFERENCES staff,
    withdrawn_at timestamptz,
    CONSTRAINT staff_grants_second CHECK (confirmed_by IS NULL OR confirmed_by <> staff_id AND confirmed_by IS DISTINCT FROM given_by)
);
CREATE UNIQUE INDEX staff_grants_once ON staff_grants (staff_id, role, COALESCE(project_id, ''), COALESCE(hall_id, ''))
    WHERE withdrawn_at IS NULL;

-- A key that a member of staff shows beside their password. It counts once a second administrator has confirmed it, as a grant does; the
-- public key is its owner's for ever, see public_keys.
CREATE TABLE staff_keys (
    id           uuid PRIMARY KEY,
    staff_id     uuid        NOT NULL REFERENCES staff,
    name         text        NOT NULL, -- what is written on it
    public_key   bytea       NOT NULL, -- PKIX, DER
    key_hash     bytea       NOT NULL,
    asked_by     uuid REFERENCES staff,
    asked_at     timestamptz NOT NULL,
    confirmed_by uuid REFERENCES staff,
    confirmed_at timestamptz,
    removed_by   uuid REFERENCES staff,
    removed_at   timestamptz,
    CONSTRAINT staff_keys_second CHECK (confirmed_by IS NULL OR confirmed_by <> staff_id AND confirmed_by IS DISTINCT FROM asked_by)
);
CREATE UNIQUE INDEX staff_keys_once ON staff_keys (key_hash) WHERE removed_at IS NULL;
CREATE INDEX staff_keys_staff ON staff_keys (staff_id);

CREATE VIEW live_grants AS
    SELECT g.id, g.staff_id, g.role, g.project_id, g.hall_id FROM staff_grants g JOIN staff s ON s.id = g.staff_id
    WHERE g.confirmed_at IS NOT NULL AND g.withdrawn_at IS NULL AND s.disabled_at IS NULL;

CREATE TABLE kiosks (
    id          uuid PRIMARY KEY,
    prefix      text        NOT NULL CHECK (prefix ~ '^[A-Z]{2}[0-9]{2}$'),
    hall_id     text        NOT NULL REFERENCES halls,
    place       jsonb       NOT NULL,
    enrolled_at timestamptz NOT NULL, -- the last time
    seen_at     timestamptz,
    blocked_at  timestamptz, -- by an administrator; it may be let in again
    retired_at  timestamptz, -- another has its prefix
    barred_at   timestamptz  -- when it was blocked last: mandates of sessions from before are worth nothing, for ever
);
CREATE UNIQUE INDEX kiosks_prefix ON kiosks (prefix) WHERE retired_at IS NULL;

-- A kiosk's client certificates over time. One is in use; one at most is newer and was never used: its first use retires the
-- one before, so a kiosk that is killed between asking and keeping is known by whichever it has. A row is committed before its
-- certificate is signed, so that a repeated request signs the same again.
CREATE TABLE kiosk_certificates (
    serial_number text PRIMARY KEY CHECK (serial_number ~ '^[0-9a-f]+$'),
    authority     text        NOT NULL, -- the CA that signs it
    kiosk_id      uuid        NOT NULL REFERENCES kiosks,
    key_hash      bytea       NOT NULL CONSTRAINT kiosk_certificates_key_hash UNIQUE, -- of its public key, see public_keys
    not_before    timestamptz NOT NULL,
    not_after     timestamptz NOT NULL,
    certificate   bytea, -- DER, NULL until signed
    fingerprint   bytea CONSTRAINT kiosk_certificates_fingerprint UNIQUE, -- SHA-256 of the certificate
    requested_at  timestamptz NOT NULL,
    used_at       timestamptz, -- the first time
    retired_at    timestamptz,
    reason        integer     NOT NULL DEFAULT 0, -- CRLReason of the retirement
    CONSTRAINT kiosk_certificates_signed CHECK ((certificate IS NULL) = (fingerprint IS NULL) AND (used_at IS NULL OR certificate IS NOT NULL))
);
CREATE UNIQUE INDEX kiosk_certificates_used ON kiosk_certificates (kiosk_id) WHERE used_at IS NOT NULL AND retired_at IS NULL;
CREATE UNIQUE INDEX kiosk_certificates_newer ON kiosk_certificates (kiosk_id) WHERE used_at IS NULL AND retired_at IS NULL;
CREATE INDEX kiosk_certificates_kiosk ON kiosk_certificates (kiosk_id);
CREATE INDEX kiosk_certificates_retired_at ON kiosk_certificates (retired_at) WHERE retired_at IS NOT NULL;

-- Members of staff at kiosks. What they may do is read anew at each request; the epoch is that of the login, see staff.
CREATE TABLE staff_sessions (
    id         uuid PRIMARY KEY,
    token_hash bytea       NOT NULL CONSTRAINT staff_sessions_token UNIQUE,
    staff_id   uuid        NOT NULL REFERENCES staff,
    epoch      integer     NOT NULL,
    key_id     uuid REFERENCES staff_keys, -- NULL: without a key
    kiosk_id   uuid        NOT NULL REFERENCES kiosks,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL, -- when idle
    ends_at    timestamptz NOT NULL, -- in any case
    ended_at   timestamptz
);
CREATE INDEX staff_sessions_ends ON staff_sessions (ends_at);
CREATE INDEX staff_sessions_kiosk ON staff_sessions (kiosk_id) WHERE ended_at IS NULL;

CREATE TABLE kiosk_projects (
    kiosk_id   uuid NOT NULL REFERENCES kiosks,
    project_id text NOT NULL REFERENCES projects,
    PRIMARY KEY (kiosk_id, project_id)
);

CREATE TABLE enrolment_codes (
    code_hash  bytea PRIMARY KEY,
    prefix     text        NOT NULL,
    hall_id    text        NOT NULL REFERENCES halls,
    place      jsonb       NOT NULL,
    projects   text[]      NOT NULL,
    staff_id   uuid REFERENCES staff, -- NULL where a command at the server made it
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    kiosk_id   uuid REFERENCES kiosks
);

CREATE TABLE login_attempts (
    audience     text        NOT NULL CHECK (audience IN ('code', 'customer', 'staff')), -- code: of a kiosk or key, without a session
    login        text        NOT NULL,
    wrong        integer     NOT NULL CHECK (wrong >= 0),
    paused_until timestamptz,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (audience, login)
);

-- +goose Down
DROP VIEW live_grants;
DROP TABLE staff_sessions, login_attempts, enrolment_codes, kiosk_projects, kiosk_certificates, kiosks, staff_keys, staff_grants, staff, halls, project_models, ukey_models, requirements,
    notices, agreements, services, projects, catalogue, office_certificates, authorities, master_keys, foundation;
DROP FUNCTION next_epoch, must;
