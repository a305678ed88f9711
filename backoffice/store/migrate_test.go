package store_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

func TestMigrateAtOnceAndAgain(t *testing.T) {
	t.Parallel()
	dsn := storetest.Empty(t)
	if err := store.CheckSchema(t.Context(), dsn); !errors.Is(err, store.ErrSchemaOld) {
		t.Fatalf("empty database: %v, want ErrSchemaOld", err)
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if err := store.Migrate(t.Context(), dsn, storetest.Role); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := store.CheckSchema(t.Context(), dsn); err != nil {
		t.Errorf("after Migrate: %v", err)
	}
}

// texts turns a list of the vocabulary into sorted text.
func texts[S ~string](all []S) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	slices.Sort(out)
	return out
}

func TestChecksAreTheVocabulary(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	quoted := regexp.MustCompile(`'([a-z_]*)'`)
	for constraint, want := range map[string][]string{
		"operations_plan": texts(ra.Plans()), "services_term": texts(termed()),
		"requirements_material": texts(ra.RequiredMaterials()), "materials_kind": texts(ra.MaterialKinds()),
		"staff_grants_role": texts(ra.Roles()), "orders_state": texts(ra.OrderStates()), "orders_payment": texts(ra.PaymentStates()),
		"orders_materials": texts(ra.MaterialsStates()), "materials_verdict": texts(ra.Verdicts()), "units_state": texts(ra.UnitStates()), "terms_state": texts(ra.TermStates()),
		"ukeys_life": texts(ra.KeyLives()), "ukeys_pin": texts(ra.TokenPINStates()), "ukeys_custody": texts(ra.Custodies()),
		"ukeys_look": texts(ra.BlankLooks()), "admin_attempts_outcome": texts(ra.AttemptOutcomes()),
		"certificates_usage": texts([]ra.Usage{ra.UsageSign, ra.UsageDecrypt}),
		"operations_state":   texts(ra.OperationStates()),
		"memberships_state":  texts(ra.MembershipStates()), "certificates_state": texts(ra.CertificateStates()), "suspensions_reason": texts(ra.SuspensionReasons()),
		"suspensions_ground": texts(ra.GroundsFor(ra.ActSuspend)), "rulings_state": texts(ra.RulingStates()), "rulings_act": texts(append(ra.SecondPersonActs(), ra.ActFound)),
		"access_kind": texts(ra.AccessKinds()), "access_state": texts(ra.AccessStates()), "access_papers_kind": texts(ra.PaperKinds()),
		"projects_second_person": texts(ra.SecondPersonActs()), "orders_method": {string(ra.MethodTransfer)}, "orders_files": texts(ra.FilesAnswers()),
	} {
		var definition string
		err := s.Pool().QueryRow(t.Context(), `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1`, constraint).Scan(&definition)
		if err != nil {
			t.Errorf("%s: %v", constraint, err)
			continue
		}
		var got []string
		for _, m := range quoted.FindAllStringSubmatch(definition, -1) {
			got = append(got, m[1])
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s allows %s, want %s", constraint, strings.Join(got, " "), strings.Join(want, " "))
		}
	}
}

// termed are the kinds that are sold for a number of months.
func termed() []ra.Kind {
	var all []ra.Kind
	for _, r := range ra.ServiceRules() {
		if r.Term {
			all = append(all, r.Kind)
		}
	}
	return all
}

// TestServicesAreTheTable: the database knows the pairs of kind and reason that the table of services has, and no other.
func TestServicesAreTheTable(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var want []string
	for _, r := range ra.ServiceRules() {
		want = append(want, string(r.Kind)+" "+string(r.Reason))
	}
	pairs := regexp.MustCompile(`kind = '(\w*)'.*?reason = '(\w*)'`)
	for _, constraint := range []string{"notices_service", "orders_service", "requirements_service", "services_service"} {
		definition := column(t, s, `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1`, constraint)
		var got []string
		for _, m := range pairs.FindAllStringSubmatch(strings.Join(definition, ""), -1) {
			got = append(got, m[1]+" "+m[2])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s allows %q, want %q", constraint, got, want)
		}
	}
}

// allowed lists the moves of one thing as "thing from to".
func allowed[S ~string](what string, states []S, move func(from, to S) error) []string {
	var all []string
	for _, from := range states {
		for _, to := range states {
			if from != to && move(from, to) == nil {
				all = append(all, what+" "+string(from)+" "+string(to))
			}
		}
	}
	return all
}

func TestMovesAreTheVocabulary(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	want := slices.Concat(
		allowed("membership", ra.MembershipStates(), ra.MembershipState.Move),
		allowed("order", ra.OrderStates(), ra.OrderState.Move),
		allowed("payment", ra.PaymentStates(), ra.PaymentState.Move),
		allowed("materials", ra.MaterialsStates(), ra.MaterialsState.Move),
		allowed("unit", ra.UnitStates(), ra.UnitState.Move),
		allowed("term", ra.TermStates(), ra.TermState.Move),
		allowed("ukey", ra.KeyLives(), ra.KeyLife.Move),
		allowed("operation", ra.OperationStates(), ra.OperationState.Move),
		allowed("custody", ra.Custodies(), ra.Custody.Move),
		allowed("certificate", ra.CertificateStates(), ra.CertificateState.Move),
		allowed("access", ra.AccessStates(), ra.AccessState.Move),
		allowed("ruling", ra.RulingStates(), ra.RulingState.Move),
		unitsOfKinds())
	got := column(t, s, `SELECT what || ' ' || from_state || ' ' || to_state FROM moves`)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("table of moves:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	guarded := column(t, s, `SELECT DISTINCT tgname::text FROM pg_trigger WHERE tgname LIKE '%_moves'`)
	if len(guarded) != 12 {
		t.Errorf("triggers %v, want one for each of the twelve", guarded)
	}
}

// unitsOfKinds lists the moves of the units of each kind of order, once: its reasons have the same.
func unitsOfKinds() (all []string) {
	for _, r := range ra.ServiceRules() {
		all = append(all, allowed("unit of "+string(r.Kind), ra.UnitStates(), func(from, to ra.UnitState) error { return r.MoveUnit(from, to) })...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func column(t *testing.T, s *store.Store, sql string, args ...any) []string {
	t.Helper()
	rows, err := s.Pool().Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
