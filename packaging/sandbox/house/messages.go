package house

import (
	"encoding/json"
	"os"
	"slices"
	"sync"
	"time"
)

// Message is a text message that the back office sent.
type Message struct {
	ID     string    `json:"id"`
	Mobile string    `json:"mobile"`
	Text   string    `json:"text"`
	SentAt time.Time `json:"sent_at"`
}

// Messages is the sandbox's mobile network: it keeps what was sent, once per id.
type Messages struct {
	path string
	mu   sync.Mutex
	all  []Message
}

func openMessages(path string) (*Messages, error) {
	m := &Messages{path: path}
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	return m, json.Unmarshal(b, &m.all)
}

// All lists the messages, newest first.
func (m *Messages) All() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Clone(m.all)
	slices.Reverse(all)
	return all
}

func (m *Messages) add(msg Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.ContainsFunc(m.all, func(o Message) bool { return o.ID == msg.ID }) {
		return nil
	}
	msg.SentAt = time.Now()
	m.all = append(m.all, msg)
	b, err := json.Marshal(m.all)
	if err != nil {
		return err
	}
	return writeWhole(m.path, b)
}
