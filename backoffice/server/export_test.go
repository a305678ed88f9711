package server

// Patterns lists what the server answers to.
func (s *Server) Patterns() []string { return s.mux.patterns }

// Status is what the table has for a code.
var Status = status
