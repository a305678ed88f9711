package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
	"keyhall/printer"
	"keyhall/printer/ipp"
)

// faults is a visit on which everything goes wrong once. Its parts follow each other in one hall.
type faults struct {
	*hall
	want visit.Application
	code string // of the order
}

// TestFaults plays what people and devices do wrong, reads what the screen says to it, and goes on from there: nothing
// is lost, and at the end there is one key, one certificate, and the audit passes.
func TestFaults(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	f := &faults{hall: startHall(t), want: wish(1)}
	for _, part := range []struct {
		name string
		play func(context.Context, *testing.T)
	}{
		{"typing", f.typing},
		{"login name taken", f.loginTaken},
		{"wrong passwords", f.wrongPasswords},
		{"back office away while ordering", f.awayWhileOrdering},
		{"printer", f.printerTrouble},
		{"scanner", f.scannerTrouble},
		{"back office away while handing in", f.awayWhileHandingIn},
		{"key that is not blank", f.usedKey},
		{"authorization code", f.wrongCode},
		{"PIN", f.badPINs},
		{"key pulled while writing", f.pulled},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.play(ctx, t) }) {
			return
		}
	}
	f.waitDone(ctx, t, 1)
	f.checkKeys(t, 1)
	f.checkAudit(t)
}

// typing: a mistake is told while it is typed, and goes away with it.
func (f *faults) typing(ctx context.Context, t *testing.T) {
	c, company := f.customer, f.want.Company
	wrong := company.CreditCode[:17] + otherCharacter(company.CreditCode[17])
	id := company.Legal.IDNumber
	must(t, visit.Do(ctx,
		c.Pressing("kind.new"),
		pressNamed(c, f.want.Project),
		c.Pressing("action.begin"),
		c.Pressing("action.register"),
		f.goTo("login"), c.Filling("login", "1380000123"), f.goTo("password"), c.BeingTold(ra.CodeLoginName),
		c.Filling("login", f.want.Login),
		c.Filling("password", "12345678"), f.goTo("password_again"), c.BeingTold(ra.CodePasswordWeak),
		c.Filling("password", f.want.Password), c.Filling("password_again", f.want.Password+"x"), c.BeingTold(ra.CodeMismatch),
		c.Filling("password_again", f.want.Password),
		c.Pressing("action.next"),
		c.Filling("organisation.name", company.Name), c.Filling("organisation.address", company.Address),
		c.Filling("organisation.credit_code", wrong), c.BeingTold(ra.CodeCreditCodeCheck),
		c.Filling("organisation.credit_code", "I"+company.CreditCode[1:]),
		c.BeingTold(ra.CodeCreditCodeLetter, "position", "1", "letter", "I"),
		c.Filling("organisation.credit_code", company.CreditCode),
		c.Filling("organisation.credit_code_again", wrong), c.BeingTold(ra.CodeMismatch),
		c.Filling("organisation.credit_code_again", company.CreditCode),
		c.Pressing("action.next"),
		c.Filling("legal.name", company.Legal.Name),
		c.Filling("legal.id_number", id[:17]+otherCharacter(id[17])), c.BeingTold(ra.CodeIDNumberCheck),
		c.Filling("legal.id_number", id[:10]+"1332"+id[14:]), c.BeingTold(ra.CodeIDNumberDate),
		c.Filling("legal.id_number", id),
		c.Pressing("action.next"),
		c.Filling("handler.mobile", "23800001234"), c.BeingTold(ra.CodeMobile),
		c.Pressing("action.home"), c.Pressing("notice.lose_typed.leave"),
	))
}

