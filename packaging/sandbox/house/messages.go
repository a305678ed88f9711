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

// Messages is the sandbox's mobile network: it keeps what was sent, once per id, in a file that other programs read too.
type Messages struct {
	path string
	mu   sync.Mutex // of who adds
}

func openMessages(path string) (*Messages, error) {
	m := &Messages{path: path}
	_, err := m.read()
	return m, err
}

// read lists the messages, oldest first.
func (m *Messages) read() (all []Message, err error) {
	b, err := os.ReadFile(m.path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	return all, err
}

// All lists the messages, newest first.
func (m *Messages) All() []Message {
	all, _ := m.read() // was read when it was opened, and only ever comes whole
	slices.Reverse(all)
	return all
}

func (m *Messages) add(msg Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all, err := m.read()
	if err != nil || slices.ContainsFunc(all, func(o Message) bool { return o.ID == msg.ID }) {
		return err
	}
	msg.SentAt = time.Now()
	b, err := json.Marshal(append(all, msg))
	if err != nil {
		return err
	}
	return writeWhole(m.path, b)
}
