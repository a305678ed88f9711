package server

import "keyhall/backoffice/api"

// Patterns lists what the server answers to.
func (s *Server) Patterns() []string { return s.mux.patterns }

// Calls lists the calls of the contract that it answers.
func (s *Server) Calls() []api.Route { return s.calls }

// Status is what the table has for a code.
var Status = status

// ReadOCSP finds a request in a path.
var ReadOCSP = readOCSP
