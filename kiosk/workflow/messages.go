package workflow

import (
	"maps"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/health"
)

// The forms: FormPage.ID.
const (
	FormLogIn           = "login"
	FormAccount         = "account"          // of a registration: login name and password
	FormOrganisation    = "organisation"     // of a registration
	FormLegal           = "legal"            // of a registration
	FormHandler         = "handler"          // of a registration
	FormMobile          = "mobile"           // of a registration: a code that was sent to the handler's
	FormCheck           = "check"            // of a registration: all that was entered, as Facts
	FormAmend           = "amend"            // corrections of what was entered, as Facts
	FormJoin            = "join"             // the same of somebody known, who adds an organisation
	FormPassword        = "password"         // a new one
	FormForgot          = "forgot"           // whose was forgotten
	FormRecover         = "recover"          // a new one, by a code
	FormRecoverHeld     = "recover_held"     // by one that was there before
	FormFindKey         = "find_key"         // a key's serial number
	FormLost            = "lost"             // what it means to report a key lost
	FormLostSure        = "lost_sure"        // asked once more
	FormFound           = "found"            // the PIN of a lost key that is back
	FormKeyLogIn        = "key_login"        // the PIN of a key that logs in
	FormKeyConfirm      = "key_confirm"      // the PIN of a key that confirms who is logged in
	FormNewOrganisation = "new_organisation" // of a change
	FormNewLegal        = "new_legal"
	FormNewHandler      = "new_handler"
	FormInvoice         = "invoice"
	FormDelivery        = "delivery"
	FormWarning         = "warning" // files encrypted for the old key (S16), with the kind of service behind it
	FormFiles           = "files"   // what to do first where there are some
	FormCode            = "code"    // authorization code
	FormProof           = "proof"   // authorization code, or a login, to go on with an interrupted write
	FormPIN             = "pin"     // the customer's own, twice
)

// fieldIDs are the Field.IDs beside those of ra.FieldWords; where the back office names a field in an error, it is the same name.
var fieldIDs = []string{
	"login", "old", "password", "password_again", "new_password", "new_password_again",
	"auth_code", "reset_code", "mobile_code", "pin", "pin_again", "staff_pin", "staff_name", "key_pin",
}

// rowIDs are the Row.IDs that are no field.
var rowIDs = []string{
	"sent_to", "certificate_state", "lost_at", "usual",
	"needs_seal", "needs_key", "needs_phone", "needs_who", "needs_cost", "needs_time", "phone", "hours", "chat", "files", "target", "new_end", "old_end", "stays", "on_key",
	"number", "project", "line", "amount", // line: the service's name, Args: quantity
	"serial", "model", "certificate_number", "subject", "valid_from", "valid_until", "seconds", "label", "issuer", "pin_left",
}

