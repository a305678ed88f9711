package ra

// Notice is what a project has its customers read, and sealed by their organisation, before an order of one kind and reason
// (证书业务风险告知函). Other words are another version; MaxNoticeVersion is the last one that a code on paper carries.
type Notice struct {
	Kind    Kind          `json:"kind"`
	Reason  ServiceReason `json:"reason,omitempty"`
	Version int           `json:"version"`
	Title   Text          `json:"title"`
	Body    Text          `json:"body"`
}

// MaxNoticeVersion bounds Notice.Version.
const MaxNoticeVersion = 9999

// NoticeFor is the notice for orders of that kind and reason; false where the project has none.
func (p Project) NoticeFor(k Kind, r ServiceReason) (Notice, bool) {
	for _, n := range p.Notices {
		if n.Kind == k && n.Reason == r {
			return n, true
		}
	}
	return Notice{}, false
}