// otherCharacter is a digit that differs from c.
func otherCharacter(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

// loginTaken registers, and then somebody who does not know the password with the same login name.
func (f *faults) loginTaken(ctx context.Context, t *testing.T) {
	c := f.customer
	must(t, c.Register(ctx, f.want))
	must(t, c.Press(ctx, "action.home"))
	must(t, visit.Do(ctx,
		c.Pressing("kind.new"),
		pressNamed(c, f.want.Project),
		c.Pressing("action.begin"),
		c.Pressing("action.register"),
		c.Filling("login", f.want.Login), c.Filling("password", "guess-2026"), c.Filling("password_again", "guess-2026"),
		c.Pressing("action.next"), c.BeingTold(ra.CodeLoginKnown, "left", "4"),
		c.Pressing("action.home"), c.Pressing("notice.lose_typed.leave"),
	))
}

// wrongPasswords guesses at a login name that does not exist, which is told no differently; in English too.
func (f *faults) wrongPasswords(ctx context.Context, t *testing.T) {
	c := f.customer
	english, err := visit.NewCustomer(ctx, f.screen.Bus, strings.Replace(catalogue, "zh_CN", "en", 1))
	must(t, err)
	defer english.Leave()
	must(t, visit.Do(ctx, c.Pressing("action.orders"), c.Filling("login", "nobody@example.cn")))
	for _, left := range []string{"4", "3"} {
		must(t, visit.Do(ctx, c.Filling("password", "guess-2026"), c.Pressing("action.login"), c.BeingTold(ra.CodeLoginWrong, "left", left)))
	}
	must(t, c.Press(ctx, "language.en"))
	for _, left := range []string{"2", "1"} {
		must(t, visit.Do(ctx, english.Filling("password", "guess-2026"), english.Pressing("action.login"),
			english.BeingTold(ra.CodeLoginWrong, "left", left)))
	}
	must(t, visit.Do(ctx, english.Filling("password", "guess-2026"), english.Pressing("action.login"),
		english.BeingTold(ra.CodeLoginPaused, "minutes", "15"), english.Pressing("language.zh_CN"),
		c.BeingTold(ra.CodeLoginPaused, "minutes", "15"), c.Pressing("action.home")))
}

// awayWhileOrdering: the back office ends while the customer fills in. Nothing typed is lost, and the order is placed once.
func (f *faults) awayWhileOrdering(ctx context.Context, t *testing.T) {
	c := f.customer
	must(t, visit.Do(ctx,
		c.Pressing("action.orders"), c.Filling("login", f.want.Login), c.Filling("password", f.want.Password), c.Pressing("action.login"),
		c.Pressing("action.new"), c.Pressing("action.begin"), pressNamed(c, c.Word("action.more")+" "+f.want.Service), c.Pressing("action.next"),
		c.Seeing("form.invoice.title"),
	))
	f.KillOffice()
	must(t, visit.Do(ctx,
		c.Pressing("action.next"), c.Seeing("form.delivery.title"), c.Pressing("action.next"),
		c.Pressing("action.place"), c.Seeing("kept.order"),
	))
	must(t, f.StartOffice(t.Context()))
	must(t, c.See(ctx, "print.title")) // who waits is taken on
}

func (f *faults) printerTrouble(ctx context.Context, t *testing.T) {
	c := f.customer
	f.SwitchPrinterOff()
	must(t, visit.Do(ctx, c.Pressing("action.print"), c.BeingTold(ra.CodePrinterMissing), c.Seeing("print.failed")))
	must(t, f.SwitchPrinterOn(context.WithoutCancel(ctx)))
	for _, trouble := range []struct {
		turn, mend string
		code       ra.Code
	}{
		{"empty", "fill", ra.CodePrinterNoPaper},
		{"jam", "mend", ra.CodePrinterJam},
	} {
		must(t, f.TurnPrinter(ctx, trouble.turn))
		must(t, visit.Do(ctx, c.Pressing("action.print_again"), c.BeingTold(trouble.code)))
		must(t, f.TurnPrinter(ctx, trouble.mend))
		f.waitPrinter(ctx, t)
	}
	must(t, visit.Do(ctx, c.Pressing("action.print_again"), c.Seeing("print.done")))
	if got := len(f.Prints()); got != 1 {
		t.Errorf("printed %d times, want once", got)
	}
	must(t, visit.Do(ctx, c.Pressing("action.next"), c.Seeing("scan.title")))
}

// waitPrinter waits until the printer itself has noticed that it is mended.
func (f *faults) waitPrinter(ctx context.Context, t *testing.T) {
	t.Helper()
	p, err := ipp.New(ipp.Config{URI: fmt.Sprintf("ipp://127.0.0.1:%d/ipp/print", f.Ports.Printer)})
	must(t, err)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if s, err := p.Status(ctx); err == nil && s.Problem() == nil && s.State == printer.Idle {
			return
		}
	}
	t.Fatal("the printer stays broken")
}

// scannerTrouble scans an empty glass, and then all papers.
func (f *faults) scannerTrouble(ctx context.Context, t *testing.T) {
	c := f.customer
	must(t, f.Lay(ctx, "-"))
	must(t, visit.Do(ctx, c.Pressing("action.scan_flatbed"), c.BeingTold(ra.CodeScannerError)))
	must(t, c.ScanPapers(ctx, f))
}

// awayWhileHandingIn: the pages wait at the kiosk until the back office is there again.
func (f *faults) awayWhileHandingIn(ctx context.Context, t *testing.T) {
	c := f.customer
	f.KillOffice()
	must(t, visit.Do(ctx, c.Pressing("action.submit"), c.Seeing("kept.papers")))
	must(t, f.StartOffice(t.Context()))
	must(t, c.See(ctx, "pay.title")) // who waits is taken on
	must(t, c.Pay(ctx, f))
	f.approve(t, f.want.Keys)
	f.code = f.hall.code(t)
	must(t, c.Press(ctx, "action.make"))
}

