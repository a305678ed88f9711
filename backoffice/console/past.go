package console

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"keyhall/backoffice/book"
)

// pastRow is a line of a case's history; the same thing done several times in a row stands in one.
type pastRow struct {
	book.AuditRow
	Until   time.Time // of the last time
	Times   int
	Who     string
	Message *book.SentMessage // a text message instead of a line of the trail
}

// withMessages puts the text messages of a case among its lines, by when they were written.
func withMessages(rows []pastRow, messages []book.SentMessage) []pastRow {
	for i, m := range messages {
		rows = append(rows, pastRow{AuditRow: book.AuditRow{At: m.CreatedAt}, Times: 1, Message: &messages[i]})
	}
	slices.SortStableFunc(rows, func(a, b pastRow) int { return a.At.Compare(b.At) })
	return rows
}

func (c *console) past(ctx context.Context, v visit, history []book.AuditRow) []pastRow {
	names := map[string]string{}
	var rows []pastRow
	for _, line := range history {
		if n := len(rows); n > 0 && again(rows[n-1].AuditRow, line) {
			rows[n-1].Until = line.At
			rows[n-1].Times++
			continue
		}
		rows = append(rows, pastRow{AuditRow: line, Until: line.At, Times: 1, Who: c.who(ctx, v, line, names)})
	}
	return rows
}

// again reports whether a person only went on with what they did: looking at page after page, scanning them.
func again(before, line book.AuditRow) bool {
	return line.Action == before.Action && line.ActorID == before.ActorID && (line.Action == "page.view" || line.Action == "case.view" || line.Action == "material.add_page")
}

// who names the member of staff; customers and kiosks stay what they are. Names already asked for stand in names.
func (c *console) who(ctx context.Context, v visit, line book.AuditRow, names map[string]string) string {
	switch line.ActorKind {
	case "staff":
	case "key": // by what is printed on it
		return v.words.name("actor", line.ActorKind) + " " + line.ActorID[strings.LastIndexByte(line.ActorID, '/')+1:]
	default:
		return v.words.name("actor", line.ActorKind)
	}
	if names[line.ActorID] == "" {
		names[line.ActorID] = v.words.name("actor", line.ActorKind)
		if name, err := c.people.StaffName(ctx, line.ActorID); err == nil {
			names[line.ActorID] = name
		}
	}
	if asker := line.Facts["asked_by"]; asker != "" && asker != line.ActorID {
		return v.words.say("past.second", "asker", c.staffName(ctx, v, asker), "name", names[line.ActorID])
	}
	return names[line.ActorID]
}

func notes(rows []pastRow) []pastRow {
	var found []pastRow
	for _, row := range rows {
		if row.Action == "order.note" {
			found = append(found, row)
		}
	}
	return found
}

// sortedKeys are a map's keys in order.
func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
