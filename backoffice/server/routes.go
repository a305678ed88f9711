package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"keyhall/backoffice/api"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
)

// routes lays out everything a kiosk can ask for.
func (s *Server) routes(version string) {
	c := huma.DefaultConfig("Keyhall back office, for kiosks", version)
	c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", nil
	c.OpenAPIPath = strings.TrimSuffix(api.PathOpenAPI, ".json")
	c.AllowAdditionalPropertiesByDefault = true // a newer kiosk may say more
	c.Transformers = append(c.Transformers, ownProblems)
	s.api = humago.New(s.mux, c)

	add(s, http.MethodGet, api.PathHealth, "health", "Whether the back office is there", s.health)
	add(s, http.MethodPost, api.PathEnrolments, "enrol", "A kiosk's client certificate for a one-time code", s.enrol)
	add(s, http.MethodGet, api.PathKiosk, "kiosk", "Who is calling", s.kiosk)
	add(s, http.MethodPost, api.PathRenewal, "renew", "The kiosk's next client certificate", s.renew)
	add(s, http.MethodGet, api.PathProjects, "projects", "What the kiosk's hall offers", s.projects)

	add(s, http.MethodPost, api.PathMemberships, "register", "Become a member of an organisation in a project", s.register)
	add(s, http.MethodPost, api.PathSessions, "log-in", "Open a session", s.logIn)
	add(s, http.MethodGet, api.PathSession, "session", "Who a session belongs to", s.session)
	add(s, http.MethodPut, api.PathMembership, "choose-membership", "Put the session into a membership", s.choose)
	add(s, http.MethodPut, api.PathPassword, "change-password", "Change the password, ending other sessions", s.changePassword)
	add(s, http.MethodDelete, api.PathSession, "log-out", "End a session", s.logOut)

	add(s, http.MethodPost, api.PathOrders, "place", "Place an order", s.place)
	add(s, http.MethodGet, api.PathOrders, "orders", "The member's orders, newest first", s.orders)
	add(s, http.MethodGet, api.PathOrder, "order", "One order", s.order)
	add(s, http.MethodPost, api.PathCancel, "cancel", "Give an order up", s.cancel)
	add(s, http.MethodPost, api.PathSubmit, "submit", "Hand the materials in", s.submit)
	add(s, http.MethodPut, api.PathPage, "add-page", "Put a page under a material", s.addPage)
	add(s, http.MethodDelete, api.PathPage, "remove-page", "Take a page away", s.removePage)
	add(s, http.MethodPut, api.PathMandate, "give-mandate", "Take what a customer left with the kiosk to be done", s.giveMandate)
	add(s, http.MethodPut, api.PathMandatePage, "mandate-page", "Put a page of the mandate under its material", s.mandatePage)
	add(s, http.MethodPost, api.PathMandateSubmit, "mandate-submit", "Hand the materials of the mandate in", s.mandateSubmit)
	add(s, http.MethodHead, api.PathBlob, "stored", "Whether these bytes are stored already", s.stored)
	add(s, http.MethodGet, api.PathChanges, "changes", "What changed, waiting for it", s.changes)

	add(s, http.MethodGet, api.PathKey, "key-status", "What may be known of a key", s.keyStatus)
	add(s, http.MethodPut, api.PathOperation, "reserve", "Bind a unit to a key", s.reserve)
	add(s, http.MethodGet, api.PathOperation, "operation", "How far an operation in hand is", s.operation)
	add(s, http.MethodPost, api.PathResume, "resume", "Go on with an operation, its person proven", s.resume)
	add(s, http.MethodPost, api.PathAdministrator, "administrator", "Allow an attempt at the administrator PIN", s.administrator)
	add(s, http.MethodPost, api.PathGiveBack, "give-back", "Give the unit of a useless key back", s.giveBack)
	add(s, http.MethodPost, api.PathCertificate, "certify", "The operation's certificate", s.certify)
	add(s, http.MethodPost, api.PathChallenge, "challenge", "Bytes for the key to sign", s.challenge)
	add(s, http.MethodPut, api.PathProof, "confirm", "Hand the proof in", s.confirm)

	s.uploads.routes(s.mux)
	s.pkiRoutes(s.mux)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeError(w, r, ra.E(ra.CodeNotFound)) })
	s.describe()
}

// answer is a JSON body.
type answer[T any] struct{ Body T }

// add registers one call. Its errors become problem details whatever they are.
func add[I, O any](s *Server, method, path, id, summary string, f func(context.Context, *I) (O, error)) {
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, DefaultStatus: http.StatusOK,
		MaxBodyBytes: api.MaxJSONBytes, BodyReadTimeout: s.timeout,
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*answer[O], error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, asProblem(ctx, err)
		}
		return &answer[O]{out}, nil
	})
}

// SignedIn (and the other embedded inputs: huma looks into exported ones only) is the input of calls on behalf of a customer.
type SignedIn struct {
	Authorization string `header:"Authorization" doc:"Bearer and the session's token"`
}

// MaySignIn is SignedIn where a session is one of two ways.
type MaySignIn struct {
	Authorization string `header:"Authorization" doc:"Bearer and the session's token" required:"false"`
}

// caller returns who is behind the session: CodeSessionOver.
func (s *Server) caller(ctx context.Context, in SignedIn) (intake.Caller, error) {
	token, err := in.token()
	if err != nil {
		return intake.Caller{}, err
	}
	return s.intake.Session(ctx, kioskOf(ctx), token)
}

// customer returns the membership that the session is in: CodeSessionOver, CodeMembershipUnset.
func (s *Server) customer(ctx context.Context, in SignedIn) (ra.Membership, error) {
	caller, err := s.caller(ctx, in)
	if err != nil {
		return ra.Membership{}, err
	}
	return caller.Member()
}

func (in SignedIn) token() (string, error) {
	token, ok := strings.CutPrefix(in.Authorization, "Bearer ")
	if !ok || token == "" || len(token) > 512 {
		return "", ra.E(ra.CodeSessionOver)
	}
	return token, nil
}
