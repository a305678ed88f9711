package server

import (
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keyhall/backoffice/api"
)

// rawRoutes are those that speak a protocol of their own, which huma does not serve.
var rawRoutes = []api.Route{
	{ID: "begin-upload", At: "POST " + api.PathUploads, Who: api.ByKiosk, Summary: "tus 1.0: begin an upload; Upload-Metadata names the sha256"},
	{ID: "upload-offset", At: "HEAD " + api.PathUploads + "{sha256}", Who: api.ByKiosk, Summary: "tus 1.0: how much has arrived"},
	{ID: "upload", At: "PATCH " + api.PathUploads + "{sha256}", Who: api.ByKiosk, Summary: "tus 1.0: the rest"},
	{ID: "crl", At: "GET " + api.PathCRL, Who: api.ByAnybody, Summary: "Revocation list, DER"},
	{ID: "crl-of", At: "GET " + api.PathCRLOf, Who: api.ByAnybody, Summary: "Revocation list of a CA, DER"},
	{ID: "crl-pem", At: "GET " + api.PathCRLPEM, Who: api.ByAnybody, Summary: "Revocation list, PEM"},
	{ID: "ocsp", At: "POST " + api.PathOCSP, Who: api.ByAnybody, Summary: "OCSP (RFC 6960)"},
	{ID: "ocsp-get", At: "GET " + api.PathOCSPGet, Who: api.ByAnybody, Summary: "OCSP (RFC 6960, A.1), the request in base64"},
	{ID: "ca", At: "GET " + api.PathCA, Who: api.ByAnybody, Summary: "The CA's certificates, PEM"},
	{ID: "ca-of", At: "GET " + api.PathCAOf, Who: api.ByAnybody, Summary: "The certificate of a CA, DER"},
}

// describe completes the OpenAPI document: how callers prove who they are, what errors look like, and the raw routes.
func (s *Server) describe() {
	doc := s.api.OpenAPI()
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"kiosk":   {Type: "mutualTLS", Description: "the kiosk's own client certificate"},
		"session": {Type: "http", Scheme: "bearer", Description: "the customer's session"},
	}
	for _, r := range rawRoutes {
		op := &huma.Operation{Method: r.Method(), Path: r.Path(), OperationID: r.ID, Summary: r.Summary,
			Responses: map[string]*huma.Response{"200": {Description: "OK"}}}
		if _, name, ok := strings.Cut(strings.TrimSuffix(r.Path(), "}"), "{"); ok {
			op.Parameters = []*huma.Param{{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
		}
		doc.AddOperation(op)
	}
	problem := doc.Components.Schemas.Schema(reflect.TypeFor[api.Problem](), true, "Problem")
	for _, r := range slices.Concat(s.calls, rawRoutes) {
		item := doc.Paths[r.Path()]
		for _, op := range []*huma.Operation{item.Get, item.Head, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil && op.Method == r.Method() {
				describeRoute(op, r.Who, problem)
			}
		}
	}
	delete(doc.Components.Schemas.Map(), "ErrorModel")
	delete(doc.Components.Schemas.Map(), "ErrorDetail")
}

// describeRoute says who may ask, and what errors look like.
func describeRoute(op *huma.Operation, who api.Who, problem *huma.Schema) {
	op.Responses["default"] = &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{api.ProblemType: {Schema: problem}}}
	kiosk, session := map[string][]string{"kiosk": {}}, map[string][]string{"kiosk": {}, "session": {}}
	switch who {
	case api.ByAnybody:
	case api.ByAnySession, api.BySession, api.ByPerson, api.ByMember, api.ByMemberOrKey, api.ByOrder, api.ByOrderMember:
		op.Security = []map[string][]string{session}
	case api.ByPersonOrNone, api.ByMemberOrNone:
		op.Security = []map[string][]string{session, kiosk}
	case api.ByHolder:
		op.Parameters = append(op.Parameters, header(api.TicketHeader, "of the operation, from reserve or resume"),
			header(api.PresenceHeader, "proof of the person, from reserve or resume"))
		op.Security = []map[string][]string{kiosk}
	case api.ByStaff, api.ByAnyStaff:
		op.Parameters = append(op.Parameters, header(api.StaffHeader, "session of a member of staff"))
		op.Security = []map[string][]string{kiosk}
	default:
		op.Security = []map[string][]string{kiosk}
	}
}

func header(name, description string) *huma.Param {
	longest := maxHeld
	return &huma.Param{Name: name, In: "header", Description: description,
		Schema: &huma.Schema{Type: huma.TypeString, Description: description, MaxLength: &longest}}
}
