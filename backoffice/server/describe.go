package server

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keyhall/backoffice/api"
)

// describe completes the OpenAPI document: how callers prove who they are, what errors look like, and the routes that
// huma does not serve.
func (s *Server) describe() {
	doc := s.api.OpenAPI()
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"kiosk":   {Type: "mutualTLS", Description: "the kiosk's own client certificate"},
		"session": {Type: "http", Scheme: "bearer", Description: "the customer's session"},
	}
	other := []struct{ method, path, id, summary string }{
		{http.MethodPost, api.PathUploads, "begin-upload", "tus 1.0: begin an upload; Upload-Metadata names the sha256"},
		{http.MethodHead, api.PathUploads + "{sha256}", "upload-offset", "tus 1.0: how much has arrived"},
		{http.MethodPatch, api.PathUploads + "{sha256}", "upload", "tus 1.0: the rest"},
		{http.MethodGet, api.PathCRL, "crl", "Revocation list, DER"},
		{http.MethodGet, api.PathCRLPEM, "crl-pem", "Revocation list, PEM"},
		{http.MethodPost, api.PathOCSP, "ocsp", "OCSP (RFC 6960)"},
		{http.MethodGet, api.PathOCSPGet, "ocsp-get", "OCSP (RFC 6960, A.1), the request in base64"},
		{http.MethodGet, api.PathCA, "ca", "The CA's certificates, PEM"},
	}
	for _, o := range other {
		op := &huma.Operation{Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary,
			Responses: map[string]*huma.Response{"200": {Description: "OK"}}}
		if _, name, ok := strings.Cut(strings.TrimSuffix(o.path, "}"), "{"); ok {
			op.Parameters = []*huma.Param{{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
		}
		doc.AddOperation(op)
	}
	schema := doc.Components.Schemas.Schema(reflect.TypeFor[api.Problem](), true, "Problem")
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Head, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				describeOperation(path, op, schema)
			}
		}
	}
	delete(doc.Components.Schemas.Map(), "ErrorModel")
	delete(doc.Components.Schemas.Map(), "ErrorDetail")
}

// mayBeWithoutSession: another proof does as well, or less is told.
func mayBeWithoutSession(path string) bool {
	return path == api.PathMemberships || path == api.PathResume || path == api.PathKey
}

func describeOperation(path string, op *huma.Operation, problem *huma.Schema) {
	op.Responses["default"] = &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{api.ProblemType: {Schema: problem}}}
	if open(path) || path == api.PathOCSPGet {
		return
	}
	need := map[string][]string{"kiosk": {}}
	op.Security = []map[string][]string{need}
	for i, p := range op.Parameters {
		// OpenAPI says a header parameter of that name is ignored; the security scheme says it.
		if p.In == "header" && p.Name == "Authorization" {
			need["session"] = []string{}
			op.Parameters = append(op.Parameters[:i:i], op.Parameters[i+1:]...)
			break
		}
	}
	if mayBeWithoutSession(path) {
		op.Security = append(op.Security, map[string][]string{"kiosk": {}})
	}
}
