package workflow

import (
	"github.com/google/uuid"
)

// newID makes a UUIDv7. Without randomness no id can be made, and nothing can go on.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
