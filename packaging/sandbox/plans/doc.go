// Package plans holds the tests of the kiosk's writes against the back office itself: one key goes through all of its life, and every write on
// it is broken off wherever that can be.
package plans
