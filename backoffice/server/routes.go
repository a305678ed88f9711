package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"keyhall/backoffice/api"
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

	s.kioskCalls()
	s.membershipCalls()
	s.orderCalls()
	s.certificateCalls()
	s.mandateCalls()
	s.operationCalls()
	s.staffCalls()

	s.open[api.PathOpenAPI] = true
	for _, r := range rawRoutes {
		s.opens(r)
	}
	s.uploads.routes(s.mux)
	s.pkiRoutes(s.mux)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeError(w, r, ra.E(ra.CodeNotFound)) })
	s.describe()
}

// opens lets callers without a kiosk's certificate through to a path, if all that can be asked there is for anybody.
func (s *Server) opens(r api.Route) {
	open, before := s.open[r.Path()]
	s.open[r.Path()] = r.Who == api.ByAnybody && (open || !before)
}

// reply is a JSON body.
type reply[T any] struct{ Body T }

// answer registers what answers a call, once it is known that who asks may, and that what it brings is text. Errors become problem details whatever they are.
func answer[I, O any](s *Server, c api.Call[I, O], f func(context.Context, asker, *I) (O, error)) {
	if proofs[c.Who] == nil {
		panic("server: nobody may ask for " + c.At)
	}
	op := huma.Operation{
		OperationID: c.ID, Method: c.Method(), Path: c.Path(), Summary: c.Summary, DefaultStatus: http.StatusOK,
		MaxBodyBytes: api.MaxJSONBytes, BodyReadTimeout: s.timeout, Middlewares: huma.Middlewares{show},
	}
	s.calls = append(s.calls, c.Route)
	s.opens(c.Route)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*reply[O], error) {
		by, err := s.ask(ctx, c.Who)
		if err != nil {
			return nil, asProblem(ctx, err)
		}
		if err := checkTexts(in); err != nil {
			return nil, asProblem(ctx, err)
		}
		out, err := f(ctx, by, in)
		if err != nil {
			return nil, asProblem(ctx, err)
		}
		return &reply[O]{out}, nil
	})
}
