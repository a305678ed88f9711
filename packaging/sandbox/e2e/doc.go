// Package e2e holds the end-to-end tests: they start the built programs as `make run` does and play whole visits.
package e2e
