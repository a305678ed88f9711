package storetest

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Meter counts what a store asks of its database: statements as PostgreSQL gets them, begin and commit among them; round trips,
// as bytes on the wire that follow an answer; and commits, of transactions and of writing statements outside of one.
type Meter struct {
	mu         sync.Mutex
	statements []string
	trips      int
	commits    int
	open       bool // a transaction is
}

// Count is what a meter has counted.
type Count struct {
	Statements     []string // each in one line
	Trips, Commits int
}

// Of is the option for a store whose every connection is counted; they are to be one at a time.
func (m *Meter) Of(c *pgxpool.Config) {
	c.MaxConns = 1
	c.ConnConfig.Tracer = m
	dial := c.ConnConfig.DialFunc
	c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &wire{Conn: conn, meter: m}, nil
	}
}

// Take returns what was counted since the last time.
func (m *Meter) Take() Count {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := Count{m.statements, m.trips, m.commits}
	m.statements, m.trips, m.commits = nil, 0, 0
	return c
}

// String lists the statements.
func (c Count) String() string {
	var b strings.Builder
	for i, s := range c.Statements {
		fmt.Fprintf(&b, "%3d %s\n", i+1, s)
	}
	fmt.Fprintf(&b, "%d statements, %d trips, %d commits", len(c.Statements), c.Trips, c.Commits)
	return b.String()
}

var writes = regexp.MustCompile(`(?i)\b(INSERT INTO|UPDATE \w+ (\w+ )?SET|DELETE FROM)\b`)

func (m *Meter) count(sql string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	line := strings.Join(strings.Fields(sql), " ")
	m.statements = append(m.statements, line)
	switch {
	case strings.HasPrefix(line, "begin"):
		m.open = true
	case line == "commit":
		m.open = false
		m.commits++
	case line == "rollback":
		m.open = false
	case !m.open && writes.MatchString(line):
		m.commits++
	}
}

// TraceQueryStart implements pgx.QueryTracer.
func (m *Meter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	m.count(data.SQL)
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (m *Meter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart implements pgx.BatchTracer.
func (m *Meter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		m.count(q.SQL)
	}
	return ctx
}

// TraceBatchQuery implements pgx.BatchTracer.
func (m *Meter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (m *Meter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// wire counts a trip for the first bytes that go out after some came in.
type wire struct {
	net.Conn
	meter    *Meter
	mu       sync.Mutex
	answered bool
}

// Write sends b.
func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	if w.answered {
		w.answered = false
		w.meter.mu.Lock()
		w.meter.trips++
		w.meter.mu.Unlock()
	}
	w.mu.Unlock()
	return w.Conn.Write(b)
}

// Read takes what came in.
func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 {
		w.mu.Lock()
		w.answered = true
		w.mu.Unlock()
	}
	return n, err
}