// Keys lists every message key that pages use beside the codes, states, reasons and kinds of ra, sorted. A screen's catalogue must
// have them all.
func Keys() []string {
	var all []string
	add := func(prefix string, ids ...string) {
		for _, id := range ids {
			all = append(all, prefix+id)
		}
	}
	for _, f := range []string{FormLogIn, FormAccount, FormOrganisation, FormLegal, FormHandler, FormMobile, FormCheck, FormAmend, FormJoin, FormPassword, FormForgot, FormFindKey, FormKeyLogIn, FormKeyConfirm, FormConsent, FormRecover, FormRecoverHeld, FormInvoice,
		FormDelivery, FormFiles, FormNewOrganisation, FormNewLegal, FormNewHandler, FormCode, FormProof, FormPIN, FormStaff, FormStaffLogIn} {
		add("form."+f, ".title", ".about")
	}
	add("field.", fieldIDs...)
	add("field.", rowIDs...)
	add("field.", "risk_then")
	add("", slices.Collect(maps.Keys(ra.FieldWords("zh")))...)
	add("field.", "good", "insisted")
	add("span.", "seconds", "minutes", "working_days") // minutes: args minutes; working_days: args from, to
	for _, s := range ra.CertificateStates() {
		add("certificate.", string(s))
	}
	add("scan.side.", string(SideFront), string(SideBack))
	add("hint.", "login", "password", "again", "auth_code", "pin", "key_pin", "key_pin_low", "key_pin_left", "key_pin_final", "key_pin_locked") // pin: args min, max; key_pin_left: args left
	add("action.", "next", "login", "register", "create", "understood", "start", "retry", "home", "later", "skip", "reprint", "logout",
		"new", "other_key", "members", "add_organisation", "password", "change_password", "forgot_password", "have_code", "no_mobile", "send_code", "send_account", "resend_reset", "resend_mobile", "resend_code", "amend", "save",
		"login_key", "pin_last", "confirm_key", LogInStaff{}.Name())
	for _, r := range ra.Roles() {
		add("role.", string(r))
	}
	add("section.", "applicant", "changes", "targets", "services", "invoice", "delivery")
	add("action.", SeeCertificates{}.Name(), ReportLost{}.Name(), FindKey{}.Name(), SeeAll{}.Name(), SeeMore{}.Name(), SeeWork{}.Name(), SeeAgreed{}.Name())
	for _, f := range []string{FormLost, FormLostSure, FormFound} { // lost keys
		add("form."+f, ".title", ".about")
	}
	add("notice.reported_lost", ".title", ".text")
	add("notice.restored_lost", ".title", ".text")
	add("action.", RestoreLost{}.Name())
	add("busy.", "report_lost")
	for _, rule := range ra.ServiceRules() {
		add("offer.", offerID(rule.Kind, rule.Reason))
	}
	add("step.", "login", "services", "invoice", "confirm", "print", "scan", "pay", "review", "make")
	add("mark.", markIDs...)
	add("busy.", "projects", "login", "key_login", "register", "orders", "certificates", "work", "place", "handing_in", "agreement", "key", "code", "resume", "send_code", "send_account", "check_code", "account")
	for _, n := range []string{"not_offered", "staff", "delivered_later", "pull_key", "lose_typed", "forgot_password", "code_sent", "account_sent", "reset_code_sent", "mobile_code_sent",
		"password_changed", "password_reset", "member_confirmed", "key_away", noticeLocked, noticeRest, noticeRestApproved, noticeRestReturned} {
		add("notice."+n, ".title", ".text")
	}
	addServiceWords(add)
	addKeyWords(add)
	addSlipWords(add)
	for _, f := range []string{FormTakeOver, FormTakeOverCode} {
		add("form."+f, ".title", ".about")
	}
	add("action.", "takeover", TakeOverByCode{}.Name())
	for _, n := range []string{noticePullKey, noticeLoseTyped} {
		add("notice."+n, ".stay", ".leave")
	}
	for _, s := range []PrintState{PrintReady, PrintRunning, PrintDone, PrintFailed} {
		add("print.", string(s))
	}
	add("state.", cardStates...)
	add("next.", cardNext...)
	for p, whats := range health.Words() {
		add("health.part.", string(p))
		add("health."+string(p)+".", whats...)
	}
	add("health.", "staff", "staff_keyless") // args: name, roles
	add("health.state.", "good", "warn", "bad")
	add("health.fact.", health.FactIDs()...)
	for _, p := range health.Limiting() {
		add("home.limit.", string(p))
	}
	add("kept.", keptOrder, keptPapers, keptSlip)
	slices.Sort(all)
	return slices.Compact(all)
}

// markIDs are the Mark.IDs that are no material: of the wait page, of the progress page and of the proof.
var markIDs = []string{
	"payment", "approval",
	"make.check", "make.pin", "make.generate", "make.request", "make.write", "make.prove", "make.holder", "make.fetch", "make.room",
	"prove.read", "prove.match", "prove.sign", "prove.left_overs", "prove.kept", "prove.pin", "prove.admin_pin",
}

var cardStates = []string{
	"unpaid", "paid", "awaiting_confirmation", "materials_missing", "under_review", "sent_back", "approved", "making",
	"done", "cancelled",
}

var cardNext = []string{"materials", "pay", "wait", "make", "none"}
