-- The allowed moves between states, as backoffice/ra has them (a test compares), and a trigger that keeps to them.

-- +goose Up
CREATE TABLE moves (
    what       text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (what, from_state, to_state)
);
INSERT INTO moves (what, from_state, to_state) VALUES
    ('membership', 'claimed', 'confirmed'),
    ('order', 'open', 'approved'),
    ('order', 'open', 'cancelled'),
    ('order', 'approved', 'in_progress'),
    ('order', 'approved', 'done'),
    ('order', 'approved', 'cancelled'),
    ('order', 'in_progress', 'done'),
    ('order', 'in_progress', 'cancelled'),
    ('payment', 'unpaid', 'awaiting_confirmation'),
    ('payment', 'unpaid', 'paid'),
    ('payment', 'awaiting_confirmation', 'paid'),
    ('payment', 'awaiting_confirmation', 'unpaid'),
    ('materials', 'missing', 'submitted'),
    ('materials', 'submitted', 'returned'),
    ('materials', 'submitted', 'accepted'),
    ('materials', 'returned', 'submitted'),
    ('materials', 'accepted', 'submitted'),
    ('unit', 'waiting', 'reserved'),
    ('unit', 'waiting', 'done'),
    ('unit', 'waiting', 'released'),
    ('unit', 'reserved', 'issued'),
    ('unit', 'reserved', 'done'),
    ('unit', 'reserved', 'waiting'),
    ('unit', 'issued', 'done'),
    ('unit', 'issued', 'waiting'),
    ('term', 'open', 'held'),
    ('term', 'held', 'open'),
    ('term', 'held', 'used'),
    ('ukey', 'blank', 'active'),
    ('ukey', 'active', 'lost'),
    ('ukey', 'active', 'damaged'),
    ('custody', 'stock', 'person'),
    ('operation', 'reserved', 'issued'),
    ('operation', 'reserved', 'done'),
    ('operation', 'reserved', 'released'),
    ('operation', 'issued', 'done'),
    ('operation', 'issued', 'released'),
    ('certificate', 'issued', 'active'),
    ('certificate', 'issued', 'revoked'),
    ('certificate', 'active', 'suspended'),
    ('certificate', 'suspended', 'active'),
    ('certificate', 'suspended', 'superseded'),
    ('certificate', 'suspended', 'revoked'),
    ('certificate', 'active', 'superseded'),
    ('certificate', 'active', 'revoked'),
    ('certificate', 'superseded', 'revoked'),
    ('certificate', 'active', 'expired'),
    ('certificate', 'suspended', 'expired'),
    ('certificate', 'superseded', 'expired');

-- Which of a unit's moves the services of a kind have: what is written is not done without its operation, nor without its certificate.
INSERT INTO moves (what, from_state, to_state)
SELECT 'unit of ' || kind, from_state, to_state
FROM (VALUES ('waiting', 'reserved'), ('waiting', 'released'), ('reserved', 'waiting'), ('reserved', 'issued'), ('issued', 'waiting'), ('issued', 'done'))
    m (from_state, to_state), (VALUES ('new'), ('extend'), ('change'), ('reissue')) k (kind);
INSERT INTO moves (what, from_state, to_state) VALUES
    ('unit of renew', 'waiting', 'done'),
    ('unit of renew', 'waiting', 'released'),
    ('unit of unlock', 'waiting', 'reserved'),
    ('unit of unlock', 'waiting', 'released'),
    ('unit of unlock', 'reserved', 'waiting'),
    ('unit of unlock', 'reserved', 'done');

-- Arguments: the thing and its column.
-- +goose StatementBegin
CREATE FUNCTION keep_to_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text;
    after  text;
BEGIN
    CASE TG_ARGV[1] -- the whole row as JSON would be slower to make than all the rest, with a certificate in it
        WHEN 'state' THEN before := OLD.state; after := NEW.state;
        WHEN 'payment' THEN before := OLD.payment; after := NEW.payment;
        WHEN 'materials' THEN before := OLD.materials; after := NEW.materials;
        WHEN 'life' THEN before := OLD.life; after := NEW.life;
        WHEN 'custody' THEN before := OLD.custody; after := NEW.custody;
    END CASE;
    IF NOT EXISTS (SELECT FROM moves WHERE what = TG_ARGV[0] AND from_state = before AND to_state = after) THEN
        RAISE EXCEPTION '% cannot go from % to %', TG_ARGV[0], before, after USING ERRCODE = 'check_violation', CONSTRAINT = 'moves';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION keep_to_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM moves WHERE what = 'unit of ' || NEW.kind AND from_state = OLD.state AND to_state = NEW.state) THEN
        RAISE EXCEPTION 'a unit of % cannot go from % to %', NEW.kind, OLD.state, NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'moves';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER memberships_state_moves BEFORE UPDATE OF state ON memberships FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_moves('membership', 'state');
CREATE TRIGGER orders_state_moves BEFORE UPDATE OF state ON orders FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_moves('order', 'state');
CREATE TRIGGER orders_payment_moves BEFORE UPDATE OF payment ON orders FOR EACH ROW WHEN (OLD.payment <> NEW.payment) EXECUTE FUNCTION keep_to_moves('payment', 'payment');
CREATE TRIGGER orders_materials_moves BEFORE UPDATE OF materials ON orders FOR EACH ROW WHEN (OLD.materials <> NEW.materials) EXECUTE FUNCTION keep_to_moves('materials', 'materials');
CREATE TRIGGER units_state_moves BEFORE UPDATE OF state ON units FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_moves('unit', 'state');
CREATE TRIGGER units_of_kind BEFORE UPDATE OF state ON units FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_kind();
CREATE TRIGGER terms_state_moves BEFORE UPDATE OF state ON terms FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_moves('term', 'state');
CREATE TRIGGER ukeys_life_moves BEFORE UPDATE OF life ON ukeys FOR EACH ROW WHEN (OLD.life <> NEW.life) EXECUTE FUNCTION keep_to_moves('ukey', 'life');
CREATE TRIGGER ukeys_custody_moves BEFORE UPDATE OF custody ON ukeys FOR EACH ROW WHEN (OLD.custody <> NEW.custody) EXECUTE FUNCTION keep_to_moves('custody', 'custody');
CREATE TRIGGER operations_state_moves BEFORE UPDATE OF state ON operations FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_moves('operation', 'state');
CREATE TRIGGER certificates_state_moves BEFORE UPDATE OF state ON certificates FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_to_moves('certificate', 'state');

-- +goose Down
DROP TRIGGER certificates_state_moves ON certificates;
DROP TRIGGER operations_state_moves ON operations;
DROP TRIGGER ukeys_custody_moves ON ukeys;
DROP TRIGGER ukeys_life_moves ON ukeys;
DROP TRIGGER terms_state_moves ON terms;
DROP TRIGGER units_of_kind ON units;
DROP TRIGGER units_state_moves ON units;
DROP TRIGGER orders_materials_moves ON orders;
DROP TRIGGER orders_payment_moves ON orders;
DROP TRIGGER orders_state_moves ON orders;
DROP TRIGGER memberships_state_moves ON memberships;
DROP FUNCTION keep_to_kind;
DROP FUNCTION keep_to_moves;
DROP TABLE moves;
