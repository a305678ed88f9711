package server

import "net/http"

// layout is a mux that remembers what was put on it, so that the contract of who may ask for what can be held against
// everything that the server answers.
type layout struct {
	http.ServeMux
	patterns []string
}

// Handle is ServeMux's.
func (l *layout) Handle(pattern string, handler http.Handler) {
	l.patterns = append(l.patterns, pattern)
	l.ServeMux.Handle(pattern, handler)
}

// HandleFunc is ServeMux's.
func (l *layout) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	l.Handle(pattern, http.HandlerFunc(handler))
}
