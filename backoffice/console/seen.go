package console

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

// change is one fact of an order that differs from what the reviewer saw.
type change struct {
	What, From, To string
}

// seen writes down the facts a reviewer decides on. It travels with the forms and comes back, so that a conflict can say
// what changed; it is shown to that reviewer only and never trusted.
func seen(c review.Case) string {
	o, facts := c.Order, url.Values{}
	facts.Set("order", string(o.State))
	facts.Set("payment", string(o.Payment))
	facts.Set("materials", string(o.Materials))
	for _, m := range o.Papers {
		facts.Set("paper."+string(m.Kind), fmt.Sprintf("%s.%d", m.Verdict, len(m.Pages)))
	}
	if c.Code != nil {
		facts.Set("code", string(c.Code.State))
	}
	return facts.Encode()
}

// changes compares what was seen with the order as it is now.
func changes(before string, now review.Case, w words) []change {
	old, err := url.ParseQuery(before)
	if err != nil || before == "" {
		return nil
	}
	fresh, err := url.ParseQuery(seen(now))
	if err != nil {
		return nil
	}
	keys := []string{"order", "payment", "materials", "code"}
	for _, kind := range ra.MaterialKinds() {
		keys = append(keys, "paper."+string(kind))
	}
	var list []change
	for _, key := range keys {
		if from, to := old.Get(key), fresh.Get(key); from != to {
			list = append(list, change{w.factName(key), w.factValue(key, from), w.factValue(key, to)})
		}
	}
	return list
}

func (w words) factName(key string) string {
	if kind, ok := strings.CutPrefix(key, "paper."); ok {
		return w.name("material", kind)
	}
	return w.say("fact." + key)
}

func (w words) factValue(key, value string) string {
	if value == "" {
		return "–"
	}
	if !strings.HasPrefix(key, "paper.") {
		return w.stateName(key, value)
	}
	verdict, pages, _ := strings.Cut(value, ".")
	n, err := strconv.Atoi(pages)
	if err != nil {
		return w.name("verdict", verdict)
	}
	return w.name("verdict", verdict) + w.say("separator") + w.say("pages", "n", n)
}