// usedKey plugs in a key that carries somebody's key pair: it is refused and left as it is.
func (f *faults) usedKey(ctx context.Context, t *testing.T) {
	c := f.customer
	must(t, c.See(ctx, "key.title"))
	must(t, f.Hub.Plug(3))
	serial := f.serial(t)
	f.tool(t, "--login", "--pin", house.FactoryCustomerPIN, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "77")
	must(t, f.Hub.Pull(3))
	must(t, c.See(ctx, "key.none"))
	must(t, f.Hub.Plug(3))
	must(t, visit.Do(ctx, c.BeingTold(ra.CodeKeyNotBlank), visit.Step{Name: "read its serial",
		Do: func(ctx context.Context) error { return c.Read(ctx, serial) }}))
	must(t, f.Hub.Pull(3))
	must(t, c.See(ctx, "key.none"))
}

// tool runs pkcs11-tool on the one key that is plugged in.
func (f *faults) tool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("pkcs11-tool", append([]string{"--module", f.Hub.Module()}, args...)...)
	cmd.Env = append(cmd.Environ(), "SOFTHSM2_CONF="+f.Hub.Conf())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("pkcs11-tool %v: %v\n%s", args, err, out)
	}
	return string(out)
}

var serialShape = regexp.MustCompile(`serial num\s+:\s+(\S+)`)

func (f *faults) serial(t *testing.T) string {
	t.Helper()
	found := serialShape.FindStringSubmatch(f.tool(t, "-L"))
	if found == nil {
		t.Fatal("pkcs11-tool names no serial number")
	}
	return found[1]
}

// wrongCode types two wrong authorization codes before the right one. The first stands there again before the other: that it is wrong is
// told at once, and it is not sent again.
func (f *faults) wrongCode(ctx context.Context, t *testing.T) {
	c := f.customer
	must(t, f.Hub.Plug(1))
	must(t, visit.Do(ctx, c.Seeing("key.blank"), c.Pressing("action.next")))
	wrong := otherCharacter(f.code[0]) + f.code[1:]
	other := f.code[:7] + otherCharacter(f.code[7])
	for _, w := range []struct {
		code, left string
		sent       bool
	}{{wrong, "4", true}, {wrong, "4", false}, {other, "3", true}} {
		// What was told of the one before goes away as soon as something else is typed.
		must(t, visit.Do(ctx, c.Filling("auth_code", "1"), c.NoLongerTold(ra.CodeAuthCodeWrong, "left", "4"), c.Filling("auth_code", w.code)))
		if w.sent {
			must(t, c.Press(ctx, "action.next"))
		}
		must(t, c.Told(ctx, ra.CodeAuthCodeWrong, "left", w.left))
	}
	must(t, visit.Do(ctx, c.Filling("auth_code", f.code), c.Pressing("action.next"), c.Seeing("form.pin.title")))
}

func (f *faults) badPINs(ctx context.Context, t *testing.T) {
	c := f.customer
	must(t, visit.Do(ctx,
		f.goTo("pin"), c.Filling("pin", "4829"), f.goTo("pin_again"), c.BeingTold(ra.CodePINTooShort, "min", "6"),
		c.Filling("pin", "123456"), c.BeingTold(ra.CodePINTrivial),
		c.Filling("pin", "密码密码密码"), c.BeingTold(ra.CodePINCharacters),
		c.Filling("pin", ownPIN), c.Filling("pin_again", "482914"), c.BeingTold(ra.CodeMismatch),
		c.Filling("pin_again", ownPIN),
	))
}

// pulled pulls the key as soon as it holds something of ours, plugs in another, and then the right one again.
func (f *faults) pulled(ctx context.Context, t *testing.T) {
	c := f.customer
	serial := f.serial(t)
	before := f.objects(t)
	must(t, c.Press(ctx, "action.start"))
	for f.objects(t) == before {
		if ctx.Err() != nil {
			t.Fatal("nothing is written to the key")
		}
		time.Sleep(time.Millisecond)
	}
	must(t, f.Hub.Pull(1))
	must(t, visit.Do(ctx, c.BeingTold(ra.CodeKeyPulled), c.Seeing("progress.title.stopped")))
	must(t, f.Hub.Plug(2))
	must(t, c.Told(ctx, ra.CodeKeyWrong, "expected", serial, "found", f.serial(t)))
	must(t, f.Hub.Pull(2))
	must(t, f.Hub.Plug(1))
	must(t, c.See(ctx, "done.proof"))
}

// objects counts what is stored on the keys that are plugged in.
func (f *faults) objects(t *testing.T) int {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(filepath.Dir(f.Hub.Conf()), "slots", "*", "*.object"))
	must(t, err)
	return len(all)
}

func (f *faults) goTo(field string) visit.Step {
	return visit.Step{Name: "go to " + field, Do: func(ctx context.Context) error { return f.customer.GoTo(ctx, field) }}
}

func pressNamed(c *visit.Customer, name string) visit.Step {
	return visit.Step{Name: "press " + name, Do: func(ctx context.Context) error { return c.PressNamed(ctx, name) }}
}
